import { blocksOf, drawn } from "./markdown.js";
import { morph } from "./morph.js";

const SHARE = 4; // of the time at most one part in five is spent on drawing

/**
 * Markdown that grows. It is drawn at most once a frame, and what cannot change any more
 * (all blocks but the last) is neither read nor drawn again.
 */
export class GrowingText {
  #text = "";
  #drawnText = "";
  #finished = "";
  #settled = 0; // letters that are drawn for good
  #settledBlocks = 0;
  #known = {}; // link definitions
  #frame = 0;
  #notBefore = 0;
  #drawn = () => {};

  /** @param {() => void} drawn is called after each drawing */
  constructor(root, drawn = () => {}) {
    this.root = root;
    this.#drawn = drawn;
  }

  /** Show `text`, which begins with what was shown before, soon. */
  grow(text) {
    this.#text = text;
    this.#frame ||= requestAnimationFrame(() => this.#next());
  }

  /** Show the whole of it now. */
  finish(text) {
    if (text === this.#finished) return;
    this.#finished = this.#text = text;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const wasGrowing = this.#known.grows;
    this.#known.grows = false;
    if (this.#drawnText !== text || wasGrowing) this.#draw();
    if (!this.#known.references) return;
    // What was drawn before a link was defined has not got it.
    this.#known = {};
    this.#settled = this.#settledBlocks = 0;
    this.#draw();
  }

  #next() {
    this.#frame = 0;
    const start = performance.now();
    if (start < this.#notBefore) return this.grow(this.#text);
    this.#known.grows = true;
    this.#draw();
    const end = performance.now();
    this.#notBefore = end + SHARE * (end - start);
  }

  #draw() {
    this.#drawnText = this.#text;
    const tail = this.#text.slice(this.#settled);
    const blocks = blocksOf(tail, this.#known);
    const lines = tail.split("\n");
    // The last line may still become something else.
    const isSure = (block) => block.line < lines.length - 1;
    const last = blocks.findLastIndex(isSure);
    const settled = blocks.slice(0, Math.max(last, 0));
    morph(this.root, this.#settledBlocks, drawn(blocks, this.#known));
    if (settled.length) {
      this.#settled += lengthOf(lines.slice(0, blocks[last].line));
      this.#settledBlocks += settled.length;
    }
    this.#drawn();
  }
}

function lengthOf(lines) {
  return lines.reduce((length, line) => length + line.length + 1, 0);
}
