import { identify, isLocked } from "./access.js";
import { say } from "./words.js";

/** An answer that was refused or broke off. */
export class ChatError extends Error {
  constructor({ message, code, status, request_id }, retryAfter) {
    super(message);
    this.name = "ChatError";
    this.code = code ?? null; // Z.AI's, or the service's
    this.status = status ?? null; // as HTTP, for an answer that broke off as well
    this.requestId = request_id ?? null;
    this.retryAfter = retryAfter ?? null; // in seconds, if waiting helps
  }
}

const FRAME = /^(?:id: (\d+)\n)?data: (.*)$/s;
const TRIES = 5; // to come back without a new event, each a second after the other
const UNREACHED = "The server cannot be reached.";

/**
 * Ask, and yield what each read brought: the events, and when they came. Comes back by
 * itself where the connection breaks off. Throws a ChatError, or an AbortError once
 * `signal` is aborted; then the answer is stopped at the server too.
 *
 * @param {{ url: string, body: string | null, requestId?: string, signal: AbortSignal }} request
 *   without a body the answer to `requestId` is wanted again, from its beginning
 * @param {(requestId: string | null) => void} opened called when the answer begins
 * @returns {AsyncGenerator<{ events: object[], at: number }>} `at` is performance.now()
 */
export async function* ask(request, opened) {
  const { url, body, signal } = request;
  const last = { requestId: request.requestId ?? null, id: 0, tries: 0 };
  let response = null;
  try {
    const begun = body === null ? again(url, last, signal) : posted(request, last);
    response = await reached(begun, UNREACHED);
    if (body !== null && !response.ok) throw await refusal(response, last.requestId);
    if (response.status !== 200) throw broken(last, "The page was closed before the answer was whole.");
    opened(last.requestId);
    while (response) {
      if (yield* read(response, last, signal)) return;
      response = await comeBack(url, last, signal);
    }
    throw broken(last);
  } catch (error) {
    // A page that is reloaded hears of an abort too, and wants the answer still.
    if (signal.aborted) stop(url, last.requestId);
    throw error;
  }
}

/** Yield what comes; returns whether that was all. Throws what ends an answer otherwise. */
async function* read(response, last, signal) {
  let isWhole = false;
  try {
    for await (const { frames, at } of reads(response.body, signal)) {
      const events = frames.map((frame) => parsed(frame, last));
      const end = events.at(-1);
      const isEnd = end?.data === "[DONE]" || Boolean(end?.error);
      if (isEnd) events.pop();
      if (events.length) yield { events, at };
      if (end?.error) throw new ChatError({ request_id: last.requestId, ...end.error });
      // Who left now, before the server has closed, would look like one who gave up.
      isWhole ||= isEnd;
    }
  } catch (error) {
    if (error !== BROKEN) throw error;
  }
  return isWhole;
}

/** The answer once more, after the frame that came last; null if it is not to be had. */
async function comeBack(url, last, signal) {
  while (last.requestId && last.tries < TRIES) {
    if (last.tries++) await new Promise((resolve) => setTimeout(resolve, 1000));
    signal.throwIfAborted();
    try {
      const response = await again(url, last, signal);
      return response.status === 200 ? response : null;
    } catch (error) {
      if (signal.aborted) throw error;
    }
  }
  return null;
}

async function again(url, { requestId, id }, signal) {
  const headers = await identify({ renew: false, signal });
  if (id) headers["Last-Event-ID"] = String(id);
  return fetch(`${url}/${requestId}/events`, { headers, signal });
}

async function posted(request, last) {
  let response = await post(request, false, last);
  if (response.status === 401 && isLocked) response = await post(request, true, last);
  return response;
}

/** `renew`: the token that was sent has run out. */
async function post({ url, body, signal }, renew, last) {
  const identity = await identify({ renew, signal });
  const headers = { "Content-Type": "application/json", ...identity };
  const response = await fetch(url, { method: "POST", headers, body, signal });
  last.requestId = response.headers.get("X-Request-ID");
  return response;
}

/** Leaving alone would be waited for, once the answer has begun. */
async function stop(url, requestId) {
  if (!requestId) return;
  try {
    const headers = await identify({ renew: false });
    await fetch(`${url}/${requestId}/stop`, { method: "POST", headers, keepalive: true });
  } catch {
    // It is stopped when nobody has come back.
  }
}

function broken({ requestId }, message = "The connection broke off.") {
  return new ChatError({ message, request_id: requestId });
}

/** The whole `data:` frames of each read: a piece may end anywhere, even in a letter. */
async function* reads(stream, signal) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    while (true) {
      const { done, value } = await reader.read().catch((error) => {
        throw signal.aborted ? error : BROKEN;
      });
      if (done) return;
      const at = performance.now();
      const frames = (text + value).split("\n\n");
      text = frames.pop();
      // What begins with a colon is a comment: ": open", ": keep-alive".
      yield { frames: frames.filter((frame) => !frame.startsWith(":")), at };
    }
  } finally {
    await reader.cancel().catch(() => {}); // of a stream that failed already
  }
}

const BROKEN = new Error("The connection broke off.");

/** The event of a frame, `id: 7` and `data: …`; notes in `last` that it came. */
function parsed(frame, last) {
  const [, id, data] = FRAME.exec(frame) ?? [];
  if (id) Object.assign(last, { id: Number(id), tries: 0 });
  try {
    return JSON.parse(data);
  } catch {
    throw new ChatError({ message: "The answer cannot be read." });
  }
}

async function reached(promise, message) {
  try {
    return await promise;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ChatError({ message });
  }
}

async function refusal(response, requestId) {
  // Something on the way may have answered instead, and not in JSON.
  const { error } = await response.json().catch(() => ({}));
  const status = response.status;
  return new ChatError(
    {
      message: say("HTTP status {status}", { status }),
      request_id: requestId,
      ...error,
      status,
    },
    Number(response.headers.get("Retry-After")) || undefined,
  );
}
