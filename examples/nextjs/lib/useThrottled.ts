import { useEffect, useRef, useState } from "react";

/**
 * `value`, but new at most every `ms`: for what is dear to draw. What takes long to draw
 * is drawn less often, so that two thirds of the time are left for all else.
 */
export function useThrottled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const began = useRef(Infinity); // the first drawing is not measured
  const due = useRef(0);
  useEffect(() => {
    const now = performance.now();
    due.current = now + Math.max(ms, 2 * (now - began.current));
  }, [shown, ms]);
  useEffect(() => {
    const show = () => {
      began.current = performance.now();
      setShown(value);
    };
    const wait = due.current - performance.now();
    if (wait <= 0) return show();
    const timer = setTimeout(show, wait);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return shown;
}
