const PAIRS = /<(sub|sup|kbd)>/iy;
const BREAK = /<br[ \t]*\/?>/iy;
const LONGEST = 500; // letters between two tags
// What may become a tag with the next letters
const BEGUN = /^<(?:\/?(?:s(?:u[bp]?)?|k(?:bd?)?)?|b(?:r[ \t]*\/?)?)$/i;

/** The tags that models write in Markdown, and no other: they stand alone or in pairs. */
export function takeFewTags(markdown) {
  markdown.inline.ruler.before("autolink", "few_tags", (state, silent) => {
    if (state.src[state.pos] !== "<") return false;
    return takeBreak(state, silent) || takePair(state, silent) || takeBegun(state);
  });
}

function takeBreak(state, silent) {
  BREAK.lastIndex = state.pos;
  const [found] = BREAK.exec(state.src) ?? [];
  if (!found) return false;
  if (!silent) state.push("hardbreak", "br", 0);
  state.pos += found.length;
  return true;
}

function takePair(state, silent) {
  PAIRS.lastIndex = state.pos;
  const [found, name] = PAIRS.exec(state.src) ?? [];
  if (!found) return false;
  const tag = name.toLowerCase();
  const from = state.pos + found.length;
  const closing = `</${tag}>`;
  const within = state.src.slice(from, Math.min(state.posMax, from + LONGEST));
  const length = within.toLowerCase().indexOf(closing);
  const isComing = length < 0 && state.env.isAtEnd && within.length < LONGEST;
  if (length < 0 && !isComing) return false;
  const { posMax } = state;
  const end = isComing ? posMax : from + length;
  if (!silent) {
    state.pos = from;
    state.posMax = end;
    state.push(`${tag}_open`, tag, 1);
    state.md.inline.tokenize(state);
    state.push(`${tag}_close`, tag, -1);
    state.posMax = posMax;
  }
  state.pos = isComing ? end : end + closing.length;
  return true;
}

/** Half a tag at the end of what has come is not shown. */
function takeBegun(state) {
  const rest = state.src.slice(state.pos, state.pos + 10);
  const isLast = state.env.isAtEnd && state.pos + rest.length >= state.posMax;
  if (!isLast || !BEGUN.test(rest)) return false;
  state.pos += rest.length;
  return true;
}
