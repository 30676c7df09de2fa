/** The keys that work wherever one is on the page. */
export function serveKeys({ stop, focus, begin }) {
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment is the conversation's
    focus();
  });
  document.addEventListener("keydown", (event) => {
    const isOpen = document.querySelector("dialog[open], :popover-open");
    if (isOpen || event.isComposing) return;
    if (event.key === "Escape") stop();
    if (event.code === "KeyO" && event.shiftKey && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      begin();
    }
    const isCalled = event.key === "k" && (event.ctrlKey || event.metaKey);
    if (isCalled || (event.key === "/" && !isWriting(event.target))) {
      event.preventDefault();
      focus();
    }
  });
}

function isWriting(target) {
  return target.matches("input, textarea, select");
}
