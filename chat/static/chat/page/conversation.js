import { absorb, newAnswer, newId } from "./answer.js";
import { isLeased, lease } from "./lease.js";
import { preferences } from "./preferences.js";
import { requestBody } from "./request.js";
import { chatUrl } from "./server.js";
import { store } from "./store.js";
import { ask, ChatError } from "./stream.js";

const TITLE = 60; // letters of the first question
const KEPT_EVERY = 1000; // milliseconds, while an answer comes

/**
 * A conversation and the answer that is coming, if one is. Tells `turns` when turns came
 * or went, `progress` when the answer grew, `ended` when it ended.
 */
export class Conversation extends EventTarget {
  turns = [];
  title = "";
  #leaving = null;
  #isKept = false;

  constructor(id = newId()) {
    super();
    this.id = id;
  }

  /** The conversation as it is kept, or null. */
  static async load(id) {
    const known = await store.conversation(id);
    if (!known) return null;
    const conversation = new Conversation(id);
    conversation.#isKept = true;
    await conversation.reload();
    return conversation;
  }

  /** See what another tab made of it. */
  async reload() {
    const known = await store.conversation(this.id);
    const turns = await store.turns(this.id);
    const isOpen = turns.at(-1)?.state === "open";
    const elsewhere = isOpen && (await isLeased(this.id));
    if (!known || this.isAnswering) return;
    this.title = known.title;
    this.turns = turns.map((turn) => told(turn, elsewhere));
    this.#tell("turns");
  }

  get isAnswering() {
    return this.#leaving !== null;
  }

  /** Whether another tab is answering it. */
  get isAnsweredElsewhere() {
    return !this.isAnswering && this.turns.at(-1)?.state === "open";
  }

  async ask(text, images = []) {
    await this.#answerAfter([{ id: newId(), role: "user", text, images }]);
  }

  /** Ask again from the question at `index`, in other words. */
  async edit(index, text) {
    const { images } = this.turns[index];
    await this.#answerAfter([{ id: newId(), role: "user", text, images }], index);
  }

  /** Answer once more what stands before the answer at `index`. */
  async regenerate(index) {
    await this.#answerAfter([], index);
  }

  /** @param {{ callId: string, text: string }[]} results of the last answer's calls */
  async giveResults(results) {
    await this.#answerAfter([{ id: newId(), role: "tool", results }]);
  }

  stop() {
    this.#leaving?.abort();
  }

  async rename(title) {
    this.title = title;
    await store.keep(this.id, { title, isNamed: true });
  }

  /**
   * Put `added` in the place of what stands from `index` on, and have it answered.
   * Throws an Error, and changes nothing, if it cannot be asked.
   */
  async #answerAfter(added, index = this.turns.length) {
    if (this.isAnswering) return;
    const isElsewhere = this.isAnsweredElsewhere;
    this.#leaving = new AbortController();
    const giveBack = isElsewhere ? null : await lease(this.id);
    if (!giveBack) {
      this.#leaving = null;
      throw new ChatError({ message: "Another tab is answering this conversation." });
    }
    try {
      await this.#answer(added, index);
    } finally {
      this.#leaving = null;
      giveBack();
      this.#tell("ended");
    }
  }

  async #answer(added, index) {
    const turns = [...this.turns.slice(0, index), ...added];
    const body = requestBody(turns); // which refuses what cannot be sent
    const gone = this.turns.slice(index).map((turn) => turn.id);
    const answer = newAnswer(preferences.get("model"));
    this.turns = [...turns, answer];
    this.title ||= titleOf(turns[0]);
    this.#tell("turns");
    const keeping = this.#keepNew(gone);
    await this.#receive(answer, body);
    await keeping;
    await store.keepTurns(this.id, [this.#numbered(answer)]);
  }

  async #receive(answer, body) {
    const start = performance.now();
    const elapsed = (at = performance.now()) => Math.round(at - start);
    let keptAt = start;
    try {
      const request = { url: chatUrl, body, signal: this.#leaving.signal };
      const opened = (requestId) => (answer.requestId = requestId);
      for await (const { events, at } of ask(request, opened)) {
        absorb(answer, events, elapsed(at));
        this.#tell("progress");
        if (at - keptAt > KEPT_EVERY) {
          keptAt = at;
          this.keepProgress();
        }
      }
      answer.state = "finished";
    } catch (error) {
      failed(answer, error);
    }
    answer.ended = elapsed();
  }

  /** Keep the answer as far as it has come. */
  keepProgress() {
    if (!this.isAnswering) return;
    const answer = this.turns.at(-1);
    store.keepTurns(this.id, [this.#numbered(answer)], { quietly: true });
  }

  async #keepNew(gone) {
    if (!this.#isKept) {
      this.#isKept = true;
      const now = Date.now();
      await store.keep(this.id, { title: this.title, createdAt: now, updatedAt: now });
    }
    await store.dropTurns(this.id, gone);
    await store.keepTurns(this.id, this.turns.map((turn) => this.#numbered(turn)));
  }

  #numbered(turn) {
    turn.order = this.turns.indexOf(turn);
    return turn;
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }
}

/** A kept turn; one that is open and that no tab is answering broke off with its tab. */
function told(turn, elsewhere) {
  if (turn.state !== "open" || elsewhere) return turn;
  const error = { message: "The page was closed before the answer was whole." };
  return { ...turn, state: "broken", error };
}

function failed(answer, error) {
  if (error.name === "AbortError") {
    answer.state = "stopped";
    return;
  }
  answer.state = answer.firstEvent === null ? "refused" : "broken";
  if (!(error instanceof ChatError)) console.error(error);
  const { message, code = null, status = null, requestId = null } = error;
  answer.requestId ??= requestId;
  answer.error = { message, code, status };
  if (error.retryAfter) answer.error.retryAt = Date.now() + error.retryAfter * 1000;
}

function titleOf({ text }) {
  const line = text.trim().split("\n")[0];
  if (!line) return "An image";
  return line.length > TITLE ? `${line.slice(0, TITLE).trimEnd()}…` : line;
}
