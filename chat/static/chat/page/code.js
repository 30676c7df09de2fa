import DOMPurify from "../vendor/dompurify/purify.es.mjs";
import { element, icon } from "./element.js";
import { say } from "./words.js";

const MOST = 60_000; // letters; longer code stays plain
// They turn the order of letters around, so that code reads unlike it runs.
const TURNING = /[\u202a-\u202e\u2066-\u2069]/;

let highlighter = null;
let loading = null;

/** Resolves once code has its colours; they come with the first code that is drawn. */
export function loadColours() {
  loading ??= import("../vendor/highlight.js/highlight.min.js").then(
    (module) => {
      highlighter = module.default;
      document.querySelectorAll(".code.is-plain").forEach(colour);
    },
    (error) => console.warn("Code has no colours:", error),
  );
  return loading;
}

/** Give a code block its language, its colours and a button that copies it. */
export function decorate(pre) {
  const code = pre.querySelector("code") ?? pre;
  const language = /\blanguage-(\S+)/.exec(code.className)?.[1] ?? "";
  const text = code.textContent;
  code.className = language && text.length <= MOST ? "code is-plain" : "code";
  pre.tabIndex = 0; // it scrolls
  const frame = element("div.code-frame");
  pre.replaceWith(frame);
  frame.append(head(language), pre);
  colour(code);
}

function colour(code) {
  if (code.matches(".is-plain")) {
    if (!highlighter) loadColours();
    else {
      const language = code.closest(".code-frame").querySelector(".code-language").textContent;
      const text = code.textContent;
      if (highlighter.getLanguage(language)) code.replaceChildren(colours(text, language));
      code.classList.remove("is-plain");
    }
  }
  if (TURNING.test(code.textContent) && !code.querySelector(".turning")) showTurning(code);
}

function head(language) {
  return element(
    "div.code-head",
    {},
    element("span.code-language", {}, language || "text"),
    element(
      "button.copy-code",
      { type: "button", "data-wrap": true, "aria-pressed": String(wraps()) },
      say("Wrap"),
    ),
    element(
      "button.copy-code",
      { type: "button", "data-copy-code": true },
      icon("copy"),
      element("span", {}, say("Copy")),
    ),
  );
}

function wraps() {
  return document.documentElement.dataset.wraps !== undefined;
}

/** Serve the buttons that wrap long lines of code, or let them scroll: all at once. */
export function serveWrapping(root) {
  root.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-wrap]")) return;
    const isOn = document.documentElement.toggleAttribute("data-wraps");
    for (const button of document.querySelectorAll("[data-wrap]")) {
      button.setAttribute("aria-pressed", String(isOn));
    }
  });
}

function colours(text, language) {
  const { value } = highlighter.highlight(text, { language, ignoreIllegals: true });
  return DOMPurify.sanitize(value, {
    ALLOWED_TAGS: ["span"],
    ALLOWED_ATTR: ["class"],
    RETURN_DOM_FRAGMENT: true,
  });
}

/** Lock each turning letter up in a box that names it; it is still there to be copied. */
function showTurning(code) {
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const node of texts) {
    if (!TURNING.test(node.data)) continue;
    const parts = node.data.split(new RegExp(`(${TURNING.source})`));
    node.replaceWith(
      ...parts.map((part) => (TURNING.test(part) ? boxed(part) : part)),
    );
  }
}

function boxed(letter) {
  const name = `U+${letter.codePointAt(0).toString(16).toUpperCase()}`;
  return element("bdi.turning", { "data-name": name, title: name }, letter);
}
