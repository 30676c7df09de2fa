/** The chat of this tab, kept over a reload of its page. */

import { generateId, type UIMessage } from "ai";

// Of each tab: a second one has a chat of its own.
const PLACE = "chat";

type Kept<M extends UIMessage> = {
  id: string;
  messages: M[];
  /** Whether the last answer was still being written. */
  open: boolean;
  /** The id of the request that is answered, once the service has told it. */
  requestId?: string;
};

/** What was kept; a new chat if there is nothing. */
export function keptChat<M extends UIMessage>(): Kept<M> {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "") as Kept<M>;
    if (kept.id && Array.isArray(kept.messages)) return kept;
  } catch {
    // Nothing that can be read
  }
  return { id: generateId(), messages: [], open: false };
}

export function keep<M extends UIMessage>(chat: Partial<Kept<M>>): void {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify({ ...keptChat<M>(), ...chat }));
  } catch {
    // No room: after a reload the chat begins anew
  }
}

export function beginAnew(): void {
  sessionStorage.removeItem(PLACE);
  window.location.reload();
}
