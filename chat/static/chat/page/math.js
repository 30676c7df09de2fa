// TeX between $$ … $$, \[ … \], \( … \) and $ … $; the last only where it is no price.
const MATH =
  /\$\$[^$]+\$\$|\\\[[^]+?\\\]|\\\([^]+?\\\)|\$(?!\s)(?:[^$\\\n]|\\.)+?(?<!\s)\$(?!\d)/y;
const SIGNS = ["$", "\\"];

/** Formulas stay as they are written: an underscore in them is no emphasis. */
export function keepMath(markdown) {
  markdown.inline.ruler.before("escape", "math", (state, silent) => {
    if (!SIGNS.includes(state.src[state.pos])) return false;
    MATH.lastIndex = state.pos;
    const [found] = MATH.exec(state.src.slice(0, state.posMax)) ?? [];
    if (!found) return false;
    if (!silent) state.push("math", "span", 0).content = found;
    state.pos += found.length;
    return true;
  });
  markdown.renderer.rules.math = (tokens, index) => {
    const text = markdown.utils.escapeHtml(tokens[index].content);
    return `<span class="math">${text}</span>`;
  };
}
