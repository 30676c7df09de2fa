import { element, iconButton } from "./element.js";
import { morph } from "./morph.js";
import { notice } from "./notices.js";
import { store } from "./store.js";
import { say } from "./words.js";

const DAY = 24 * 60 * 60 * 1000;

/** The list of the conversations that are kept. */
export class Sidebar {
  #shown = null; // the id of the conversation that is shown
  #renamed = null;
  #all = [];
  #wanted = ""; // what is searched for
  #found = null; // the ids that have it, or null for all

  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    place.addEventListener("click", ({ target }) => this.#clicked(target));
    place.addEventListener("keydown", (event) => this.#typed(event));
    place.addEventListener("focusout", ({ target }) => {
      if (target.matches("input") && target.isConnected) this.#rename(target.value);
    });
    store.addEventListener("change", () => this.update());
    this.search = document.getElementById("search");
    this.search.addEventListener("input", () => this.#find());
  }

  set shown(id) {
    this.#shown = id;
    this.#draw();
  }

  async update() {
    this.#all = await store.conversations();
    await this.#find();
  }

  /** Look for conversations whose title or text has what is searched for. */
  async #find() {
    const wanted = this.search.value.trim().toLowerCase();
    this.#wanted = wanted;
    const texts = wanted ? await store.texts() : [];
    if (wanted !== this.#wanted) return; // more was typed meanwhile
    const has = (text) => text.toLowerCase().includes(wanted);
    const found = texts.filter(({ text }) => has(text)).map((one) => one.conversation);
    const titled = this.#all.filter(({ title }) => has(title)).map(({ id }) => id);
    this.#found = wanted ? new Set([...found, ...titled]) : null;
    this.#draw();
  }

  get isEmpty() {
    return !this.#all.length;
  }

  #draw() {
    const drawn = document.createDocumentFragment();
    const shown = this.#all.filter(({ id }) => !this.#found || this.#found.has(id));
    for (const [name, conversations] of grouped(shown)) {
      drawn.append(
        element("h2", {}, name),
        element("ul", {}, ...conversations.map((one) => this.#row(one))),
      );
    }
    if (this.isEmpty) {
      const sentence = say("Your conversations are kept in this browser.");
      drawn.append(element("p.hint", {}, sentence));
    } else if (!shown.length) {
      drawn.append(element("p.hint", {}, say("No conversation has that.")));
    }
    morph(this.place, 0, drawn);
    for (const id of ["delete-all", "search", "export-all"]) {
      document.getElementById(id).hidden = this.isEmpty;
    }
  }

  #row({ id, title }) {
    const link = element(
      "a",
      {
        href: `#${id}`,
        title,
        dir: "auto",
        "aria-current": id === this.#shown ? "page" : null,
      },
      title,
    );
    const field = element("input", {
      value: title,
      "aria-label": say("Title"),
      maxlength: 100,
    });
    const isRenamed = id === this.#renamed;
    return element(
      "li",
      { "data-id": id },
      isRenamed ? field : link,
      !isRenamed && iconButton("edit", say("Rename {title}", { title }), null, { "data-do": "rename" }),
      !isRenamed && iconButton("bin", say("Delete {title}", { title }), null, { "data-do": "delete" }),
    );
  }

  #clicked(target) {
    const id = target.closest("[data-id]")?.dataset.id;
    const wanted = target.closest("[data-do]")?.dataset.do;
    if (wanted === "rename") this.#startRenaming(id);
    if (wanted === "delete") this.#delete(id);
  }

  #startRenaming(id) {
    this.#renamed = id;
    this.#draw();
    this.place.querySelector("input").select();
  }

  #typed(event) {
    if (!event.target.matches("input")) return;
    if (event.key === "Enter") this.#rename(event.target.value);
    if (event.key === "Escape") this.#rename("");
    if (event.key === "Escape" || event.key === "Enter") event.stopPropagation();
  }

  async #rename(title) {
    const id = this.#renamed;
    if (!id) return;
    this.#renamed = null;
    this.#draw();
    this.place.querySelector(`[data-id="${id}"] a`)?.focus();
    if (title.trim()) await store.keep(id, { title: title.trim(), isNamed: true });
  }

  async #delete(id) {
    const row = this.place.querySelector(`[data-id="${id}"]`);
    const neighbour = (row.nextElementSibling ?? row.previousElementSibling)?.dataset.id;
    const deleted = await store.delete(id);
    await this.update();
    const next = neighbour && this.place.querySelector(`[data-id="${neighbour}"] a`);
    (next ?? document.getElementById("new")).focus();
    notice(say("“{title}” is deleted.", deleted[0]), {
      action: say("Undo"),
      run: () => store.restore(deleted),
    });
  }
}

/** By the time they were last used, the newest first. */
function grouped(conversations) {
  const today = new Date().setHours(0, 0, 0, 0);
  const groups = [
    [say("Today"), today],
    [say("Yesterday"), today - DAY],
    [say("Last 7 days"), today - 6 * DAY],
    [say("Last 30 days"), today - 29 * DAY],
    [say("Older"), -Infinity],
  ];
  const filled = new Map();
  for (const conversation of conversations) {
    const [name] = groups.find(([, since]) => conversation.updatedAt >= since);
    filled.set(name, [...(filled.get(name) ?? []), conversation]);
  }
  return filled;
}
