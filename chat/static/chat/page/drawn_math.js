import { unfenced } from "./formulas.js";

const DEEPEST = 40; // braces within braces; browsers lay out what is deeper slowly
const REMEMBERED = 500; // formulas
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
  if (place.matches(".is-display")) place.tabIndex = 0; // it scrolls
}

/** The formula as MathML; null if it cannot be drawn. */
function made(source) {
  const { tex, isDisplay } = unfenced(source);
  if (depthOf(tex) > DEEPEST) return null;
  const place = document.createElement("span");
  try {
    katex.render(tex, place, { ...OPTIONS, displayMode: isDisplay });
  } catch {
    return null;
  }
  const math = place.querySelector("math");
  align(math);
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

/** Browsers' MathML has no columns with sides and gaps of their own, and CSS has. */
function align(math) {
  for (const table of math.querySelectorAll("mtable")) {
    const sides = table.getAttribute("columnalign")?.split(" ") ?? [];
    const gaps = table.getAttribute("columnspacing")?.split(" ") ?? [];
    for (const row of table.children) {
      [...row.children].forEach((cell, index) => {
        const side = sides[index] ?? sides.at(-1) ?? "center";
        const gap = gaps[index - 1] ?? gaps.at(-1);
        cell.setAttribute("class", `to-${side}${gap === "0em" ? " is-close" : ""}`);
      });
    }
  }
}
