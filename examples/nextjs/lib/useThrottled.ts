import { useEffect, useRef, useState } from "react";

/** `value`, but new at most every `ms`: for what is dear to draw. */
export function useThrottled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const due = useRef(0);
  useEffect(() => {
    const show = () => {
      due.current = performance.now() + ms;
      setShown(value);
    };
    const wait = due.current - performance.now();
    if (wait <= 0) return show();
    const timer = setTimeout(show, wait);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return shown;
}
