'use strict';
// Tells the admin the time zone of this browser, and has the first page drawn once more,
// which did not know it yet.
{
    const { shown, path } = document.currentScript.dataset;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const cookie = `time_zone=${zone}`;
    const isKnown = () => document.cookie.split('; ').includes(cookie);
    if (zone && !isKnown()) {
        const secure = location.protocol === 'https:' ? '; Secure' : '';
        document.cookie = `${cookie}; Path=${path}; Max-Age=31536000; SameSite=Lax${secure}`;
        if (isKnown() && zone !== shown) {
            location.reload();
        }
    }
}
