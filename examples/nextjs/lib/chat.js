/** An answer that was refused or broke off. */
export class ChatError extends Error {
  constructor({ message, code, status, request_id }, retryAfter) {
    super(message);
    this.name = "ChatError";
    this.code = code; // Z.AI's, or the service's
    this.status = status; // as HTTP, for an answer that broke off as well
    this.requestId = request_id; // for whoever looks into the server's log
    this.retryAfter = retryAfter; // in seconds, if waiting helps
  }
}

/**
 * Ask, and yield the events of the answer as they come. Throws a ChatError, or what
 * `fetch` throws.
 *
 * @param {object} body what `POST /api/chat` takes; `messages` is required
 * @param {{ url?: string, signal?: AbortSignal }} [options]
 */
export async function* chat(body, { url = "/api/chat", signal } = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw await refusal(response);
  for await (const event of events(response.body)) {
    if (event.error) throw new ChatError(event.error);
    if (event.data === "[DONE]") return;
    yield event;
  }
  throw new ChatError({ message: "The connection broke off." });
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
  // Something on the way may have answered instead, and not in JSON.
  const { error } = await response.json().catch(() => ({}));
  return new ChatError(
    { message: `HTTP status ${response.status}`, ...error, status: response.status },
    Number(response.headers.get("Retry-After")) || undefined,
  );
}
