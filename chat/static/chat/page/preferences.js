import { defaultModel } from "./server.js";

const KEY = "chat-page.preferences";
const UNSET = {
  model: defaultModel,
  thinking: "", // "enabled", an effort, "disabled", or what the service takes
  temperature: null, // null leaves it to the server, like all that follow
  maxTokens: null,
  system: "",
  keepsText: true,
  tools: "", // JSON, as it was written
  usesTools: false,
};

/** What the reader chose; kept in this browser, or, where it keeps nothing, till the end. */
class Preferences extends EventTarget {
  #chosen = { ...UNSET, ...read() };

  constructor() {
    super();
    addEventListener("storage", ({ key }) => {
      if (key !== KEY) return;
      this.#chosen = { ...UNSET, ...read() }; // as another tab has it now
      this.dispatchEvent(new Event("change"));
    });
  }

  get(name) {
    return this.#chosen[name];
  }

  set(changes) {
    this.#chosen = { ...this.#chosen, ...changes };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#chosen));
    } catch {
      // Full or forbidden: what was chosen holds for this page, as its store says.
    }
    this.dispatchEvent(new Event("change"));
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export const preferences = new Preferences();
