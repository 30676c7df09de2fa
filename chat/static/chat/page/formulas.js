/**
 * Where formulas are in a text. The same is in chat/admin/request/formulas.py, and one
 * set of answers holds both to it (chat/tests/written).
 */
export const LONGEST = 5000; // letters; the fences of what is longer are ordinary signs
const ENVIRONMENTS = new Set(
  (
    "align aligned alignat array bmatrix Bmatrix cases CD darray dcases equation gather " +
    "gathered matrix pmatrix rcases smallmatrix split Vmatrix vmatrix"
  ).split(" "),
);
const BEGIN = /\\begin\{([A-Za-z]{2,11})\*?\}/y;
const WORDS = /[A-Za-z]{2,}[,;:]? +[A-Za-z]{2,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
const TEX = /[\\^_{}=<>+]/;
const COMMAND = /\\[A-Za-z]/;
const PRICE = /^\d[\d.,]*(?:\s|[^\d.,\s\\^_{}()[\]=<>+*/'!|a-zA-Z-])/;

/**
 * The fence that a formula begins with at `pos`, or null: what closes it (`close`), where
 * its content begins (`from`), and whether it is set apart (`isDisplay`).
 */
export function openingAt(text, pos) {
  if (text[pos] === "$") {
    const isDisplay = text[pos + 1] === "$";
    return { close: isDisplay ? "$$" : "$", from: pos + (isDisplay ? 2 : 1), isDisplay };
  }
  if (text[pos] !== "\\") return null;
  if (text[pos + 1] === "(") return { close: "\\)", from: pos + 2, isDisplay: false };
  if (text[pos + 1] === "[") return { close: "\\]", from: pos + 2, isDisplay: true };
  BEGIN.lastIndex = pos;
  const [found, name] = BEGIN.exec(text) ?? [];
  if (!ENVIRONMENTS.has(name)) return null;
  const close = found.replace("begin", "end");
  return { close, from: pos + found.length, isDisplay: true };
}

/** Where the content of a formula ends, at most at `end`; -1 if it does not. */
export function closingOf(text, { close, from }, end = text.length) {
  const last = Math.min(end, from + LONGEST);
  const within = text.slice(from, last);
  let at = within.indexOf(close);
  while (at >= 0 && isEscaped(within, at)) at = within.indexOf(close, at + 1);
  if (at < 0 || (close === "$" && /[\n`]/.test(within.slice(0, at)))) return -1;
  return from + at;
}

function isEscaped(text, at) {
  let before = at;
  while (before > 0 && text[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}

/** Whether it is a formula that stands between the two, and no price, path or note. */
export function isFormula(text, { close, from }, at) {
  const tex = text.slice(from, at);
  if (!tex.trim()) return false;
  if (close.startsWith("\\end")) return true;
  if (close === "$") {
    if (/^\s|\s$/.test(tex)) return false;
    const after = text[at + 1] ?? "";
    if (/[0-9A-Z_]/.test(after) && !COMMAND.test(tex)) return false;
    if (/[a-z]/.test(after) && /[/(:,.-]$/.test(tex)) return false;
  }
  if (close === "\\]" && !/\n/.test(tex)) return TEX.test(tex) || /^\s|\s$/.test(tex);
  return close === "$$" || TEX.test(tex) || !WORDS.test(tex);
}

/** Whether what has come may still become a formula. */
export function mayBecomeFormula(text, { close, from }, end) {
  const tex = text.slice(from, end);
  if (tex.length >= LONGEST) return false;
  if (close !== "$") return true;
  if (/^\s|[\n`]/.test(tex) || PRICE.test(tex)) return false;
  return TEX.test(tex) || !WORDS.test(tex);
}

/**
 * The formula set apart that begins in `line` and does not end there, or null. `from` is
 * where it begins; what stands before is none of its business.
 */
export function leftOpen(line, from = 0) {
  if (!/\$\$|\\\[|\\begin\{/.test(line)) return null;
  for (let pos = from; pos < line.length; pos++) {
    if (line[pos] === "`") {
      pos = afterCode(line, pos) - 1;
      continue;
    }
    const opening = openingAt(line, pos);
    if (!opening) {
      if (line[pos] === "\\") pos++;
      continue;
    }
    const at = closingOf(line, opening);
    if (at >= 0 && isFormula(line, opening, at)) pos = at + opening.close.length - 1;
    else if (at < 0 && opening.isDisplay) return opening;
    else pos = opening.from - 1;
  }
  return null;
}

/** Where the code ends that begins at `pos`, or what seemed to begin it. */
export function afterCode(line, pos) {
  const [ticks] = /^`+/.exec(line.slice(pos));
  const end = line.indexOf(ticks, pos + ticks.length);
  return end < 0 ? pos + ticks.length : end + ticks.length;
}

/** What is between a formula's fences, and whether it is set apart. */
export function unfenced(source) {
  const { close, from, isDisplay } = openingAt(source, 0);
  if (close.startsWith("\\end")) return { tex: source, isDisplay };
  return { tex: source.slice(from, source.length - close.length), isDisplay };
}
