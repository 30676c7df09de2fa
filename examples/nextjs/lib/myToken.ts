import { ask } from "./chat";

const FRESH_MS = 8 * 60_000; // it lasts for ten minutes
let held: { token?: string; at: number } | undefined;

/** The token of this page; a new one where it is old, or was refused. */
export async function myToken({ renew }: { renew: boolean }): Promise<string | undefined> {
  if (renew || !held || held.at + FRESH_MS < Date.now()) {
    const at = Date.now();
    const { token } = await (await ask("/token", {})).json();
    held = { token: token ?? undefined, at };
  }
  return held.token;
}
