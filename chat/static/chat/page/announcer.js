/** Say something to those who listen to the page; it is not seen. */
export function announce(text) {
  const place = document.getElementById("announcer");
  place.textContent = "";
  // The same sentence twice is read twice only if it was gone in between.
  setTimeout(() => (place.textContent = text), 50);
}
