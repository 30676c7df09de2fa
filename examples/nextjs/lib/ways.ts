import { type Key } from "./chat";
import { myToken } from "./myToken";

const ELSEWHERE = process.env.NEXT_PUBLIC_CHAT_URL ?? "http://127.0.0.1:8000";

/** How the browser reaches the service; README.md tells which to choose. */
export const WAYS = {
  handler: { url: "/handler/chat" }, // app/handler/chat/route.ts has the key
  rewrite: { url: "/api/chat", key: myToken }, // next.config.ts
  cors: { url: `${ELSEWHERE}/api/chat`, key: myToken },
} satisfies Record<string, { url: string; key?: Key }>;

export type Way = keyof typeof WAYS;

/** The way that an address names: `?way=cors`. */
export function wayIn(search: URLSearchParams): Way {
  const named = search.get("way") ?? "";
  return Object.hasOwn(WAYS, named) ? (named as Way) : "handler";
}
