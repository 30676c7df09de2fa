'use strict';
// Copies the text of the element that a button names; without a clipboard no button.
for (const button of document.querySelectorAll('[data-copy]')) {
    button.hidden = !navigator.clipboard;
    button.addEventListener('click', async () => {
        await navigator.clipboard.writeText(
            document.getElementById(button.dataset.copy).textContent);
        button.textContent = 'Copied';
    });
}
