import { announce } from "./announcer.js";
import { serveCopying } from "./clipboard.js";
import { Composer } from "./composer.js";
import { serveControls } from "./controls.js";
import { serveWrapping } from "./code.js";
import { Conversation } from "./conversation.js";
import { sentenceOf } from "./ending_view.js";
import { serveFailures } from "./failures_menu.js";
import { serveKeys } from "./keys.js";
import { untilFree } from "./lease.js";
import { serveMenus } from "./menus.js";
import { notice } from "./notices.js";
import { preferences } from "./preferences.js";
import { Sidebar } from "./sidebar.js";
import { store } from "./store.js";
import { serveTheme } from "./theme_button.js";
import { Thread } from "./thread.js";
import { say, serveLanguage } from "./words.js";

const byId = (id) => document.getElementById(id);

const composer = new Composer();
const thread = new Thread(byId("turns"), byId("scroller"), byId("jump"));
const sidebar = new Sidebar(byId("conversations"));
const answering = new Map(); // conversations that go on while another is shown
let shown = null;

async function showAddressed() {
  const id = /^#([0-9a-f]{24})$/.exec(location.hash)?.[1];
  if (id && id === shown?.id) return;
  let conversation = answering.get(id);
  if (id) conversation ??= await Conversation.load(id);
  if (id && !conversation) {
    notice(say("That conversation is not in this browser."));
    history.replaceState(null, "", "#");
  }
  show(conversation ?? new Conversation());
}

function show(conversation) {
  shown = conversation;
  serve(conversation);
  preferences.show(conversation);
  update(); // before the thread scrolls: what is hidden has no end to scroll to
  thread.show(conversation);
  focusQuestion();
  byId("sidebar").classList.remove("is-open");
  byId("drawer").setAttribute("aria-expanded", "false");
  waitForOtherTab(conversation);
}

/** Not on glass, where a keyboard would come up. */
function focusQuestion() {
  if (!matchMedia("(hover: none)").matches) composer.focus();
}

function update() {
  const isEmpty = !shown.turns.length;
  byId("welcome").hidden = !isEmpty;
  byId("turns").hidden = isEmpty;
  byId("title").textContent = shown.title || say("New conversation");
  document.title = shown.title ? `${shown.title} – Chat` : "Chat";
  byId("conversation-button").hidden = isEmpty;
  showSystem();
  sidebar.shown = shown.id;
  composer.isBusy = shown.isAnswering;
}

/** The conversation's system prompt stands above it. */
function showSystem() {
  const system = shown.turns.length ? preferences.get("system").trim() : "";
  byId("system-shown").hidden = !system;
  byId("system-shown").lastElementChild.textContent = system;
}

/** What another tab writes is shown once it is whole; what it has left is gone on with. */
async function waitForOtherTab(conversation) {
  while (conversation.isAnsweredElsewhere) {
    await untilFree(conversation.id);
    if (!(await conversation.reload())) return;
  }
  if (!conversation.isLeft) return;
  try {
    await conversation.resume();
  } catch {
    await conversation.reload(); // another tab was first
    await waitForOtherTab(conversation);
  }
}

async function ask(text, images, files) {
  const conversation = shown;
  thread.scroll.toEnd();
  try {
    await conversation.ask(text, images, files);
  } catch (error) {
    notice(error.message);
    if (conversation === shown) composer.restore(text, images, files);
  }
}

/** Follow a conversation, however it comes to be answered. */
const served = new WeakSet();
function serve(conversation) {
  if (served.has(conversation)) return;
  served.add(conversation);
  conversation.addEventListener("turns", () => {
    if (!conversation.isAnswering) return;
    answering.set(conversation.id, conversation);
    announce(say("The answer is being written."));
    if (conversation !== shown) return;
    history.replaceState(null, "", `#${conversation.id}`);
    focusQuestion(); // what asked is hidden now: the button, the editor, the form
  });
  conversation.addEventListener("ended", () => {
    answering.delete(conversation.id);
    const last = conversation.turns.at(-1);
    if (last?.role === "assistant") announce(sentenceOf(last) ?? say("The answer is complete."));
  });
  for (const event of ["turns", "ended"]) {
    conversation.addEventListener(event, () => conversation === shown && update());
  }
}

async function changedInStore({ detail: { id, isOurs } }) {
  // Another tab may tell of a change before anything is shown here.
  const conversations = new Set([shown, ...answering.values()].filter(Boolean));
  for (const conversation of conversations) {
    const isMeant = id === null || id === conversation.id;
    if (isMeant && conversation.turns.length) await refresh(conversation, isOurs);
  }
}

async function refresh(conversation, isOurs) {
  const known = await store.conversation(conversation.id);
  if (!known) {
    conversation.stop();
    if (conversation === shown) leave();
    return;
  }
  conversation.title = known.title;
  conversation.isNamed = Boolean(known.isNamed);
  if (!isOurs) await conversation.reload();
  if (conversation !== shown) return;
  if (!isOurs) preferences.show(conversation); // what was chosen there is chosen here
  update();
  waitForOtherTab(conversation);
}

/** The conversation that was shown is gone. */
function leave() {
  history.replaceState(null, "", "#");
  show(new Conversation());
}

function begin() {
  if (location.hash) history.pushState(null, "", "#");
  show(new Conversation());
}

function serveSidebar() {
  const sidebar = byId("sidebar");
  const drawer = byId("drawer");
  const open = (isOpen) => {
    sidebar.classList.toggle("is-open", isOpen);
    drawer.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) byId("new").focus();
    else drawer.focus();
  };
  drawer.addEventListener("click", () => open(true));
  byId("drawer-close").addEventListener("click", () => open(false));
  byId("shade").addEventListener("click", () => open(false));
  sidebar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !sidebar.classList.contains("is-open")) return;
    event.stopPropagation();
    open(false);
  });
  byId("new").addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // elsewhere
    event.preventDefault();
    begin();
  });
  byId("delete-all").addEventListener("click", () => byId("delete-dialog").showModal());
  byId("delete-dialog").addEventListener("close", ({ target }) => {
    if (target.returnValue === "delete") store.deleteAll();
    target.returnValue = "";
  });
}

function serveWelcome() {
  byId("welcome").addEventListener("click", ({ target }) => {
    const question = target.closest("[data-ask]")?.dataset.ask;
    if (question) ask(question, [], []);
  });
}

store.addEventListener("failed", ({ detail }) => {
  const isFull = detail?.name === "QuotaExceededError";
  const why = isFull
    ? say("its space for this site is full")
    : say("as in a private window");
  const sentence =
    "This browser keeps no more conversations ({why}). What you see is gone once the " +
    "page is closed.";
  notice(say(sentence, { why }), { stays: true });
});
store.addEventListener("change", changedInStore);
composer.addEventListener("ask", ({ detail }) => ask(detail.text, detail.images, detail.files));
composer.addEventListener("stop", () => shown.stop());
composer.addEventListener("edit-last", () => thread.editLast());
preferences.addEventListener("change", () => shown && showSystem());
addEventListener("hashchange", showAddressed);
addEventListener("pagehide", () => {
  answering.forEach((conversation) => conversation.keepProgress());
});

serveControls();
serveFailures((word) => composer.play(word));
serveCopying(document.body);
serveWrapping(document.body);
serveMenus(() => shown.id);
serveTheme(byId("theme"));
serveLanguage(byId("language"));
serveKeys({ stop: () => shown.stop(), focus: () => composer.focus(), begin });
serveSidebar();
serveWelcome();
await sidebar.update();
await showAddressed();
document.documentElement.dataset.ready = "";
