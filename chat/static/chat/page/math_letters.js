// Where the letters of each kind begin among Unicode's mathematical ones: A, a, 0
const KINDS = {
  bold: [0x1d400, 0x1d41a, 0x1d7ce],
  "bold-italic": [0x1d468, 0x1d482],
  script: [0x1d49c, 0x1d4b6],
  fraktur: [0x1d504, 0x1d51e],
  "bold-fraktur": [0x1d56c, 0x1d586],
  "double-struck": [0x1d538, 0x1d552, 0x1d7d8],
  "sans-serif": [0x1d5a0, 0x1d5ba, 0x1d7e2],
  "bold-sans-serif": [0x1d5d4, 0x1d5ee, 0x1d7ec],
  "sans-serif-italic": [0x1d608, 0x1d622],
  monospace: [0x1d670, 0x1d68a, 0x1d7f6],
};
// Those that Unicode had before
const OLDER = {
  "double-struck": { C: "ℂ", H: "ℍ", N: "ℕ", P: "ℙ", Q: "ℚ", R: "ℝ", Z: "ℤ" },
  fraktur: { C: "ℭ", H: "ℌ", I: "ℑ", R: "ℜ", Z: "ℨ" },
  script: { B: "ℬ", E: "ℰ", F: "ℱ", H: "ℋ", I: "ℐ", L: "ℒ", M: "ℳ", R: "ℛ", e: "ℯ", g: "ℊ", o: "ℴ" },
};
const STRETCHED = { "∣": "|", "∥": "‖" };

/**
 * Browsers' MathML has no `mathvariant`: letters that are bold, or of ℝ, are letters of
 * their own. Nor do they stretch every stroke.
 */
export function useOwnLetters(math) {
  for (const one of math.querySelectorAll("mi[mathvariant], mn[mathvariant]")) {
    const kind = one.getAttribute("mathvariant");
    if (!(kind in KINDS)) continue;
    one.textContent = [...one.textContent].map((letter) => ofKind(letter, kind)).join("");
    one.removeAttribute("mathvariant");
  }
  for (const fence of math.querySelectorAll("mo[fence]")) {
    fence.textContent = STRETCHED[fence.textContent] ?? fence.textContent;
  }
}

function ofKind(letter, kind) {
  const older = OLDER[kind]?.[letter];
  if (older) return older;
  const [upper, lower, digits] = KINDS[kind];
  if (/[A-Z]/.test(letter)) return from(upper, letter, "A");
  if (/[a-z]/.test(letter)) return from(lower, letter, "a");
  return digits && /[0-9]/.test(letter) ? from(digits, letter, "0") : letter;
}

function from(start, letter, first) {
  return String.fromCodePoint(start + letter.charCodeAt(0) - first.charCodeAt(0));
}
