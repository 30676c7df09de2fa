'use strict';
// The sidebar is closed where it would hide columns, until somebody opens it.
{
    const KEY = 'django.admin.navSidebarIsOpen';
    const ROOM = 1500;
    if (localStorage.getItem(KEY) === null && window.innerWidth < ROOM) {
        // For Django's own script, which comes after this one; it is no choice to keep.
        localStorage.setItem(KEY, 'false');
        document.addEventListener('DOMContentLoaded', () => localStorage.removeItem(KEY));
    }
}
