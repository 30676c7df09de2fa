/** Who is signed in: a cookie that this server signed says so. */

import { jwtVerify, SignJWT } from "jose";
import { cookies, headers } from "next/headers";

const COOKIE = "session";
const DAYS = 7;

export async function remember(user: string): Promise<void> {
  const signed = await new SignJWT()
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(user)
    .setExpirationTime(`${DAYS}d`)
    .sign(secret());
  const cameBy = (await headers()).get("X-Forwarded-Proto");
  (await cookies()).set(COOKIE, signed, {
    httpOnly: true, // no script reads it
    sameSite: "lax", // no other site posts with it
    secure: cameBy === "https",
    maxAge: DAYS * 86_400,
  });
}

export async function forget(): Promise<void> {
  (await cookies()).delete(COOKIE);
}

/** The id of who is signed in; nothing if nobody is. */
export async function whoAsks(): Promise<string | undefined> {
  const signed = (await cookies()).get(COOKIE)?.value;
  if (!signed) return undefined;
  const checked = jwtVerify(signed, secret(), { algorithms: ["HS256"] });
  return (await checked.catch(() => undefined))?.payload.sub;
}

function secret(): Uint8Array {
  const text = process.env.SESSION_SECRET ?? "";
  if (text.length >= 32) return new TextEncoder().encode(text);
  if (process.env.NODE_ENV === "development") return new Uint8Array(32);
  throw new Error("SESSION_SECRET has to be a random text of 32 characters or more.");
}
