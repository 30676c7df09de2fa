import { useLayoutEffect, useState } from "react";

/** What the model thought, folded, with how long that took to whoever watched. */
export function Reasoning({ text, writing }: { text: string; writing: boolean }) {
  const [seconds, setSeconds] = useState(0);
  useLayoutEffect(() => {
    if (!writing) return;
    const began = performance.now();
    return () => setSeconds((performance.now() - began) / 1000);
  }, [writing]);

  return (
    <details className="aside" data-testid="reasoning">
      <summary>{writing ? "Thinking …" : `Thought for ${seconds.toFixed(1)} s`}</summary>
      <p>{text}</p>
    </details>
  );
}
