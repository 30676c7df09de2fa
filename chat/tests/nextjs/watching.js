const states = (window.states = []);

new MutationObserver(() => {
  const text = [...document.querySelectorAll("[data-testid=answer]")].pop()?.innerText;
  if (text && text !== states.at(-1)?.text) states.push({ at: Date.now() / 1000, text });
}).observe(document, { childList: true, characterData: true, subtree: true });
