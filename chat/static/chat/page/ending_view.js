import { element, icon } from "./element.js";

const REASONS = {
  length: "Cut off: the limit of tokens for an answer was reached.",
  sensitive: "Cut off: Z.AI found the content sensitive.",
  model_context_window_exceeded: "Cut off: the conversation is too long for the model.",
};

/** How an answer ended, if it is not simply finished. */
export class EndingView {
  constructor(retry) {
    this.element = element("div.ending", { hidden: true });
    this.retry = retry;
    this.timer = null;
  }

  /** @param {boolean} isLast whether it can be tried again */
  update(answer, isLast) {
    clearInterval(this.timer);
    const sentence = sentenceOf(answer);
    this.element.hidden = !sentence;
    if (!sentence) return;
    const isFailure = answer.error !== null;
    this.element.className = isFailure ? "ending is-failure" : "ending";
    this.element.replaceChildren(
      icon(isFailure ? "warning" : "info"),
      element("div", {}, element("p", {}, sentence), drawDetails(answer)),
    );
    if (isLast && answer.state !== "finished") this.#offerRetry(answer.error?.retryAt);
  }

  #offerRetry(retryAt) {
    const wait = element("span.hint");
    const button = element(
      "button.plain",
      { type: "button", click: this.retry },
      icon("again"),
      "Retry",
    );
    this.element.append(element("div.ending-retry", {}, wait, button));
    const count = () => {
      const left = Math.ceil((retryAt - Date.now()) / 1000);
      wait.textContent = left > 0 ? `worth trying in ${duration(left)}` : "";
      if (!(left > 0)) clearInterval(this.timer);
    };
    if (retryAt) {
      this.timer = setInterval(count, 1000);
      count();
    }
  }
}

const EMPTY = {
  length:
    "Empty: all tokens of the answer went into thinking. Allow more of them in the" +
    " settings, or let it think less.",
  stop: "Empty: the model ended without a word.",
};

/** One sentence on how it ended, or null where there is nothing to say. */
export function sentenceOf({ state, error, finishReason, text, calls }) {
  if (state === "refused") return error.message;
  if (state === "broken") return `Broken off: ${error.message}`;
  if (state === "stopped") return "You stopped this answer.";
  const isEmpty = !text.trim() && !calls.length;
  return (isEmpty && EMPTY[finishReason]) || (REASONS[finishReason] ?? null);
}

function drawDetails({ error }) {
  if (!error) return null;
  const known = [
    error.status && `Status ${error.status}`,
    error.code && `code ${error.code}`,
  ].filter(Boolean);
  return known.length > 0 && element("p.hint", {}, known.join(", "));
}

function duration(seconds) {
  if (seconds < 90) return `${seconds} s`;
  return `${Math.round(seconds / 60)} min`;
}
