import { element } from "./element.js";
import { GrowingText } from "./growing_text.js";
import { seconds } from "./figures.js";
import { say } from "./words.js";

/** What the model thought, folded; it is drawn only for who unfolds it. */
export class ReasoningView {
  /** @param {{ drawn: () => void, hold: (change: () => void) => void }} scroll */
  constructor({ drawn, hold }) {
    this.summary = element("summary");
    const text = element("div.markdown", { dir: "auto" });
    this.text = new GrowingText(text, drawn);
    this.element = element("details.reasoning", { hidden: true }, this.summary, text);
    this.element.addEventListener("toggle", () => {
      if (isThinking(this.answer)) this.#draw();
      else hold(() => this.#draw());
    });
  }

  update(answer) {
    this.answer = answer;
    this.element.hidden = !answer.reasoning;
    this.summary.textContent = said(answer);
    this.summary.classList.toggle("is-live", isThinking(answer));
    this.#draw();
  }

  #draw() {
    if (!this.element.open) return;
    if (isThinking(this.answer)) this.text.grow(this.answer.reasoning);
    else this.text.finish(this.answer.reasoning);
  }
}

export function isThinking({ state, text, calls }) {
  return state === "open" && !text && !calls.length;
}

function said(answer) {
  if (isThinking(answer)) return say("Thinking…");
  const { firstThought, lastThought } = answer;
  const took = firstThought === null ? null : lastThought - firstThought;
  return took ? say("Thought for {time}", { time: seconds(took) }) : say("Thoughts");
}
