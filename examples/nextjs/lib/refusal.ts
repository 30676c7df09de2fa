/** An error in the service's form, where this server is the one that refuses. */
export function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { message, code } }, { status });
}
