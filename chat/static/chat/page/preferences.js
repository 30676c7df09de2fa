import { defaultModel } from "./server.js";

const KEY = "chat-page.preferences";
// What a conversation has for itself, once it has begun
const OF_CONVERSATION = {
  model: defaultModel,
  thinking: "", // "enabled", an effort, "disabled", or what the service takes
  temperature: null, // null leaves it to the server, like all that follow
  maxTokens: null,
  system: "",
  tools: "", // JSON, as it was written
  usesTools: false,
};
const UNSET = { ...OF_CONVERSATION, keepsText: true };

/**
 * What the reader chose: for the conversation that is shown, and for those to come. Kept
 * in this browser, or, where it keeps nothing, till the end.
 */
class Preferences extends EventTarget {
  #chosen = { ...UNSET, ...read() };
  #conversation = null;

  constructor() {
    super();
    addEventListener("storage", ({ key }) => {
      if (key !== KEY) return;
      this.#chosen = { ...UNSET, ...read() }; // as another tab has it now
      this.dispatchEvent(new Event("change"));
    });
  }

  /** From now on it is that conversation's choices that are shown and changed. */
  show(conversation) {
    this.#conversation = conversation;
    this.dispatchEvent(new Event("change"));
  }

  get(name) {
    return this.#all()[name];
  }

  #all() {
    return { ...this.#chosen, ...this.#conversation?.settings };
  }

  /** What a conversation that begins, or has no choices of its own yet, begins with. */
  ofConversation() {
    const all = this.#all();
    return Object.fromEntries(Object.keys(OF_CONVERSATION).map((name) => [name, all[name]]));
  }

  set(changes) {
    const isBegun = this.#conversation?.turns.length > 0;
    const own = Object.entries(changes).filter(([name]) => name in OF_CONVERSATION);
    if (isBegun) this.#conversation.set({ ...this.ofConversation(), ...Object.fromEntries(own) });
    const rest = isBegun ? withoutOwn(changes) : changes;
    this.#chosen = { ...this.#chosen, ...rest };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#chosen));
    } catch {
      // Full or forbidden: what was chosen holds for this page, as its store says.
    }
    this.dispatchEvent(new Event("change"));
  }
}

function withoutOwn(changes) {
  const rest = Object.entries(changes).filter(([name]) => !(name in OF_CONVERSATION));
  return Object.fromEntries(rest);
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export const preferences = new Preferences();
