import { AnswerView } from "./answer_view.js";
import { notice } from "./notices.js";
import { QuestionView } from "./question_view.js";
import { Scroll } from "./scroll.js";

/** The turns of the conversation that is shown. */
export class Thread {
  #views = new Map();
  #conversation = null;
  #listening = null;

  constructor(list, scroller, jump) {
    this.list = list;
    this.scroll = new Scroll(scroller, list, jump);
    // An image has its height once it is loaded.
    list.addEventListener("load", () => this.scroll.follow(), { capture: true });
  }

  show(conversation) {
    this.#listening?.abort();
    this.#listening = new AbortController();
    const options = { signal: this.#listening.signal };
    this.#conversation = conversation;
    this.#views.clear();
    this.list.replaceChildren();
    for (const event of ["turns", "ended"]) {
      conversation.addEventListener(event, () => this.#update(), options);
    }
    conversation.addEventListener("progress", () => this.#progress(), options);
    this.#update();
    this.scroll.toEnd();
  }

  #update() {
    const { turns } = this.#conversation;
    const shown = turns.filter((turn) => turn.role !== "tool");
    this.#drop(new Set(shown.map((turn) => turn.id)));
    shown.forEach((turn) => {
      const index = turns.indexOf(turn);
      const next = turns[index + 1];
      this.#view(turn).update(turn, {
        isLast: index === turns.length - 1,
        isBusy: this.#conversation.isAnswering,
        results: next?.role === "tool" ? next.results : null,
      });
    });
    this.scroll.follow();
  }

  #progress() {
    this.#views.get(this.#conversation.turns.at(-1).id)?.progress();
  }

  #drop(kept) {
    for (const [id, view] of this.#views) {
      if (kept.has(id)) continue;
      view.element.remove();
      this.#views.delete(id);
    }
  }

  #view(turn) {
    if (!this.#views.has(turn.id)) {
      const view = turn.role === "user" ? this.#question(turn) : this.#answer(turn);
      this.#views.set(turn.id, view);
      this.list.append(view.element);
    }
    return this.#views.get(turn.id);
  }

  #question(turn) {
    return new QuestionView(turn, (text) =>
      this.#try((conversation) => conversation.edit(this.#indexOf(turn.id), text)),
    );
  }

  #answer(turn) {
    const asks = {
      again: () =>
        this.#try((conversation) => conversation.regenerate(this.#indexOf(turn.id))),
      giveResults: (results) =>
        this.#try((conversation) => conversation.giveResults(results)),
    };
    return new AnswerView(asks, {
      drawn: () => this.scroll.follow(),
      hold: (change) => this.scroll.hold(change),
    });
  }

  #indexOf(id) {
    return this.#conversation.turns.findIndex((turn) => turn.id === id);
  }

  async #try(ask) {
    this.scroll.toEnd();
    try {
      await ask(this.#conversation);
    } catch (error) {
      notice(error.message);
    }
  }
}
