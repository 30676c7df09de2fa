/** Hands the question on to the service, and its answer back as it is written. */

const CHAT_URL = process.env.CHAT_URL ?? "http://127.0.0.1:8000"; // read at run time
const HANDED_BACK = ["Content-Type", "Cache-Control", "Retry-After", "X-Request-ID"];

export async function POST(request: Request) {
  // Here is the place to check who asks.
  const answer = await fetch(`${CHAT_URL}/api/chat`, {
    method: "POST",
    headers: {
      "Content-Type": request.headers.get("Content-Type") ?? "",
      // Believed if this server is among the service's TRUSTED_PROXIES.
      "X-Forwarded-For": request.headers.get("X-Forwarded-For") ?? "",
    },
    body: request.body,
    signal: request.signal, // a caller who leaves here leaves there
    // @ts-expect-error: fetch needs it to send a body that is still arriving
    duplex: "half",
  }).catch(unreachable);
  const headers = new Headers();
  for (const name of HANDED_BACK) {
    const value = answer.headers.get(name);
    if (value) headers.set(name, value);
  }
  return new Response(answer.body, { status: answer.status, headers });
}

/** An error in the service's form, where the service cannot tell of it itself. */
function unreachable(reason: Error): Response {
  if (reason.name !== "ResponseAborted") console.error(`${CHAT_URL}:`, reason.cause ?? reason);
  const message = "The chat service does not answer.";
  return Response.json({ error: { message, code: "unreachable" } }, { status: 502 });
}
