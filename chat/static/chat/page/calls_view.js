import { element } from "./element.js";
import { say } from "./words.js";

/** The tools an answer calls, and a form for what they return. */
export class CallsView {
  /** @param {(results: { callId: string, text: string }[]) => void} answer */
  constructor(answer) {
    this.answer = answer;
    this.element = element("form.calls", { hidden: true });
    this.element.addEventListener("submit", (event) => this.#submit(event));
    this.element.addEventListener("keydown", (event) => {
      const isSent = event.key === "Enter" && (event.ctrlKey || event.metaKey);
      if (isSent) this.element.requestSubmit();
    });
    this.cards = [];
  }

  /** @param {object[] | null} results what was returned, `isOpen` if it may be now */
  update(calls, { results, isOpen }) {
    this.calls = calls;
    this.element.hidden = !calls.length;
    calls.forEach((call, index) => this.#card(index).update(call, results));
    this.cards.splice(calls.length).forEach((card) => card.element.remove());
    const asks = isOpen && calls.length > 0;
    if (asks && !this.fields) this.#askForResults();
    if (!asks) this.#stopAsking();
  }

  #card(index) {
    if (!this.cards[index]) {
      this.cards[index] = new Card();
      this.element.append(this.cards[index].element);
    }
    return this.cards[index];
  }

  #askForResults() {
    this.fields = this.cards.map((card, index) => {
      const name = this.calls[index].name;
      const field = element("textarea", { rows: 2, required: true });
      field.placeholder = '{"temperature": 21, "sky": "clear"}';
      const label = element("label", {}, say("What {name} returns", { name }), field);
      card.element.append(label);
      return field;
    });
    this.button = element("button.primary", { type: "submit" }, say("Continue"));
    this.element.append(this.button);
  }

  #stopAsking() {
    this.fields?.forEach((field) => field.parentElement.remove());
    this.button?.remove();
    this.fields = this.button = null;
  }

  #submit(event) {
    event.preventDefault();
    const results = this.fields.map((field, index) => ({
      callId: this.calls[index].id,
      text: field.value,
    }));
    this.answer(results);
  }
}

class Card {
  constructor() {
    this.name = element("code.call-name");
    this.arguments = element("pre.call-text", { tabindex: 0 });
    this.result = element("pre.call-text", { tabindex: 0 });
    this.returned = element("div.call-result", { hidden: true }, say("returned"), this.result);
    this.element = element(
      "section.call",
      { "aria-label": say("Tool call") },
      element("div.call-head", {}, `${say("calls")} `, this.name),
      this.arguments,
      this.returned,
    );
  }

  update(call, results) {
    this.name.textContent = call.name || "…";
    this.arguments.textContent = pretty(call.arguments);
    const result = results?.find(({ callId }) => callId === call.id);
    this.returned.hidden = !result;
    this.result.textContent = result ? pretty(result.text) : "";
  }
}

/** JSON with its lines; what is no JSON (yet) as it is. */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
