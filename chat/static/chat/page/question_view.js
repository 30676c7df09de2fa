import { element, icon, iconButton } from "./element.js";

/** A question: its images and text, which can be edited. */
export class QuestionView {
  /** @param {(text: string) => void} ask is given the edited text */
  constructor(turn, ask) {
    this.turn = turn;
    this.ask = ask;
    this.body = element("div.question-body");
    this.element = element(
      "li.turn.question",
      {},
      element(
        "article",
        { "aria-label": "Your question" },
        element("h2.unseen", {}, "You asked"),
        this.body,
      ),
    );
    this.#show();
  }

  update(turn, { isBusy }) {
    this.turn = turn;
    this.element.classList.toggle("is-busy", isBusy);
  }

  #show() {
    const { text, images } = this.turn;
    this.body.replaceChildren(
      ...images.map(drawImage),
      ...(text ? [element("div.bubble", { dir: "auto" }, text)] : []),
      element(
        "div.turn-actions",
        {},
        iconButton("edit", "Edit the question", () => this.#edit()),
        iconButton("copy", "Copy the question", undefined, { "data-copy": text }),
      ),
    );
  }

  #edit() {
    const field = element("textarea", { "aria-label": "The question", rows: 3 });
    field.value = this.turn.text;
    const send = () => {
      if (!field.value.trim() && !this.turn.images.length) return field.focus();
      this.#show();
      this.ask(field.value);
    };
    const cancel = () => {
      this.#show();
      this.body.querySelector("button").focus();
    };
    const form = element(
      "form.editor",
      { submit: (event) => (event.preventDefault(), send()) },
      field,
      element("p.hint", {}, "What follows is replaced by the new answer."),
      element(
        "div.editor-buttons",
        {},
        element("button.plain", { type: "button", click: cancel }, "Cancel"),
        element("button.primary", { type: "submit" }, icon("send"), "Ask again"),
      ),
    );
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        cancel();
      } else if (isSending(event) && event.target === field) {
        event.preventDefault();
        send();
      }
    });
    this.body.replaceChildren(...this.turn.images.map(drawImage), form);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }
}

/** Enter sends; not with Shift, and not what chooses a letter of an input method. */
export function isSending(event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing;
}

function drawImage({ url, name }) {
  return element("img.sent-image", { src: url, alt: name || "An image" });
}
