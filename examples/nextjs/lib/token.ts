/** Tokens for browsers that ask the service themselves; docs/access.md tells of them. */

import { importPKCS8, SignJWT } from "jose";

const LASTS = "10m"; // the service takes none that lasts longer than 15 minutes

/** Nothing where this server has no key to sign with: the service may be open. */
export async function tokenFor(user: string): Promise<string | undefined> {
  const { CHAT_CLIENT, CHAT_PRIVATE_KEY, CHAT_TOKEN_AUDIENCE = "zai-chat" } = process.env;
  if (!CHAT_CLIENT || !CHAT_PRIVATE_KEY) return undefined;
  const pem = `-----BEGIN PRIVATE KEY-----\n${CHAT_PRIVATE_KEY}\n-----END PRIVATE KEY-----`;
  return new SignJWT()
    .setProtectedHeader({ alg: "EdDSA", kid: CHAT_CLIENT })
    .setSubject(user)
    .setAudience(CHAT_TOKEN_AUDIENCE)
    .setExpirationTime(LASTS)
    .sign(await importPKCS8(pem, "EdDSA"));
}
