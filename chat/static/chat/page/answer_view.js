import { CallsView } from "./calls_view.js";
import { element, iconButton } from "./element.js";
import { EndingView } from "./ending_view.js";
import { drawFigures } from "./figures.js";
import { GrowingText } from "./growing_text.js";
import { isThinking, ReasoningView } from "./reasoning_view.js";
import { drawVersions } from "./versions_view.js";
import { language, say } from "./words.js";

/** An answer, from its first event to its figures. */
export class AnswerView {
  /**
   * @param {{ again, goOn, askMore, giveResults, showVersion }} asks functions
   * @param {{ drawn: () => void, hold: (change: () => void) => void }} scroll
   */
  constructor(asks, { drawn, hold }) {
    const text = element("div.markdown", { dir: "auto" });
    this.text = new GrowingText(text, drawn);
    this.reasoning = new ReasoningView({ drawn, hold });
    this.calls = new CallsView(asks.giveResults);
    this.ending = new EndingView(asks);
    this.wait = element("span");
    this.waiting = element("p.waiting", {}, element("span.dots"), this.wait);
    this.foot = element("footer.answer-foot");
    this.asks = asks;
    this.article = element(
      "article",
      { "aria-label": say("Answer") },
      element("h2.unseen", {}, say("Answer")),
      this.reasoning.element,
      this.waiting,
      text,
      this.calls.element,
      this.ending.element,
      this.foot,
    );
    this.element = element("li.turn.answer", {}, this.article);
  }

  /** @param {{ isLast: boolean, results: object[] | null, version }} place */
  update(answer, { isLast, results, version }) {
    this.answer = answer;
    const isOpen = answer.state === "open";
    this.article.setAttribute("aria-busy", String(isOpen));
    this.#drawWait(isOpen);
    this.reasoning.update(answer);
    if (isOpen) this.text.grow(answer.text);
    else this.text.finish(answer.text);
    const mayCall = isLast && answer.state === "finished";
    this.calls.update(answer.calls, { results, isOpen: mayCall });
    this.ending.update(answer, isLast);
    this.element.classList.toggle("is-writing", isOpen && !isThinking(answer));
    this.foot.hidden = isOpen;
    if (!isOpen) this.#drawFoot(version);
  }

  /** Only what grows while an answer comes. */
  progress() {
    const { answer } = this;
    this.#drawWait(true);
    this.reasoning.update(answer);
    this.text.grow(answer.text);
    this.calls.update(answer.calls, { results: null, isOpen: false });
    this.element.classList.toggle("is-writing", !isThinking(answer));
  }

  #drawWait(isOpen) {
    const { queue, firstSign } = this.answer;
    this.waiting.hidden = !isOpen || firstSign !== null;
    this.wait.textContent = queue ? sayPlace(queue) : say("Waiting for the first word…");
  }

  #drawFoot(version) {
    const { text, ended } = this.answer;
    const shows = [ended, version.number, version.count, this.ending.offersRetry].join();
    if (this.shows === shows) return;
    this.shows = shows;
    const { again, showVersion } = this.asks;
    this.foot.replaceChildren(
      element(
        "div.turn-actions",
        {},
        text &&
          iconButton("copy", say("Copy the answer"), undefined, { "data-copy": text }),
        // Where it says Retry, one such button is enough.
        !this.ending.offersRetry &&
          iconButton("again", say("Answer again"), again, { "data-again": true }),
        drawVersions(version, showVersion),
      ),
      drawFigures(this.answer),
    );
  }
}

const ORDINALS = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinal = new Intl.PluralRules("en", { type: "ordinal" });

/** Where a question stands in line for Z.AI. */
function sayPlace({ position, seconds }) {
  const place = language === "en" ? `${position}${ORDINALS[ordinal.select(position)]}` : position;
  if (seconds === null) return say("{place} in line", { place });
  return say("{place} in line, about {seconds} s", { place, seconds });
}
