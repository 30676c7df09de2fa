/** The service, asked with this site's key, and its answer handed back as it is written. */

import { refusal } from "./refusal";

const { CHAT_URL = "http://127.0.0.1:8000", CHAT_KEY } = process.env; // read at run time
const HANDED_BACK = [
  "Content-Type",
  "Cache-Control",
  "X-Request-ID",
  "Retry-After",
  "RateLimit",
  "RateLimit-Policy",
  "x-should-retry",
];

export async function handOn(request: Request, path: string, body?: string): Promise<Response> {
  const answer = await fetch(`${CHAT_URL}${path}`, {
    method: request.method,
    headers: {
      ...passedOn(request, "Content-Type", "Last-Event-ID"),
      ...(CHAT_KEY && { Authorization: `Bearer ${CHAT_KEY}` }),
      // Believed if this server is among the service's TRUSTED_PROXIES.
      "X-Forwarded-For": request.headers.get("X-Forwarded-For") ?? "",
    },
    body,
    signal: request.signal, // a caller who leaves here leaves there
  }).catch(unreachable);
  const headers = new Headers();
  for (const name of HANDED_BACK) {
    const value = answer.headers.get(name);
    if (value) headers.set(name, value);
  }
  return new Response(answer.body, { status: answer.status, headers });
}

function passedOn(request: Request, ...names: string[]): Record<string, string> {
  const known = names.map((name) => [name, request.headers.get(name)]);
  return Object.fromEntries(known.filter(([, value]) => value !== null));
}

/** The service cannot tell of it itself. */
function unreachable(reason: Error): Response {
  if (reason.name !== "ResponseAborted") console.error(`${CHAT_URL}:`, reason.cause ?? reason);
  return refusal(502, "unreachable", "The chat service does not answer.");
}
