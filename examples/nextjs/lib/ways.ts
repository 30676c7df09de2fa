/** How the browser reaches the service; README.md tells which to choose. */
export const WAYS = {
  rewrite: "/api/chat", // next.config.ts
  handler: "/handler/chat", // app/handler/chat/route.ts
  cors: `${process.env.NEXT_PUBLIC_CHAT_URL ?? "http://127.0.0.1:8000"}/api/chat`,
};

export type Way = keyof typeof WAYS;

/** The way that an address names: `?way=cors`. */
export function wayIn(search: URLSearchParams): Way {
  const named = search.get("way") ?? "";
  return Object.hasOwn(WAYS, named) ? (named as Way) : "rewrite";
}
