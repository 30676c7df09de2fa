import { absorb, newAnswer, newId } from "./answer.js";
import { isLeased, lease } from "./lease.js";
import { preferences } from "./preferences.js";
import { requestBody } from "./request.js";
import { chatUrl } from "./server.js";
import { store } from "./store.js";
import { ask, ChatError } from "./stream.js";
import { choosing, pathOf, versionsOf, withParents } from "./versions.js";
import { say } from "./words.js";

const TITLE = 60; // letters of the first question
const KEPT_EVERY = 1000; // milliseconds, while an answer comes
// What the model is told, so in English; the reader does not see it.
const GO_ON =
  "Your answer was cut off. Go on exactly where it stopped, without repeating anything " +
  "and without a word about it.";

/**
 * A conversation and the answer that is coming, if one is. `turns` are those that are
 * shown, of the versions there are. Tells `turns` when turns came or went, `progress` when
 * the answer grew, `ended` when it ended.
 */
export class Conversation extends EventTarget {
  turns = [];
  title = "";
  isNamed = false; // by its reader
  settings = null; // what was chosen for it, once it has begun
  #all = [];
  #chosen = {};
  #leaving = null;
  #isKept = false;
  #isLeft = false;

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

  /** See what another tab made of it; returns whether it is kept still. */
  async reload() {
    const known = await store.conversation(this.id);
    const turns = await store.turns(this.id);
    const isOpen = turns.at(-1)?.state === "open";
    const elsewhere = isOpen && (await isLeased(this.id));
    if (!known || this.isAnswering) return Boolean(known);
    this.title = known.title;
    this.isNamed = Boolean(known.isNamed);
    this.settings = known.settings ?? null;
    const last = turns.at(-1);
    this.#isLeft = isOpen && !elsewhere && Boolean(last.requestId);
    const isOpenStill = elsewhere || this.#isLeft;
    this.#all = withParents(turns).map((turn) => told(turn, turn === last && isOpenStill));
    this.#chosen = known.chosen ?? {};
    this.turns = pathOf(this.#all, this.#chosen);
    this.#tell("turns");
    return true;
  }

  /** How many versions `turn` has, and which it is, from 1 on. */
  versionOf(turn) {
    const versions = versionsOf(this.#all, turn);
    return { count: versions.length, number: 1 + versions.indexOf(turn) };
  }

  /** Show the version of `turn` that is `steps` after it. */
  async showVersion(turn, steps) {
    const versions = versionsOf(this.#all, turn);
    const wanted = versions[versions.indexOf(turn) + steps];
    if (!wanted || this.isAnswering) return;
    this.#chosen = choosing(this.#chosen, wanted);
    this.turns = pathOf(this.#all, this.#chosen);
    this.#tell("turns");
    await store.keep(this.id, { chosen: this.#chosen });
  }

  /** Choose for this conversation: model, thinking, tools and the like. */
  async set(settings) {
    this.settings = settings;
    if (this.#isKept) await store.keep(this.id, { settings });
  }

  get isAnswering() {
    return this.#leaving !== null;
  }

  /** Whether another tab is answering it. */
  get isAnsweredElsewhere() {
    return !this.isAnswering && !this.#isLeft && this.turns.at(-1)?.state === "open";
  }

  /** Whether its last answer was coming to a tab that was closed, or reloaded. */
  get isLeft() {
    return !this.isAnswering && this.#isLeft;
  }

  /** Go on with the answer that was left, where it is. */
  async resume() {
    await this.#leased(async () => {
      this.#isLeft = false;
      const answer = this.turns.at(-1);
      const before = cutBack(answer);
      this.#tell("turns");
      await this.#receive(answer, null, Date.now() - answer.askedAt);
      if (answer.state === "refused") answer.state = "broken"; // it had begun, and has an id
      if (isLess(answer, before)) Object.assign(answer, before);
      await store.keepTurns(this.id, [answer]);
    });
  }

  async ask(text, images = [], files = []) {
    await this.#answerAfter([{ id: newId(), role: "user", text, images, files }]);
  }

  /** Ask again from the question at `index`, in other words. */
  async edit(index, text) {
    const { images, files } = this.turns[index];
    const question = { id: newId(), role: "user", text, images, files };
    await this.#answerAfter([question], index);
  }

  /** Answer once more what stands before the answer at `index`. */
  async regenerate(index) {
    await this.#answerAfter([], index);
  }

  /** Have the last answer, which was cut off, go on. */
  async goOn() {
    await this.#leased(async () => {
      const answer = this.turns.at(-1);
      const body = requestBody(this.turns, this.#settled(), GO_ON);
      const { usage } = answer;
      Object.assign(answer, { state: "open", finishReason: null, error: null, usage: null });
      this.#tell("turns");
      await this.#receive(answer, body, answer.ended ?? answer.lastEvent ?? 0);
      answer.usage = sumOf(usage, answer.usage);
      await store.keepTurns(this.id, [answer]);
    });
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
    this.isNamed = true;
    await store.keep(this.id, { title, isNamed: true });
  }

  /**
   * Put `added` beside what stands from `index` on, and have it answered. Throws an
   * Error, and changes nothing, if it cannot be asked.
   */
  async #answerAfter(added, index = this.turns.length) {
    await this.#leased(() => this.#answer(added, index));
  }

  async #leased(run) {
    if (this.isAnswering) return;
    const isElsewhere = this.isAnsweredElsewhere;
    this.#leaving = new AbortController();
    const giveBack = isElsewhere ? null : await lease(this.id);
    if (!giveBack) {
      this.#leaving = null;
      throw new Error(say("Another tab is answering this conversation."));
    }
    try {
      await run();
    } finally {
      this.#leaving = null;
      giveBack();
      this.#tell("ended");
    }
  }

  async #answer(added, index) {
    const turns = [...this.turns.slice(0, index), ...added];
    const body = requestBody(turns, this.#settled()); // which refuses what cannot be sent
    const gone = this.turns.slice(index, index + 1).filter((turn) => isNothing(turn));
    const answer = newAnswer(this.settings.model);
    this.#grow(turns.slice(0, index), [...added, answer], gone);
    if (index === 0 && added.length && !this.isNamed) this.title = titleOf(turns[0]);
    this.#tell("turns");
    const keeping = this.#keepNew(gone);
    await this.#receive(answer, body);
    await keeping;
    await store.keepTurns(this.id, [answer]);
  }

  /** What is chosen for it; it begins with what is chosen now. */
  #settled() {
    this.settings ??= preferences.ofConversation();
    return this.settings;
  }

  #grow(before, fresh, gone) {
    let parent = before.at(-1)?.id ?? null;
    let order = 1 + Math.max(-1, ...this.#all.map((turn) => turn.order ?? 0));
    this.#all = this.#all.filter((turn) => !gone.includes(turn));
    for (const turn of fresh) {
      Object.assign(turn, { parent, order: order++ });
      this.#all.push(turn);
      this.#chosen = choosing(this.#chosen, turn);
      parent = turn.id;
    }
    this.turns = [...before, ...fresh];
  }

  async #receive(answer, body, offset = 0) {
    const start = performance.now();
    if (body !== null) answer.had = lengthsOf(answer);
    const elapsed = (at = performance.now()) => Math.round(offset + at - start);
    let keptAt = start;
    try {
      const { requestId } = answer;
      const request = { url: chatUrl, body, requestId, signal: this.#leaving.signal };
      const opened = (id) => {
        answer.requestId = id;
        this.keepProgress(); // who comes back asks by it
      };
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
    store.keepTurns(this.id, [this.turns.at(-1)], { quietly: true });
  }

  async #keepNew(gone) {
    const { title, settings } = this;
    const now = Date.now();
    const begun = this.#isKept ? {} : { createdAt: now, updatedAt: now };
    this.#isKept = true;
    await store.keep(this.id, { title, settings, chosen: this.#chosen, ...begun });
    await store.dropTurns(this.id, gone.map((turn) => turn.id));
    await store.keepTurns(this.id, this.turns);
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }
}

/** A kept turn; one that is open and that no tab is answering broke off with its tab. */
function told(turn, elsewhere) {
  if (turn.state !== "open" || elsewhere) return turn;
  const error = { message: "The page was closed before the answer was whole." }; // say()
  return { ...turn, state: "broken", error };
}

/** How much there was of an answer before it was asked for. */
function lengthsOf({ text, reasoning, calls }) {
  return { text: text.length, reasoning: reasoning.length, calls: calls.length };
}

/** All that was asked for comes again; returns what there was, in case it does not. */
function cutBack(answer) {
  const { text, reasoning, calls } = answer;
  const had = answer.had ?? { text: 0, reasoning: 0, calls: 0 };
  answer.text = text.slice(0, had.text);
  answer.reasoning = reasoning.slice(0, had.reasoning);
  answer.calls = calls.slice(0, had.calls);
  return { text, reasoning, calls };
}

function isLess(one, other) {
  return one.text.length + one.reasoning.length < other.text.length + other.reasoning.length;
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
  if (!line) return say("An image");
  return line.length > TITLE ? `${line.slice(0, TITLE).trimEnd()}…` : line;
}

/** Whether nothing came of an answer: then the next takes its place. */
function isNothing({ role, text, reasoning, calls }) {
  return role === "assistant" && !text && !reasoning && !calls.length;
}

/** What two requests used together; null if it is not known of both. */
function sumOf(one, other) {
  if (!one || !other) return null;
  const sum = (name) => (one[name] ?? 0) + (other[name] ?? 0);
  const thoughts = (usage) => usage.completion_tokens_details?.reasoning_tokens ?? 0;
  return {
    prompt_tokens: sum("prompt_tokens"),
    completion_tokens: sum("completion_tokens"),
    total_tokens: sum("total_tokens"),
    completion_tokens_details: { reasoning_tokens: thoughts(one) + thoughts(other) },
  };
}
