/**
 * Hands the question on to the service, with this site's key and the user's id, and its
 * answer back as it is written.
 */

import { refusal } from "../../../lib/refusal";
import { handOn } from "../../../lib/service";
import { whoAsks } from "../../../lib/session";

export async function POST(request: Request) {
  const user = await whoAsks();
  if (!user) return refusal(401, "signed_out", "Sign in first.");
  const asked = await request.json().catch(() => undefined);
  if (!isObject(asked)) return refusal(400, "invalid_request", "The body is no JSON object.");
  // Whatever the browser said
  return handOn(request, "/api/chat", JSON.stringify({ ...asked, user_id: user }));
}

function isObject(asked: unknown): asked is object {
  return typeof asked === "object" && asked !== null && !Array.isArray(asked);
}
