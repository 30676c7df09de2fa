/** A transport for `useChat` that finds its answer again, whichever way it asks. */

import { DefaultChatTransport, type UIMessage } from "ai";
import { ask, stop, type Key } from "./chat";
import { keep, keptChat } from "./keptChat";
import { wayIn, WAYS } from "./ways";

const SECONDS_TO_COME_BACK = 30;

export function resumingTransport<M extends UIMessage>(body: object) {
  return new DefaultChatTransport<M>({
    body: { on_leave: SECONDS_TO_COME_BACK, ...body },
    // It throws what useChat would keep no more of than its text.
    fetch: (_, init) => (init?.method === "POST" ? begin(init) : comeBack(init)),
  });
}

/** Stops the answer at the service: who only leaves would be waited for. */
export function stopAnswer(): void {
  const { url, key } = way();
  void stop(name(), { url, key }).catch(() => {});
  keep({ open: false });
}

async function begin(init: RequestInit): Promise<Response> {
  keep({ open: true, requestId: undefined });
  const { url, key } = way();
  const response = await ask(url, init, key);
  keep({ requestId: response.headers.get("X-Request-ID") ?? undefined });
  return response;
}

/** Asked by `resume: true`: all of the answer from its beginning, or 204. */
async function comeBack(init?: RequestInit): Promise<Response> {
  if (!keptChat().open) return new Response(null, { status: 204 });
  const { url, key } = way();
  return ask(`${url}/${encodeURIComponent(name())}/stream`, init ?? {}, key);
}

/**
 * The id of the chat would do, where the service knows who asks by a cookie or a user; that
 * of the request does everywhere.
 */
function name(): string {
  const { id, requestId } = keptChat();
  return requestId ?? id;
}

function way(): { url: string; key?: Key } {
  return WAYS[wayIn(new URLSearchParams(window.location.search))];
}
