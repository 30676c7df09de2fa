import { unfenced } from "./formulas.js";
import { useOwnLetters } from "./math_letters.js";

const DEEPEST = 40; // braces within braces; browsers lay out what is deeper slowly
const REMEMBERED = 500; // formulas
const LONG = 60; // letters; a formula in a line does not break
const MATHML = "http://www.w3.org/1998/Math/MathML";
const APPLIES = "\u2061"; // what stands, unseen, behind the name of a function
const SCRIPTS = new Set(["msub", "msup", "msubsup", "munder", "mover", "munderover"]);
const OPTIONS = {
  output: "mathml", // which needs neither fonts nor styles
  throwOnError: true,
  strict: "ignore",
  trust: false,
  maxExpand: 300,
  maxSize: 20, // em
};

let katex = null;
let loading = null;
const known = new Map(); // what was drawn, by its source

/** Draw the formulas in `root`; those that cannot be drawn stay as they are written. */
export function drawMath(root) {
  const places = root.querySelectorAll(".math:not(.is-coming)");
  if (!places.length) return;
  if (!katex) loadKatex();
  places.forEach(draw);
}

/** Resolves once formulas can be drawn, and what waited for it is. */
export function loadKatex() {
  loading ??= import("../vendor/katex/katex.min.js").then(
    () => {
      katex = globalThis.katex;
      document.querySelectorAll(".math.is-waiting").forEach(draw);
    },
    (error) => {
      console.warn("Formulas are not drawn:", error);
      katex = { renderToString: null };
      document.querySelectorAll(".math.is-waiting").forEach(draw);
    },
  );
  return loading;
}

function draw(place) {
  place.classList.toggle("is-waiting", !katex);
  if (!katex) return;
  const source = place.textContent;
  if (!known.has(source)) {
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value);
    known.set(source, made(source));
  }
  const math = known.get(source)?.cloneNode(true);
  place.classList.toggle("is-written", !math);
  if (!math) return;
  place.replaceChildren(math);
  if (place.closest("th")) {
    // Not every program that reads the page aloud takes MathML for the text of a heading.
    place.setAttribute("role", "math");
    place.setAttribute("aria-label", unfenced(source).tex);
  }
  place.classList.toggle("is-long", source.length > LONG && !place.matches(".is-display"));
  if (place.matches(".is-display, .is-long")) place.tabIndex = 0; // it scrolls
}

/** The formula as MathML; null if it cannot be drawn. */
function made(source) {
  const { tex, isDisplay } = unfenced(source);
  if (depthOf(tex) > DEEPEST) return null;
  const place = document.createElement("span");
  // It draws these by a `style`, which the page's policy forbids.
  if (tex.includes("\\fcolorbox")) return null;
  const macros = { "\\pmb": "\\boldsymbol{#1}" }; // a formula may add its own
  try {
    katex.render(tex, place, { ...OPTIONS, macros, displayMode: isDisplay });
  } catch {
    return null;
  }
  const math = place.querySelector("math");
  align(math);
  keepNamesApart(math);
  useOwnLetters(math);
  return math;
}

function depthOf(tex) {
  let depth = 0;
  let deepest = 0;
  for (const letter of tex) {
    if (letter === "{") deepest = Math.max(deepest, ++depth);
    else if (letter === "}") depth--;
  }
  return deepest;
}

/** Browsers' MathML has no columns with sides, gaps and rules of their own, and CSS has. */
function align(math) {
  for (const table of math.querySelectorAll("mtable")) {
    const sides = table.getAttribute("columnalign")?.split(" ") ?? [];
    const gaps = table.getAttribute("columnspacing")?.split(" ") ?? [];
    const rules = table.getAttribute("columnlines")?.split(" ") ?? [];
    const lines = table.getAttribute("rowlines")?.split(" ") ?? [];
    [...table.children].forEach((row, line) => {
      [...row.children].forEach((cell, index) => {
        const gap = index && (gaps[index - 1] ?? gaps.at(-1));
        const classes = [
          `to-${sides[index] ?? sides.at(-1) ?? "center"}`,
          gap === "0em" && "is-close",
          index < row.children.length - 1 && isRule(rules[index]) && "has-rule-after",
          line < table.children.length - 1 && isRule(lines[line]) && "has-rule-below",
        ];
        cell.setAttribute("class", classes.filter(Boolean).join(" "));
      });
    });
  }
}

/** cos θ, not cosθ: browsers' MathML puts no space beside the name of a function. */
function keepNamesApart(math) {
  for (const applies of math.querySelectorAll("mo")) {
    if (applies.textContent !== APPLIES || !applies.previousElementSibling) continue;
    const around = applies.parentElement.parentElement; // as of lim and sin²
    const isScripted = !applies.nextElementSibling && SCRIPTS.has(around?.localName);
    const first = isScripted ? around : applies.previousElementSibling;
    const last = isScripted ? around : applies;
    if (isWord(first.previousElementSibling)) first.before(thinSpace());
    if (isWord(last.nextElementSibling)) last.after(thinSpace());
  }
}

function isWord(element) {
  return element && !["mo", "mspace"].includes(element.localName);
}

function thinSpace() {
  const space = document.createElementNS(MATHML, "mspace");
  space.setAttribute("width", "0.1667em");
  return space;
}

function isRule(line) {
  return line === "solid" || line === "dashed";
}
