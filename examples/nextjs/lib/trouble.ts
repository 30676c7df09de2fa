import { ChatError } from "./chat";

/** What a reader can be told about an answer that was refused or broke off. */
export type Trouble = {
  message: string;
  status?: number;
  code?: string;
  requestId?: string;
  retryAfter?: number;
  /** Asking again soon does not help. */
  isFinal?: boolean;
};

/** Where the service's sentence is for whoever runs this site, not for its readers. */
const FOR_READERS: Record<string, string> = {
  unauthenticated: "The chat service does not know this site. Its operator has to give it a key.",
};

export function troubleOf(error: unknown, requestId?: string): Trouble {
  if (error instanceof ChatError) return told(error);
  // Each browser has words of its own for a lost connection ("Failed to fetch").
  if (error instanceof TypeError) return { message: "The connection failed." };
  return { message: error instanceof Error ? error.message : String(error), requestId };
}

function told({ message, status, code, requestId, retryAfter, isFinal }: ChatError): Trouble {
  const sentence = FOR_READERS[code ?? ""] ?? message;
  return { message: sentence, status, code, requestId, retryAfter, isFinal };
}

/** `21 s`, or a moment that is further away: `at 00:00`, `on 1 December`. */
export function untilThen(seconds: number): string {
  if (seconds < 120) return `in ${seconds} s`;
  const then = new Date(Date.now() + seconds * 1000);
  if (seconds < 86_400) return `at ${then.toLocaleTimeString([], { timeStyle: "short" })}`;
  return `on ${then.toLocaleDateString([], { day: "numeric", month: "long" })}`;
}
