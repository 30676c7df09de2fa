/** How an answer ended that is not whole. */
export type Ending = "stopped" | "broken" | "length" | "filtered" | "empty";

const CUT_OFF = new Map<string | null | undefined, Ending>([
  ["length", "length"],
  ["model_context_window_exceeded", "length"],
  ["sensitive", "filtered"],
  ["content-filter", "filtered"], // what useChat is told instead
]);

/**
 * Of an answer that ended by itself; nothing if it is whole. `says` is whether it has
 * words, or calls a tool: all of its tokens may have gone into thoughts.
 */
export function endingOf(finishReason: string | null | undefined, says: boolean) {
  const ending = CUT_OFF.get(finishReason);
  return says || ending === "filtered" ? ending : "empty";
}
