const KEY = "chat-page.language";
const NAMES = { en: "English", zh: "中文" };
const SPOKEN = ["aria-label", "title", "placeholder", "data-ask"];

/** The language of the page: the chosen one, or the first of the browser's that it has. */
export const language = chosen() ?? browsers();
export const locale = language === "zh" ? "zh-CN" : "en";
const { WORDS: known, FAILURES: failures } =
  language === "zh" ? await import("./words_zh.js") : { WORDS: {}, FAILURES: {} };
document.documentElement.lang = locale;
if (language !== "en") translate(document);
delete document.documentElement.dataset.waits;

/**
 * A sentence in the page's language. In the code it stands in English, with `{names}` for
 * what is different each time.
 */
export function say(sentence, values = {}) {
  const words = known[sentence] ?? sentence;
  return words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** Where the server's sentence is for programs. */
const FOR_READERS = {
  unauthenticated: "You are not logged in any more. Load the page again.",
};

/** What to say of a failure: by its code, or as the server says it. */
export function sayFailure({ message, code }) {
  return failures[code] ?? FOR_READERS[code] ?? say(message);
}

function chosen() {
  try {
    const kept = localStorage.getItem(KEY);
    return kept in NAMES ? kept : null;
  } catch {
    return null; // a browser that keeps nothing has its own
  }
}

function browsers() {
  const spoken = navigator.languages.map((name) => name.slice(0, 2).toLowerCase());
  return spoken.find((name) => name in NAMES) ?? "en";
}

/** The button that changes to the other language; the page is loaded anew in it. */
export function serveLanguage(button) {
  const other = language === "zh" ? "en" : "zh";
  button.textContent = NAMES[other];
  button.lang = other;
  button.addEventListener("click", () => {
    try {
      localStorage.setItem(KEY, other);
    } catch {
      return; // the next page would not know it
    }
    location.reload();
  });
}

/** Put what the page came with into its language. */
function translate(root) {
  const walker = root.createTreeWalker(root.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const text = node.data.trim();
    if (text) node.data = node.data.replace(text, () => say(text));
  }
  for (const name of SPOKEN) {
    for (const one of root.querySelectorAll(`[${name}]`)) {
      one.setAttribute(name, say(one.getAttribute(name)));
    }
  }
}
