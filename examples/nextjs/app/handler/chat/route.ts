/**
 * Hands the question on to the service, with this site's key and the user's id, and its
 * answer back as it is written.
 */

import { refusal } from "../../../lib/refusal";
import { whoAsks } from "../../../lib/session";

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

export async function POST(request: Request) {
  const user = await whoAsks();
  if (!user) return refusal(401, "signed_out", "Sign in first.");
  const asked = await request.json().catch(() => undefined);
  if (!isObject(asked)) return refusal(400, "invalid_request", "The body is no JSON object.");
  const answer = await fetch(`${CHAT_URL}/api/chat`, {
    method: "POST",
    headers: {
      "Content-Type": request.headers.get("Content-Type") ?? "",
      ...(CHAT_KEY && { Authorization: `Bearer ${CHAT_KEY}` }),
      // Believed if this server is among the service's TRUSTED_PROXIES.
      "X-Forwarded-For": request.headers.get("X-Forwarded-For") ?? "",
    },
    body: JSON.stringify({ ...asked, user_id: user }), // whatever the browser said
    signal: request.signal, // a caller who leaves here leaves there
  }).catch(unreachable);
  const headers = new Headers();
  for (const name of HANDED_BACK) {
    const value = answer.headers.get(name);
    if (value) headers.set(name, value);
  }
  return new Response(answer.body, { status: answer.status, headers });
}

function isObject(asked: unknown): asked is object {
  return typeof asked === "object" && asked !== null && !Array.isArray(asked);
}

/** The service cannot tell of it itself. */
function unreachable(reason: Error): Response {
  if (reason.name !== "ResponseAborted") console.error(`${CHAT_URL}:`, reason.cause ?? reason);
  return refusal(502, "unreachable", "The chat service does not answer.");
}
