/** Makes the two keys with which tokens are signed and checked: `npm run token-keys`. */

import { generateKeyPairSync } from "node:crypto";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const secret = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");

console.log(`For the client, in the service's admin (public keys):

${publicKey.export({ format: "pem", type: "spki" })}
For .env.local here, and nowhere else; the admin says the number of the client:

CHAT_CLIENT=client-1
CHAT_PRIVATE_KEY=${secret}`);
