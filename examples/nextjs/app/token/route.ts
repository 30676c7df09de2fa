/** Gives who is signed in a token to ask the service with, from the browser. */

import { refusal } from "../../lib/refusal";
import { whoAsks } from "../../lib/session";
import { tokenFor } from "../../lib/token";

export async function GET() {
  const user = await whoAsks();
  if (!user) return refusal(401, "signed_out", "Sign in first.");
  const token = (await tokenFor(user)) ?? null;
  return Response.json({ token }, { headers: { "Cache-Control": "no-store" } });
}
