import {
  LONGEST,
  afterCode,
  closingOf,
  isFormula,
  leftOpen,
  mayBecomeFormula,
  openingAt,
} from "./formulas.js";

// No formula has lines like these: what seemed to be open is text.
const OTHER = /^(?:```|~~~|#{1,6} )/;

/**
 * Formulas are taken out of the text as they are written: nothing in them is emphasis, a
 * heading or a list. `env.grows` says that text is still to come; a formula that is open
 * at its end is held back then, so that nothing is drawn that is drawn anew.
 */
export function keepMath(markdown) {
  markdown.block.ruler.before("lheading", "math", paragraph);
  markdown.inline.ruler.before("escape", "math", formula);
  markdown.core.ruler.at("inline", markEnd(markdown));
  maskPipes(markdown);
  const { escapeHtml } = markdown.utils;
  markdown.renderer.rules.math = (tokens, index) => {
    const { content, info, markup } = tokens[index];
    const classes = ["math", markup, info].filter(Boolean).join(" ");
    return `<span class="${classes}">${escapeHtml(content)}</span>`;
  };
}

/** A paragraph with a formula of many lines, blank ones and such as look like a list. */
function paragraph(state, start, end) {
  if (state.sCount[start] - state.blkIndent >= 4) return false;
  const rules = state.md.block.ruler.getRules("paragraph");
  const parent = state.parentType;
  state.parentType = "paragraph";
  let hasMath = false;
  let next = start;
  while (next < end) {
    if (next > start && endsBefore(state, next, end, rules)) break;
    const last = lastLineOf(state, next);
    hasMath ||= last > next;
    next = last + 1;
  }
  state.parentType = parent;
  if (!hasMath) return false;
  state.line = next;
  const open = state.push("paragraph_open", "p", 1);
  const inline = state.push("inline", "", 0);
  inline.content = state.getLines(start, next, state.blkIndent, false).trim();
  inline.children = [];
  state.push("paragraph_close", "p", -1);
  open.map = inline.map = [start, next];
  return true;
}

function endsBefore(state, line, end, rules) {
  if (state.isEmpty(line)) return true;
  if (state.sCount[line] - state.blkIndent > 3 || state.sCount[line] < 0) return false;
  return rules.some((rule) => rule(state, line, end, true));
}

/** The line that what begins in `line` ends in, formulas of many lines being one. */
function lastLineOf(state, line) {
  let last = line;
  let opening = leftOpen(textOf(state, line));
  while (opening) {
    const [closing, from] = closingLine(state, last, opening);
    if (closing < 0) break;
    last = closing;
    opening = from < 0 ? null : leftOpen(textOf(state, last), from);
  }
  return last;
}

/** The line a formula ends in and where there; the end of what has come, if it may grow. */
function closingLine(state, line, { close, from }) {
  const { src, env, bMarks, eMarks, tShift } = state;
  // Of the lines before this one it is known that it is in none of them.
  if (line < (env.without[close] ?? -1)) return [-1, -1];
  const start = bMarks[line] + tShift[line] + from;
  const limit = start + LONGEST;
  const next = (pos) => {
    const at = src.slice(pos, limit).indexOf(close);
    return at < 0 ? -1 : pos + at;
  };
  let last = next(start);
  const mayGrow = env.grows && src.length < limit && state.lineMax >= env.lines - 1;
  for (let number = line + 1; number < state.lineMax; number++) {
    if (bMarks[number] > last && !mayGrow) return [-1, -1];
    const text = textOf(state, number);
    const isWhole = !env.grows || number < env.lines - 1;
    if (isWhole && OTHER.test(text)) {
      env.without[close] = number;
      return [-1, -1];
    }
    const at = closingOf(text, { close, from: 0 });
    if (at >= 0) return [number, at + close.length];
    last = next(eMarks[number]);
  }
  return mayGrow ? [state.lineMax - 1, -1] : [-1, -1];
}

function textOf(state, line) {
  return state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);
}

function formula(state, silent) {
  const { src, pos, posMax } = state;
  const opening = openingAt(src, pos);
  if (!opening) return takeBegun(state);
  const at = closingOf(src, opening, posMax);
  const isWhole = at >= 0 && isFormula(src, opening, at);
  if (!isWhole && !isComing(state, opening, at)) return false;
  const end = isWhole ? at + opening.close.length : posMax;
  if (!silent) {
    const token = state.push("math", "span", 0);
    token.content = src.slice(pos, end);
    token.markup = opening.isDisplay ? "is-display" : "";
    token.info = isWhole ? "" : "is-coming";
  }
  state.pos = end;
  return true;
}

/** What may become `\\begin{…}` with the next letters is not shown. */
function takeBegun(state) {
  const rest = state.src.slice(state.pos, state.pos + 24);
  const isLast = state.env.isAtEnd && state.pos + rest.length >= state.posMax;
  if (!isLast || !/^\\[a-z]{0,5}(?:\{[A-Za-z]{0,11}\*?)?$/.test(rest)) return false;
  state.pos += rest.length;
  return true;
}

function isComing({ src, posMax, env }, opening, at) {
  if (!env.isAtEnd || at >= 0) return false;
  if (opening.close === "$" && env.endsLine) return false;
  return mayBecomeFormula(src, opening, posMax);
}

/** Parse all inline text, knowing which of it is the end of what has come. */
function markEnd(markdown) {
  return ({ tokens, env }) => {
    const texts = tokens.filter((token) => token.type === "inline");
    const last = env.grows && lastText(tokens);
    for (const token of texts) {
      env.isAtEnd = token === last;
      markdown.inline.parse(token.content, markdown, env, token.children);
    }
    env.isAtEnd = false;
  };
}

/** The text that nothing but ends and empty cells follow, or null. */
function lastText(tokens) {
  for (const token of tokens.toReversed()) {
    if (token.type === "inline" && token.content) return token;
    const isCell = token.type === "td_open" || token.type === "th_open";
    if (token.nesting >= 0 && token.type !== "inline" && !isCell) return null;
  }
  return null;
}

const PIPE = "\ue07c"; // of the private use area; no text has it

const RULE = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/** In a row of a table the strokes of `$|x|$` divide no cells. */
function maskPipes(markdown) {
  const [table] = markdown.block.ruler.getRules("");
  const masking = (state, start, end, silent) => {
    if (start + 2 > end || !isHeadOfTable(state, start)) {
      return table(state, start, end, silent);
    }
    const { src } = state;
    let last = start;
    while (last < end && !state.isEmpty(last)) last++;
    const [from, to] = [state.bMarks[start], state.eMarks[last - 1]];
    const count = columns(textOf(state, start + 1));
    const rows = src.slice(from, to).replace(/[^\n]+/g, (row) => masked(row, count));
    const before = state.tokens.length;
    state.src = src.slice(0, from) + rows + src.slice(to);
    const isTable = table(state, start, end, silent);
    state.src = src;
    for (const token of state.tokens.slice(before)) {
      token.content = token.content.replaceAll(PIPE, "|");
    }
    return isTable;
  };
  markdown.block.ruler.at("table", masking, { alt: ["paragraph", "reference"] });
}

function isHeadOfTable(state, line) {
  const rule = textOf(state, line + 1);
  if (!rule.includes("-") || !RULE.test(rule)) return false;
  return columns(rule) === columns(withoutPipes(textOf(state, line)));
}

function columns(row) {
  const inner = row.trim().replace(/^\||(?<!\\)\|$/g, "");
  return inner.split(/(?<!\\)\|/).length;
}

/** Those of code divide a row only if it has no cells too many then. */
function masked(row, count) {
  const made = withoutPipes(row);
  return columns(made) > count ? withoutPipes(row, true) : made;
}

function withoutPipes(row, hasCode = false) {
  if (!row.includes("|") || !/[$\\`]/.test(row)) return row;
  let made = "";
  let pos = 0;
  while (pos < row.length) {
    if (hasCode && row[pos] === "`") {
      const end = afterCode(row, pos);
      made += row.slice(pos, end).replace(/(?<!\\)\|/g, PIPE);
      pos = end;
      continue;
    }
    const opening = openingAt(row, pos);
    const at = opening ? closingOf(row, opening) : -1;
    const isWhole = at >= 0 && isFormula(row, opening, at);
    const end = isWhole ? at + opening.close.length : pos + (row[pos] === "\\" ? 2 : 1);
    const part = row.slice(pos, end);
    made += isWhole ? part.replace(/(?<!\\)\|/g, PIPE) : part;
    pos = end;
  }
  return made;
}
