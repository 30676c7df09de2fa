/**
 * Which tab answers a conversation. The browser gives a tab's leases back when it is
 * closed or dies: an answer that is still open and leased by nobody has broken off.
 *
 * On pages that are not secure (plain http, but for localhost) browsers know no leases:
 * every tab gets one, and what another tab writes is seen once it is whole.
 */
const name = (conversation) => `chat-page/${conversation}`;

/** Take the lease; returns what gives it back, or null while another tab has it. */
export function lease(conversation) {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name(conversation), { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(null);
        return new Promise((giveBack) => resolve(giveBack));
      })
      .catch(reject);
  });
}

export async function isLeased(conversation) {
  if (!navigator.locks) return false;
  const { held } = await navigator.locks.query();
  return held.some((lock) => lock.name === name(conversation));
}

/** Resolves when no tab answers the conversation any more. */
export async function untilFree(conversation) {
  await navigator.locks?.request(name(conversation), { mode: "shared" }, () => {});
}
