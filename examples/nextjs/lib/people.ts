/**
 * HERE YOUR OWN SIGN-IN GOES (Auth.js, Clerk, your users' table). This one knows a single
 * password for all, so that anybody who has it can come under any name. What the rest of
 * the example needs of it is `check`.
 */

import { createHash, timingSafeEqual } from "node:crypto";

const NAME = /^[a-z][a-z0-9-]{0,29}$/;

/** The id of a user, 6 to 128 characters and for ever the same; nothing if it is wrong. */
export function check(name: string, password: string): string | undefined {
  const known = name.trim().toLowerCase();
  const isRight = timingSafeEqual(digest(password), digest(sitePassword()));
  return isRight && NAME.test(known) ? `user-${known}` : undefined;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function sitePassword(): string {
  const password = process.env.SITE_PASSWORD;
  if (password) return password;
  if (process.env.NODE_ENV === "development") return "demo";
  throw new Error("SITE_PASSWORD is not set.");
}
