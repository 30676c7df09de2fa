'use strict';
// Closes an open filter when one clicks elsewhere, or presses Escape.
{
    const close = except => {
        for (const dropdown of document.querySelectorAll('.dropdown[open]')) {
            dropdown.open = dropdown.contains(except);
        }
    };
    document.addEventListener('click', event => close(event.target));
    document.addEventListener('keydown', event => {
        if (event.key === 'Escape') {
            document.querySelector('.dropdown[open] summary')?.focus();
            close(null);
        }
    });
}
