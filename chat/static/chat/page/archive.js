import { newId } from "./answer.js";
import { defaultModel } from "./server.js";
import { store } from "./store.js";
import { quoted } from "./text_files.js";
import { toolsOf } from "./tools.js";
import { pathOf, withParents } from "./versions.js";
import { say } from "./words.js";

const FORMAT = "chat-page";

/** The conversations of these ids, or all, as JSON with every version. */
export async function asJson(ids = null) {
  const all = await store.conversations();
  const wanted = all.filter(({ id }) => !ids || ids.includes(id));
  const conversations = await Promise.all(
    wanted.map(async (known) => ({ ...known, turns: await store.turns(known.id) })),
  );
  return JSON.stringify({ format: FORMAT, version: 1, conversations }, null, 1);
}

/** A conversation as Markdown, as it is shown. */
export async function asMarkdown(id) {
  const { title, chosen = {}, settings } = await store.conversation(id);
  const turns = pathOf(withParents(await store.turns(id)), chosen);
  const system = settings?.system ? [`> ${settings.system.replace(/\n/g, "\n> ")}`] : [];
  return [`# ${title}`, ...system, ...turns.flatMap(paragraphs)].join("\n\n") + "\n";
}

function paragraphs({ role, text, images = [], files, model, calls = [], results }) {
  if (role === "tool") return results.map((result) => `\`\`\`json\n${result.text}\n\`\`\``);
  const pictures = images.map(({ name }) => `*(${say("Image")}: ${name})*`);
  const called = calls.map((call) => `\`${call.name}(${call.arguments})\``);
  const who = role === "user" ? say("You") : (model ?? say("Answer"));
  return [`## ${who}`, ...pictures, ...(files ?? []).map(quoted), text, ...called].filter(
    Boolean,
  );
}

/** Let the browser save `text` under `name`. */
export function save(name, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function fileName(title, ending) {
  const plain = title.replace(/[^\p{L}\p{N} ._-]+/gu, " ").trim().slice(0, 60);
  return `${plain || "chat"}.${ending}`;
}

/**
 * Keep what a file of `asJson` has; what is here already, as it is there, is left out.
 * Returns how many conversations came. Throws an Error with a sentence.
 */
export async function importJson(text) {
  const conversations = parsed(text);
  let count = 0;
  for (const conversation of conversations) {
    const known = await store.conversation(conversation.id);
    if (known && known.updatedAt === conversation.updatedAt) continue;
    await store.restore(withIds(conversation, Boolean(known)));
    count++;
  }
  return count;
}

function parsed(text) {
  let data = null;
  try {
    data = JSON.parse(text);
  } catch {
    // It is none of ours.
  }
  const isOurs = data?.format === FORMAT && Array.isArray(data.conversations);
  const all = isOurs ? data.conversations.map(read) : [null];
  if (all.includes(null)) {
    throw new Error(say("This file has no conversations that this page has exported."));
  }
  return all;
}

const ID = /^[0-9a-f]{24}$/;
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/;
const text = (value) => (typeof value === "string" ? value : "");
const list = (value) => (Array.isArray(value) ? value.filter(Boolean) : []);

/** A conversation that can be shown, whatever was written there; null if it is none. */
function read(one) {
  if (!one || !ID.test(one.id) || !Array.isArray(one.turns)) return null;
  const turns = one.turns.filter(isTurn).map(readTurn);
  return {
    ...one,
    turns,
    title: text(one.title),
    updatedAt: Number(one.updatedAt) || Date.now(),
    chosen: one.chosen && typeof one.chosen === "object" ? one.chosen : {},
    settings: one.settings ? readSettings(one.settings) : null,
  };
}

function readSettings({ model, thinking, temperature, maxTokens, system, tools, usesTools }) {
  const number = (value) => (typeof value === "number" ? value : null);
  return {
    model: text(model) || defaultModel,
    thinking: text(thinking),
    temperature: number(temperature),
    maxTokens: number(maxTokens),
    system: text(system),
    tools: text(tools),
    usesTools: Boolean(usesTools) && areTools(text(tools)),
  };
}

function areTools(written) {
  try {
    return toolsOf(written).length > 0;
  } catch {
    return false;
  }
}

function isTurn(turn) {
  return turn && ID.test(turn.id) && ["user", "assistant", "tool"].includes(turn.role);
}

function readTurn(turn) {
  return {
    ...turn,
    text: text(turn.text),
    reasoning: text(turn.reasoning),
    calls: list(turn.calls).map((call) => ({
      ...call,
      name: text(call.name),
      arguments: text(call.arguments),
    })),
    results: list(turn.results),
    files: list(turn.files).map(({ name, text: own }) => ({ name: text(name), text: text(own) })),
    images: list(turn.images).filter(({ url }) => IMAGE.test(url)),
    error: turn.error && { ...turn.error, message: text(turn.error.message) },
    state: turn.state === "open" ? "stopped" : turn.state,
  };
}

/** As `store.restore` takes it; with new ids where another has those. */
function withIds({ turns, ...conversation }, isCopy) {
  if (!isCopy) return [conversation, turns.map((turn) => ({ ...turn, conversation: conversation.id }))];
  const fresh = new Map(turns.map(({ id }) => [id, newId()]));
  const id = newId();
  const chosen = Object.fromEntries(
    Object.entries(conversation.chosen ?? {}).map(([key, one]) => [
      fresh.get(key) ?? key,
      fresh.get(one) ?? one,
    ]),
  );
  const copies = turns.map((turn) => ({
    ...turn,
    id: fresh.get(turn.id),
    parent: fresh.get(turn.parent) ?? (turn.parent === undefined ? undefined : null),
    conversation: id,
  }));
  return [{ ...conversation, id, chosen }, copies];
}
