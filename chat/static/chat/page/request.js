import { toMessages } from "./messages.js";
import { preferences } from "./preferences.js";
import { maxBodyBytes, thinkingOf } from "./server.js";
import { toolsOf } from "./tools.js";
import { say } from "./words.js";

// A reload takes less, and so does a phone that was asleep for a moment.
const SECONDS_TO_COME_BACK = 60;

/**
 * The body of a request, as JSON; what was not chosen is left to the server. Throws an
 * Error with a sentence for the reader if it cannot be sent. `settings` are the
 * conversation's; an `instruction` is put to the model last.
 */
export function requestBody(turns, settings, instruction = null) {
  const body = JSON.stringify(asked(turns, settings, instruction));
  const bytes = new Blob([body]).size;
  if (bytes <= maxBodyBytes) return body;
  throw new Error(
    say(
      "This conversation has {size}, and the server takes at most {most}. Begin a new " +
        "one, or send smaller images.",
      { size: megabytes(bytes), most: megabytes(maxBodyBytes) },
    ),
  );
}

function asked(turns, settings, instruction) {
  const chosen = (name) => settings[name];
  const messages = toMessages(turns, chosen("system"));
  if (instruction) messages.push({ role: "user", content: instruction });
  const body = { model: chosen("model"), messages, stream: true, notices: true };
  Object.assign(body, { resumable: true, on_leave: SECONDS_TO_COME_BACK });
  const thinking = chosen("thinking");
  if (thinkingOf(body.model).includes(thinking)) Object.assign(body, asks(thinking));
  if (chosen("temperature") !== null) body.temperature = chosen("temperature");
  if (chosen("maxTokens") !== null) body.max_tokens = chosen("maxTokens");
  if (chosen("usesTools")) {
    body.tools = toolsOf(chosen("tools"));
    body.tool_stream = true;
  }
  if (!preferences.get("keepsText")) body.store = false;
  return body;
}

function asks(thinking) {
  const isEffort = !["enabled", "disabled"].includes(thinking);
  return isEffort ? { reasoning_effort: thinking } : { thinking: { type: thinking } };
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
