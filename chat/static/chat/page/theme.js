"use strict";
// Not a module: it is run before anything is drawn, so that no page flashes up white.
{
  const KEY = "chat-page.theme";
  const NEXT = { system: "light", light: "dark", dark: "system" };
  const NAMES = { system: "as the system", light: "light", dark: "dark" };

  let theme = "system";
  try {
    theme = localStorage.getItem(KEY) ?? theme;
  } catch {
    // A browser that keeps nothing has the system's.
  }

  const apply = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };

  const label = (button) => {
    const name = `Theme: ${NAMES[theme] ?? theme}`;
    button.setAttribute("aria-label", name);
    button.title = name;
    button.dataset.shows = theme;
  };

  apply();
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    label(button);
    button.addEventListener("click", () => {
      theme = NEXT[theme] ?? "system";
      apply();
      label(button);
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // It holds for this page.
      }
    });
  });
}
