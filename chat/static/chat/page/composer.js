import { Attachments, serveDropping } from "./attachments.js";
import { notice } from "./notices.js";
import { preferences } from "./preferences.js";
import { isSending } from "./question_view.js";
import { isBlind, visionModels } from "./server.js";
import { say } from "./words.js";

const byId = (id) => document.getElementById(id);
// A keyboard on glass has no Shift+Enter: there Enter is a new line.
const isTouch = matchMedia("(hover: none) and (pointer: coarse)").matches;

/** The box a question is written in. Tells `ask` with it, `stop` and `edit-last`. */
export class Composer extends EventTarget {
  #isBusy = false;

  constructor() {
    super();
    this.form = byId("composer");
    this.field = byId("question");
    this.attachments = new Attachments(byId("tray"));
    this.#listen();
    serveDropping(this.attachments);
  }

  set isBusy(isBusy) {
    this.#isBusy = isBusy;
    byId("send").hidden = isBusy;
    byId("stop").hidden = !isBusy;
    this.#update();
  }

  focus() {
    this.field.focus();
  }

  clear() {
    this.field.value = "";
    this.attachments.replace([], []);
    this.#update();
  }

  /** Put back what could not be asked, unless something else was written since. */
  restore(text, images, files) {
    if (this.field.value || !this.attachments.isEmpty) return;
    this.field.value = text;
    this.attachments.replace(images, files);
    this.#update();
  }

  /** Add a word; ask at once if there is nothing else. */
  play(word) {
    const text = this.field.value.trimEnd();
    this.field.value = text ? `${text} ${word}` : word;
    this.#update();
    this.focus();
    if (!text && !this.#isBusy) this.#ask();
  }

  #listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask();
    });
    this.field.addEventListener("input", () => this.#update());
    this.field.addEventListener("keydown", (event) => {
      const isAtTop = !this.field.value && !event.isComposing;
      if (event.key === "ArrowUp" && isAtTop && !this.#isBusy) {
        event.preventDefault();
        this.dispatchEvent(new Event("edit-last"));
      }
      if (isTouch || !isSending(event)) return;
      event.preventDefault();
      this.#ask();
    });
    this.field.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.attachments.add(files);
    });
    byId("stop").addEventListener("click", () => {
      this.dispatchEvent(new Event("stop"));
      this.focus();
    });
    byId("attach").addEventListener("click", () => byId("files").click());
    byId("files").addEventListener("change", ({ target }) => {
      this.attachments.add([...target.files]).then(() => (target.value = ""));
      this.focus();
    });
    byId("see").addEventListener("click", () => {
      preferences.set({ model: visionModels[0] });
      this.focus();
    });
    this.attachments.addEventListener("change", () => this.#update());
    preferences.addEventListener("change", () => this.#update());
  }

  #ask() {
    const text = this.field.value.trim();
    const { images, files, isEmpty } = this.attachments;
    if (!text && isEmpty) return;
    if (this.#isBusy) {
      notice(say("The answer is still being written. Esc stops it."));
      return;
    }
    this.clear();
    this.dispatchEvent(new CustomEvent("ask", { detail: { text, images, files } }));
  }

  #update() {
    const hasImages = this.attachments.images.length > 0;
    byId("send").disabled = !this.field.value.trim() && this.attachments.isEmpty;
    byId("blind").hidden = !(hasImages && isBlind(preferences.get("model")));
    byId("blind-model").textContent = preferences.get("model");
    byId("see").textContent = say("Use {model}", { model: visionModels[0] });
    // Where CSS alone cannot let it grow.
    if (CSS.supports("field-sizing", "content")) return;
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }
}
