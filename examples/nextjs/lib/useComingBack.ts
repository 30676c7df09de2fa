import { useEffect, useRef } from "react";
import { keptChat } from "./keptChat";

const TRIES = 5; // without anything new
const PAUSE = 500; // milliseconds

/**
 * Goes on by itself with an answer whose connection broke off, for the service writes on:
 * `resumeStream` is useChat's, `length` how much of the answer there is.
 */
export function useComingBack(
  error: Error | undefined,
  length: number,
  resumeStream: () => Promise<void>,
): void {
  const tries = useRef({ count: 0, length: 0 });
  useEffect(() => {
    if (length > tries.current.length) tries.current = { count: 0, length };
  }, [length]);
  useEffect(() => {
    // The network's errors are of this kind; an answer that never began has no id.
    if (!(error instanceof TypeError) || !keptChat().requestId) return;
    if (tries.current.count++ >= TRIES) return;
    const timer = setTimeout(() => void resumeStream(), PAUSE);
    return () => clearTimeout(timer);
  }, [error, resumeStream]);
}
