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
  // For the AI SDK
  "x-vercel-ai-ui-message-stream",
  "x-workflow-run-id",
  "x-workflow-stream-tail-index",
];
// By it an open service tells browsers from each other; it needs no other of this site's.
const COOKIE = /(?:^|; *)(chat_browser=[^;]*)/;

export async function handOn(request: Request, path: string, body?: string): Promise<Response> {
  const answer = await fetch(`${CHAT_URL}${path}`, {
    method: request.method,
    headers: {
      ...passedOn(request, "Content-Type", "Last-Event-ID"),
      ...browserOf(request),
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
  for (const cookie of answer.headers.getSetCookie())
    if (COOKIE.test(cookie)) headers.append("Set-Cookie", cookie);
  return new Response(answer.body, { status: answer.status, headers });
}

function passedOn(request: Request, ...names: string[]): Record<string, string> {
  const known = names.map((name) => [name, request.headers.get(name)]);
  return Object.fromEntries(known.filter(([, value]) => value !== null));
}

function browserOf(request: Request): Record<string, string> {
  const [, cookie] = COOKIE.exec(request.headers.get("Cookie") ?? "") ?? [];
  return cookie ? { Cookie: cookie } : {};
}

/** The service cannot tell of it itself. */
function unreachable(reason: Error): Response {
  if (reason.name !== "ResponseAborted") console.error(`${CHAT_URL}:`, reason.cause ?? reason);
  return refusal(502, "unreachable", "The chat service does not answer.");
}
