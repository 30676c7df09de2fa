import { AnswerView } from "./answer_view.js";
import { notice } from "./notices.js";
import { preferences } from "./preferences.js";
import { QuestionView } from "./question_view.js";
import { Scroll } from "./scroll.js";

/** The turns of the conversation that is shown. */
export class Thread {
  #views = new Map();
  #conversation = null;
  #listening = null;
  #isUpdating = false;

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
    this.#isUpdating = true; // each look at the scroller lays out all that stands there
    try {
      shown.forEach((turn) => this.#updateOne(turn));
    } finally {
      this.#isUpdating = false;
    }
    this.scroll.follow();
  }

  #updateOne(turn) {
    const { turns } = this.#conversation;
    const index = turns.indexOf(turn);
    const next = turns[index + 1];
    this.#view(turn).update(turn, {
      isLast: index === turns.length - 1,
      isBusy: this.#conversation.isAnswering,
      version: this.#conversation.versionOf(turn),
      results: next?.role === "tool" ? next.results : null,
    });
  }

  /** Edit the question that was asked last. */
  editLast() {
    const last = this.#conversation.turns.findLast(({ role }) => role === "user");
    if (last) this.#views.get(last.id).edit();
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
    return new QuestionView(
      turn,
      (text) => this.#try((conversation) => conversation.edit(this.#indexOf(turn.id), text)),
      (steps) => this.#showVersion(turn.id, steps),
    );
  }

  #answer(turn) {
    const asks = {
      again: () =>
        this.#try((conversation) => conversation.regenerate(this.#indexOf(turn.id))),
      goOn: () => this.#try((conversation) => conversation.goOn()),
      askMore: (maxTokens) => {
        preferences.set({ maxTokens });
        asks.again();
      },
      showVersion: (steps) => this.#showVersion(turn.id, steps),
      giveResults: (results) =>
        this.#try((conversation) => conversation.giveResults(results)),
    };
    return new AnswerView(asks, {
      drawn: () => this.#isUpdating || this.scroll.follow(),
      hold: (change) => this.scroll.hold(change),
    });
  }

  /** The reader stays where the version is that was asked for. */
  #showVersion(id, steps) {
    const index = this.#indexOf(id);
    this.scroll.hold(() => {
      this.#conversation.showVersion(this.#conversation.turns[index], steps);
    });
    const button = steps < 0 ? ".versions button:first-child" : ".versions button:last-child";
    const turn = this.#views.get(this.#conversation.turns[index].id);
    const place = turn.element.querySelector(`${button}:enabled`);
    (place ?? turn.element.querySelector(".versions button:enabled"))?.focus();
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
