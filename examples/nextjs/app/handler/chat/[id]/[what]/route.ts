/** Hands on what is wanted of an answer that goes on: to have it again, or to stop it. */

import { refusal } from "../../../../../lib/refusal";
import { handOn } from "../../../../../lib/service";
import { whoAsks } from "../../../../../lib/session";

const WANTED = ["GET stream", "GET events", "POST stop"];

type Context = { params: Promise<{ id: string; what: string }> };

async function answer(request: Request, { params }: Context) {
  const user = await whoAsks();
  if (!user) return refusal(401, "signed_out", "Sign in first.");
  const { id, what } = await params;
  if (!WANTED.includes(`${request.method} ${what}`))
    return refusal(404, "not_found", "There is nothing at this path.");
  // The service gives an answer to nobody but the user for whom it was asked.
  const query = new URL(request.url).searchParams;
  query.set("user_id", user);
  return handOn(request, `/api/chat/${encodeURIComponent(id)}/${what}?${query}`);
}

export { answer as GET, answer as POST };
