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
 * Ask, and yield the events of the answer as they come. Where the connection breaks off it
 * comes back by itself and goes on after the last event; an abort of `signal` stops the
 * answer at the service too. Throws a ChatError, or what `fetch` or `key` throws.
 *
 * @param {object} body what `POST /api/chat` takes; `messages` is required
 * @param {{ url?: string, key?: Key, signal?: AbortSignal, opened?: (requestId: string) => void }} [options]
 *   `opened` is told the id by which `resume` finds the answer again
 */
export async function* chat(body, { url = "/api/chat", key, signal, opened } = {}) {
  const asked = { on_leave: SECONDS_TO_COME_BACK, resumable: true, ...body };
  const post = { method: "POST", body: JSON.stringify(asked), signal };
  const response = await ask(url, post, key);
  const requestId = response.headers.get("X-Request-ID");
  if (requestId) opened?.(requestId);
  yield* follow(response, { requestId, last: 0, tries: 0 }, { url, key, signal });
}

/**
 * The answer to `requestId` once more from its beginning, and on as it comes: after a
 * reload. Yields nothing where there is none to go on with; returns whether there was one.
 */
export async function* resume(requestId, { url = "/api/chat", key, signal } = {}) {
  const place = { requestId, last: 0, tries: 0 };
  const response = await again(place, { url, key, signal });
  if (response.status !== 200) return false;
  yield* follow(response, place, { url, key, signal });
  return true;
}

/**
 * Stop the answer to `requestId`, or of a chat of `useChat`; it may be over.
 *
 * @param {string} id
 * @param {{ url?: string, key?: Key }} [options]
 */
export async function stop(id, { url = "/api/chat", key } = {}) {
  await ask(`${url}/${encodeURIComponent(id)}/stop`, { method: "POST", keepalive: true }, key);
}

const SECONDS_TO_COME_BACK = 30;
const TRIES = 5; // without a new event, a second after each other

async function* follow(response, place, options) {
  let isOver = false;
  try {
    while (response?.status === 200) {
      for await (const { id, event } of events(response.body, options.signal)) {
        isOver = event.error || event.data === "[DONE]";
        if (event.error) throw new ChatError(event.error);
        if (isOver) return;
        place.tries = 0;
        if (id) place.last = id;
        else place.isLost = true; // unnumbered: nothing to go on after
        yield event;
      }
      response = await comeBack(place, options);
    }
    isOver = true;
  } finally {
    // Who stops reading wants no more of it, and would be waited for.
    if (!isOver) stop(place.requestId, options).catch(() => {});
  }
  throw new ChatError({ message: "The connection broke off.", request_id: place.requestId });
}

async function comeBack(place, options) {
  while (place.requestId && !place.isLost && place.tries < TRIES) {
    if (place.tries++) await new Promise((resolve) => setTimeout(resolve, 1000));
    options.signal?.throwIfAborted();
    try {
      return await again(place, options);
    } catch (error) {
      if (options.signal?.aborted || error instanceof ChatError) throw error;
    }
  }
}

function again({ requestId, last }, { url, key, signal }) {
  const headers = last ? { "Last-Event-ID": String(last) } : {};
  return ask(`${url}/${requestId}/events`, { headers, signal }, key);
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
async function* events(stream, signal) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    while (true) {
      const { done, value } = await reader.read().catch((error) => {
        if (signal?.aborted) throw error;
        return { done: true }; // a network that broke off
      });
      if (done) return;
      const frames = (text + value).split("\n\n");
      text = frames.pop(); // the rest is still on its way
      for (const frame of frames) {
        // What begins with a colon is a comment: ": open", ": keep-alive".
        const [, id, data] = FRAME.exec(frame) ?? [];
        if (data) yield { id: Number(id), event: JSON.parse(data) };
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // who stops reading tells the server
  }
}

const FRAME = /^(?:id: (\d+)\n)?data: (.*)$/s;

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
