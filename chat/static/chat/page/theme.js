"use strict";
// Not a module: it is run before anything is drawn, so that no page flashes up white, or
// in English for who reads Chinese. The rest is in theme_button.js and words.js.
{
  const kept = (name) => {
    try {
      return localStorage.getItem(`chat-page.${name}`);
    } catch {
      return null; // a browser that keeps nothing has the system's
    }
  };
  const root = document.documentElement;
  const theme = kept("theme") ?? "system";
  if (theme !== "system") root.dataset.theme = theme;
  if ((kept("language") ?? navigator.language).startsWith("zh")) root.dataset.waits = "";
}
