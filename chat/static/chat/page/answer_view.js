import { CallsView } from "./calls_view.js";
import { element, iconButton } from "./element.js";
import { EndingView } from "./ending_view.js";
import { drawFigures } from "./figures.js";
import { GrowingText } from "./growing_text.js";
import { isThinking, ReasoningView } from "./reasoning_view.js";

/** An answer, from its first event to its figures. */
export class AnswerView {
  /**
   * @param {{ again: () => void, giveResults: (results) => void }} asks
   * @param {{ drawn: () => void, hold: (change: () => void) => void }} scroll
   */
  constructor({ again, giveResults }, { drawn, hold }) {
    const text = element("div.markdown", { dir: "auto" });
    this.text = new GrowingText(text, drawn);
    this.reasoning = new ReasoningView({ drawn, hold });
    this.calls = new CallsView(giveResults);
    this.ending = new EndingView(again);
    this.waiting = element("p.waiting", {}, element("span.dots"), "Waiting for the first word…");
    this.foot = element("footer.answer-foot");
    this.again = again;
    this.article = element(
      "article",
      { "aria-label": "Answer" },
      element("h2.unseen", {}, "Answer"),
      this.reasoning.element,
      this.waiting,
      text,
      this.calls.element,
      this.ending.element,
      this.foot,
    );
    this.element = element("li.turn.answer", {}, this.article);
  }

  /** @param {{ isLast: boolean, results: object[] | null }} place */
  update(answer, { isLast, results }) {
    this.answer = answer;
    const isOpen = answer.state === "open";
    this.article.setAttribute("aria-busy", String(isOpen));
    this.waiting.hidden = !isOpen || answer.firstWord !== null;
    this.reasoning.update(answer);
    if (isOpen) this.text.grow(answer.text);
    else this.text.finish(answer.text);
    const mayCall = isLast && answer.state === "finished";
    this.calls.update(answer.calls, { results, isOpen: mayCall });
    this.ending.update(answer, isLast);
    this.element.classList.toggle("is-writing", isOpen && !isThinking(answer));
    this.foot.hidden = isOpen;
    if (!isOpen) this.#drawFoot();
  }

  /** Only what grows while an answer comes. */
  progress() {
    const { answer } = this;
    this.waiting.hidden = answer.firstWord !== null;
    this.reasoning.update(answer);
    this.text.grow(answer.text);
    this.calls.update(answer.calls, { results: null, isOpen: false });
    this.element.classList.toggle("is-writing", !isThinking(answer));
  }

  #drawFoot() {
    if (this.footOf === this.answer) return;
    this.footOf = this.answer;
    const { text } = this.answer;
    this.foot.replaceChildren(
      element(
        "div.turn-actions",
        {},
        text &&
          iconButton("copy", "Copy the answer", undefined, { "data-copy": text }),
        iconButton("again", "Answer again", this.again, { "data-again": true }),
      ),
      drawFigures(this.answer),
    );
  }
}
