/** An answer that was refused or broke off. */
export class ChatError extends Error {
  constructor({ message, code, status, request_id, retry_after }, headers = new Headers()) {
    super(message);
    this.name = "ChatError";
    this.code = code; // Z.AI's, or the service's
    this.status = status; // as HTTP, for an answer that broke off as well
    this.requestId = request_id; // for whoever looks into the server's log
    // In seconds, if waiting helps
    this.retryAfter = Number(headers.get("Retry-After")) || retry_after;
    // Whether it helps to ask again soon: a budget that is spent stays so for hours
    this.isFinal = code === "budget_spent" || headers.get("x-should-retry") === "false";
    this.limits = limits(headers); // of the service's own, what is left of each
  }
}

/**
 * Ask, and yield the events of the answer as they come. Throws a ChatError, or what
 * `fetch` or `key` throws.
 *
 * @param {object} body what `POST /api/chat` takes; `messages` is required
 * @param {{ url?: string, key?: Key, signal?: AbortSignal }} [options]
 */
export async function* chat(body, { url = "/api/chat", key, signal } = {}) {
  const response = await ask(url, { method: "POST", body: JSON.stringify(body), signal }, key);
  for await (const event of events(response.body)) {
    if (event.error) throw new ChatError(event.error);
    if (event.data === "[DONE]") return;
    yield event;
  }
  throw new ChatError({ message: "The connection broke off." });
}

/**
 * A key (on a server, for a browser would show it to everybody), or what gives a token
 * for the one who asks; `renew` where the last one was refused.
 *
 * @typedef {string | ((how: { renew: boolean }) => Promise<string | undefined>)} Key
 */

/**
 * `fetch` with a key, if there is one. Throws a ChatError for whatever is no answer.
 *
 * @param {string} url
 * @param {RequestInit} init
 * @param {Key} [key]
 */
export async function ask(url, init, key) {
  let response = await fetch(url, await signed(init, key, false));
  if (response.status === 401 && typeof key === "function")
    response = await fetch(url, await signed(init, key, true)); // it may have run out
  if (!response.ok) throw await refusal(response);
  return response;
}

async function signed(init, key, renew) {
  const headers = new Headers(init.headers);
  headers.set("Content-Type", "application/json");
  const found = typeof key === "function" ? await key({ renew }) : key;
  if (found) headers.set("Authorization", `Bearer ${found}`);
  return { ...init, headers };
}

/** A piece may end anywhere, even inside a letter: events end at their blank line. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      const frames = (text + value).split("\n\n");
      text = frames.pop(); // the rest is still on its way
      for (const frame of frames) {
        // What begins with a colon is a comment: ": open", ": keep-alive".
        if (frame.startsWith("data: ")) yield JSON.parse(frame.slice(6));
      }
    }
  } finally {
    await reader.cancel(); // who stops reading tells the server
  }
}

async function refusal(response) {
  const { status, headers } = response;
  const request_id = headers.get("X-Request-ID") ?? undefined;
  const said = { message: `HTTP status ${status}`, request_id, ...read(await response.text()) };
  return new ChatError({ ...said, status }, headers);
}

/** `useChat` is told in plain text; what is on the way may answer in HTML. */
function read(text) {
  try {
    return JSON.parse(text).error ?? {};
  } catch {
    return text && !text.startsWith("<") ? { message: text } : {};
  }
}

function limits(headers) {
  const found = headers.get("RateLimit")?.matchAll(/"([^"]*)";r=(\d+);t=(\d+)/g) ?? [];
  return [...found].map(([, name, left, seconds]) => ({
    name,
    left: Number(left),
    resetsIn: Number(seconds),
  }));
}
