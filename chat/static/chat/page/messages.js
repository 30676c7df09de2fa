import { quoted } from "./text_files.js";

/** A conversation's turns, as `POST /api/chat` takes messages. */
export function toMessages(turns, system) {
  const messages = turns.flatMap((turn, index) => toMessage(turn, turns[index + 1]));
  if (system.trim()) messages.unshift({ role: "system", content: system });
  return messages;
}

function toMessage(turn, next) {
  if (turn.role === "user") return [{ role: "user", content: contentOf(turn) }];
  if (turn.role === "tool") return turn.results.map(toResult);
  const wasAnswered = next?.role === "tool";
  if (!turn.text && !wasAnswered) return []; // nothing was said
  const message = { role: "assistant", content: turn.text };
  if (!wasAnswered) return [message]; // Z.AI refuses calls without results
  // A model that reasoned before it called goes on from there.
  if (turn.reasoning) message.reasoning_content = turn.reasoning;
  message.tool_calls = turn.calls.map((call) => ({
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  }));
  return [message];
}

function toResult({ callId, text }) {
  return { role: "tool", tool_call_id: callId, content: text };
}

function contentOf({ text: own, images, files }) {
  const text = [...(files ?? []).map(quoted), own].filter(Boolean).join("\n\n");
  if (!images.length) return text;
  const parts = images.map(({ url }) => ({ type: "image_url", image_url: { url } }));
  return text ? [...parts, { type: "text", text }] : parts;
}
