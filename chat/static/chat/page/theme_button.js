import { say } from "./words.js";

const KEY = "chat-page.theme";
const NEXT = { system: "light", light: "dark", dark: "system" };
const NAMES = {
  system: say("Theme: as the system"),
  light: say("Theme: light"),
  dark: say("Theme: dark"),
};

/** The button that goes from theme to theme; theme.js applied the one that was chosen. */
export function serveTheme(button) {
  const root = document.documentElement;
  let theme = root.dataset.theme ?? "system";
  const show = () => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    button.setAttribute("aria-label", NAMES[theme] ?? NAMES.system);
    button.title = NAMES[theme] ?? NAMES.system;
    button.dataset.shows = theme;
  };
  show();
  button.addEventListener("click", () => {
    theme = NEXT[theme] ?? "system";
    show();
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // It holds for this page.
    }
  });
}
