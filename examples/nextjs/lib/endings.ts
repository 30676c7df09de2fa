/** How an answer ended that is not whole. */
export type Ending = "stopped" | "broken" | "length" | "filtered";

const CUT_OFF = new Map<string | null | undefined, Ending>([
  ["length", "length"],
  ["model_context_window_exceeded", "length"],
  ["sensitive", "filtered"],
  ["content-filter", "filtered"], // what useChat is told instead
]);

/** Of an answer that ended by itself; nothing if it is whole. */
export function endingOf(finishReason?: string | null): Ending | undefined {
  return CUT_OFF.get(finishReason);
}
