import { channel } from "./channel.js";

const NAME = "chat-page";
const BOTH = ["conversations", "turns"];

/**
 * The conversations, in the browser's IndexedDB. Every turn is a record of its own, so
 * that two tabs never overwrite each other's; each is told of what the others change.
 *
 * A conversation: `id`, `title`, `isNamed` (by its reader), `createdAt`, `updatedAt`,
 * `settings` (preferences.js), `chosen` (versions.js).
 * A turn: `id`, `conversation`, `order`, `parent`, `role` and what the role has.
 */
class Store extends EventTarget {
  #database = null;
  #tabs = channel(NAME);
  #hasFailed = false;

  constructor() {
    super();
    this.#tabs?.addEventListener("message", ({ data }) => this.#tell(data));
  }

  async conversations() {
    const all = await this.#read("conversations", (store) => store.getAll());
    return (all ?? []).sort((one, other) => other.updatedAt - one.updatedAt);
  }

  conversation(id) {
    return this.#read("conversations", (store) => store.get(id));
  }

  async turns(conversation) {
    const turns = await this.#read("turns", (store) =>
      store.index("conversation").getAll(conversation),
    );
    return (turns ?? []).sort((one, other) => one.order - other.order);
  }

  /** The text of every turn, by its conversation. */
  async texts() {
    const turns = (await this.#read("turns", (store) => store.getAll())) ?? [];
    return turns.map(({ conversation, text }) => ({ conversation, text: text ?? "" }));
  }

  /** Keep a conversation, or those `changes` of one that is kept. */
  async keep(id, changes) {
    await this.#write(id, ["conversations"], async ([conversations]) => {
      const known = await result(conversations.get(id));
      conversations.put({ ...known, ...changes, id });
    });
  }

  /** Keep turns of a conversation, unless it was deleted meanwhile, in another tab. */
  async keepTurns(conversation, turns, { quietly = false } = {}) {
    const told = quietly ? undefined : conversation;
    await this.#write(told, BOTH, async ([conversations, kept]) => {
      const known = await result(conversations.get(conversation));
      if (!known) return;
      for (const turn of turns) kept.put({ ...turn, conversation });
      if (!quietly) conversations.put({ ...known, updatedAt: Date.now() });
    });
  }

  async dropTurns(conversation, ids) {
    if (!ids.length) return;
    await this.#write(conversation, ["turns"], ([turns]) =>
      ids.forEach((id) => turns.delete(id)),
    );
  }

  /** Delete a conversation; what it was can be given to `restore`. */
  async delete(id) {
    const deleted = [await this.conversation(id), await this.turns(id)];
    await this.#write(id, BOTH, ([conversations, turns]) => {
      conversations.delete(id);
      deleted[1].forEach((turn) => turns.delete(turn.id));
    });
    return deleted;
  }

  async restore([conversation, turns]) {
    await this.#write(conversation.id, BOTH, (stores) => {
      stores[0].put(conversation);
      turns.forEach((turn) => stores[1].put(turn));
    });
  }

  async deleteAll() {
    await this.#write(null, BOTH, (stores) => {
      stores.forEach((store) => store.clear());
    });
  }

  async #read(name, ask) {
    try {
      const database = await this.#opened();
      return await result(ask(database.transaction(name).objectStore(name)));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Make a change to the stores of these names, and tell of it if `id` is given. */
  async #write(id, names, change) {
    try {
      const database = await this.#opened();
      const transaction = database.transaction(names, "readwrite");
      const done = completion(transaction);
      await Promise.all([
        change(names.map((name) => transaction.objectStore(name))),
        done,
      ]);
      if (id !== undefined) this.#changed(id);
    } catch (error) {
      this.#failed(error);
    }
  }

  #opened() {
    this.#database ??= open();
    return this.#database;
  }

  /** It is said once: the page goes on without. */
  #failed(error) {
    console.warn("The conversations cannot be kept:", error);
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.dispatchEvent(new CustomEvent("failed", { detail: error }));
  }

  /** Tell this tab and the others; `id` null is all conversations. */
  #changed(id) {
    this.#tabs?.postMessage({ id });
    this.#tell({ id, isOurs: true });
  }

  #tell({ id, isOurs = false }) {
    this.dispatchEvent(new CustomEvent("change", { detail: { id, isOurs } }));
  }
}

function open() {
  const opening = indexedDB.open(NAME, 1);
  opening.addEventListener("upgradeneeded", () => {
    opening.result.createObjectStore("conversations", { keyPath: "id" });
    const turns = opening.result.createObjectStore("turns", { keyPath: "id" });
    turns.createIndex("conversation", "conversation");
  });
  return result(opening);
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

function completion(transaction) {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => reject(transaction.error));
  });
}

export const store = new Store();
