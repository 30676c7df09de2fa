import { element, icon } from "./element.js";
import { preferences } from "./preferences.js";
import { longestOf, roomOf } from "./server.js";
import { locale, say, sayFailure } from "./words.js";

const RAISED = 4; // times

/** How an answer ended, if it is not simply finished, and what can be done then. */
export class EndingView {
  /** @param {{ again: () => void, goOn: () => void, askMore: (limit) => void }} asks */
  constructor(asks) {
    this.element = element("div.ending", { hidden: true });
    this.asks = asks;
    this.timer = null;
  }

  /** @param {boolean} isLast whether it can be tried again */
  update(answer, isLast) {
    clearInterval(this.timer);
    this.offersRetry = false;
    const sentence = sentenceOf(answer);
    this.element.hidden = !sentence;
    if (!sentence) return;
    const isFailure = answer.error !== null;
    this.element.className = isFailure ? "ending is-failure" : "ending";
    this.element.replaceChildren(
      icon(isFailure ? "warning" : "info"),
      element("div", {}, element("p", {}, sentence), drawDetails(answer)),
    );
    if (isLast) this.#offer(answer);
  }

  #offer(answer) {
    const row = element("div.ending-actions");
    const offer = (name, label, click) =>
      row.append(element("button.plain", { type: "button", click }, icon(name), label));
    if (mayGoOn(answer)) offer("down", say("Continue"), this.asks.goOn);
    const limit = raisedLimit();
    if (answer.finishReason === "length" && limit) {
      const label = say("Ask again with up to {limit} tokens", {
        limit: limit.toLocaleString(locale),
      });
      offer("again", label, () => this.asks.askMore(limit));
    }
    this.offersRetry = answer.state !== "finished" || isEmpty(answer);
    if (this.offersRetry && answer.finishReason !== "length") {
      row.prepend(this.#wait(answer.error?.retryAt));
    }
    // Until a budget is new, or raised, to ask again is in vain.
    this.offersRetry &&= answer.error?.code !== "budget_spent";
    if (this.offersRetry && answer.finishReason !== "length") {
      offer("again", say("Retry"), this.asks.again);
    }
    if (row.childNodes.length) this.element.append(row);
  }

  #wait(retryAt) {
    const wait = element("span.hint");
    const count = () => {
      const left = Math.ceil((retryAt - Date.now()) / 1000);
      const time = duration(left);
      wait.textContent = left > 0 ? say("worth trying in {time}", { time }) : "";
      if (!(left > 0)) clearInterval(this.timer);
    };
    if (retryAt) {
      this.timer = setInterval(count, 1000);
      count();
    }
    return wait;
  }
}

/** One sentence on how it ended, or null where there is nothing to say. */
export function sentenceOf(answer) {
  const { state, error, finishReason } = answer;
  if (state === "refused") return sayFailure(error);
  if (state === "broken") return say("Broken off: {why}", { why: sayFailure(error) });
  if (state === "stopped") return say("You stopped this answer.");
  if (state === "open") return null;
  if (isEmpty(answer)) {
    if (!answer.reasoning) return say("Empty: the model ended without a word.");
    return finishReason === "length"
      ? say("Only thoughts: the limit of tokens was reached before the answer began.")
      : say("Only thoughts: the model ended without an answer.");
  }
  switch (finishReason) {
    case "length":
      return say("Cut off: the limit of tokens for an answer was reached.");
    case "sensitive":
      return say("Cut off: Z.AI found the content sensitive.");
    case "model_context_window_exceeded":
      return say("Cut off: the conversation is too long for the model.");
    default:
      return null;
  }
}

/** Finished, and nothing to read: thoughts alone are no answer. */
function isEmpty({ state, text, calls }) {
  return state === "finished" && !text.trim() && !calls.length;
}

/** Whether there is something to go on from, and nothing that forbids it. */
function mayGoOn({ state, text, calls, finishReason }) {
  if (!text || calls.length) return false;
  return state === "finished" ? finishReason === "length" : state !== "open";
}

/** A higher limit than the one that is chosen, or null if there is none. */
function raisedLimit() {
  const model = preferences.get("model");
  const limit = preferences.get("maxTokens") ?? roomOf(model, preferences.get("thinking"));
  const most = longestOf(model);
  return limit < most ? Math.min(RAISED * limit, most) : null;
}

function drawDetails({ error }) {
  if (!error) return null;
  const known = [
    error.status && say("Status {status}", error),
    error.code && say("code {code}", error),
  ].filter(Boolean);
  return known.length > 0 && element("p.hint", {}, known.join(", "));
}

function duration(seconds) {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
