import { element, icon, iconButton } from "./element.js";
import { drawVersions } from "./versions_view.js";
import { say } from "./words.js";

/** A question: its images and text, which can be edited. */
export class QuestionView {
  /**
   * @param {(text: string) => void} ask is given the edited text
   * @param {(steps: number) => void} showVersion
   */
  constructor(turn, ask, showVersion) {
    this.turn = turn;
    this.ask = ask;
    this.showVersion = showVersion;
    this.version = { number: 1, count: 1 };
    this.body = element("div.question-body");
    this.element = element(
      "li.turn.question",
      {},
      element(
        "article",
        { "aria-label": say("Your question") },
        element("h2.unseen", {}, say("You asked")),
        this.body,
      ),
    );
    this.#show();
  }

  update(turn, { isBusy, version }) {
    this.turn = turn;
    const isOther = version.number !== this.version.number || version.count !== this.version.count;
    this.version = version;
    if (isOther && !this.body.querySelector("form")) this.#show();
    this.element.classList.toggle("is-busy", isBusy);
  }

  #show() {
    const { text, images, files } = this.turn;
    this.body.replaceChildren(
      ...images.map(drawImage),
      ...(files ?? []).map(drawFile),
      ...(text ? [element("div.bubble", { dir: "auto" }, text)] : []),
      element(
        "div.turn-actions",
        {},
        drawVersions(this.version, this.showVersion),
        iconButton("edit", say("Edit the question"), () => this.edit()),
        iconButton("copy", say("Copy the question"), undefined, { "data-copy": text }),
      ),
    );
  }

  edit() {
    const field = element("textarea", { "aria-label": say("The question"), rows: 3 });
    field.value = this.turn.text;
    const send = () => {
      const { images, files } = this.turn;
      if (!field.value.trim() && !images.length && !files?.length) return field.focus();
      this.#show();
      this.ask(field.value);
    };
    const cancel = () => {
      this.#show();
      this.body.querySelector(".turn-actions > .icon-button").focus();
    };
    const form = element(
      "form.editor",
      { submit: (event) => (event.preventDefault(), send()) },
      field,
      element("p.hint", {}, say("What follows is kept: ‹ and › lead back to it.")),
      element(
        "div.editor-buttons",
        {},
        element("button.plain", { type: "button", click: cancel }, say("Cancel")),
        element("button.primary", { type: "submit" }, icon("send"), say("Ask again")),
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
    const { images, files } = this.turn;
    this.body.replaceChildren(...images.map(drawImage), ...(files ?? []).map(drawFile), form);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }
}

/** Enter sends; not with Shift, and not what chooses a letter of an input method. */
export function isSending(event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing;
}

function drawImage({ url, name }) {
  return element("img.sent-image", { src: url, alt: name || say("An image") });
}

/** A text file that was sent along, folded. */
function drawFile({ name, text }) {
  return element(
    "details.sent-file",
    {},
    element("summary", {}, icon("file"), name),
    element("pre", { tabindex: 0 }, text),
  );
}
