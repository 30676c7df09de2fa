import { useEffect, useState } from "react";

/** What the model thought, folded, with how long that took to whoever watched. */
export function Reasoning({ text, writing }: { text: string; writing: boolean }) {
  const [began] = useState(() => performance.now());
  const [seconds, setSeconds] = useState<number>();
  useEffect(() => {
    if (!writing) setSeconds((performance.now() - began) / 1000);
  }, [writing, began]);

  return (
    <details className="aside" data-testid="reasoning">
      <summary>
        {seconds === undefined ? "Thinking …" : `Thought for ${seconds.toFixed(1)} s`}
      </summary>
      <p>{text}</p>
    </details>
  );
}
