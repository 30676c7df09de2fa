import { ChatError } from "./chat";

/** What a reader can be told about an answer that was refused or broke off. */
export type Trouble = {
  message: string;
  status?: number;
  code?: string;
  requestId?: string;
  retryAfter?: number;
};

export function troubleOf(error: unknown, requestId?: string): Trouble {
  if (error instanceof ChatError) return error;
  // Each browser has words of its own for a lost connection ("Failed to fetch").
  if (error instanceof TypeError) return { message: "The connection failed." };
  return { message: error instanceof Error ? error.message : String(error), requestId };
}

/** `fetch` for useChat, which would keep no more of a refusal than its text. */
export async function fetchOrThrow(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.ok) return response;
  throw new ChatError(
    {
      message: `HTTP status ${response.status}`,
      code: undefined,
      ...said(await response.text()),
      status: response.status,
      request_id: response.headers.get("X-Request-ID") ?? undefined,
    },
    Number(response.headers.get("Retry-After")) || undefined,
  );
}

/** The service tells useChat in plain text; what is on the way, as it likes. */
function said(text: string): { message?: string; code?: string } {
  try {
    return JSON.parse(text).error ?? {};
  } catch {
    return text && !text.startsWith("<") ? { message: text } : {};
  }
}
