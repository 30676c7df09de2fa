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

/**
 * Ask, and yield what each read brought: the events, and when they came. Throws a
 * ChatError, or an AbortError once `signal` is aborted.
 *
 * @param {{ url: string, body: string, signal: AbortSignal }} request
 * @param {(requestId: string | null) => void} opened called when the answer begins
 * @returns {AsyncGenerator<{ events: object[], at: number }>} `at` is performance.now()
 */
export async function* ask(request, opened) {
  let response = await reached(post(request, false), "The server cannot be reached.");
  if (response.status === 401 && isLocked)
    response = await reached(post(request, true), "The server cannot be reached.");
  const requestId = response.headers.get("X-Request-ID");
  if (!response.ok) throw await refusal(response, requestId);
  opened(requestId);
  let isWhole = false;
  for await (const { frames, at } of reads(response.body)) {
    const events = frames.map(parsed);
    const last = events.at(-1);
    const isEnd = last?.data === "[DONE]" || Boolean(last?.error);
    if (isEnd) events.pop();
    if (events.length) yield { events, at };
    if (last?.error) throw new ChatError({ request_id: requestId, ...last.error });
    // Who left now, before the server has closed, would look like one who gave up.
    isWhole ||= isEnd;
  }
  if (isWhole) return;
  throw new ChatError({ message: "The connection broke off.", request_id: requestId });
}

/** `renew`: the token that was sent has run out. */
async function post({ url, body, signal }, renew) {
  const identity = await identify({ renew, signal });
  const headers = { "Content-Type": "application/json", ...identity };
  return fetch(url, { method: "POST", headers, body, signal });
}

/** The whole `data:` frames of each read: a piece may end anywhere, even in a letter. */
async function* reads(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    while (true) {
      const { done, value } = await reached(reader.read(), "The connection broke off.");
      if (done) return;
      const at = performance.now();
      const frames = (text + value).split("\n\n");
      text = frames.pop();
      // What begins with a colon is a comment: ": open", ": keep-alive".
      const data = frames.filter((frame) => frame.startsWith("data: "));
      yield { frames: data.map((frame) => frame.slice(6)), at };
    }
  } finally {
    await reader.cancel().catch(() => {}); // of a stream that failed already
  }
}

function parsed(frame) {
  try {
    return JSON.parse(frame);
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
