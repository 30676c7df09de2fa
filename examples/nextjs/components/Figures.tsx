/** What the service tells about an answer; all but the first two only at its end. */
export type Metadata = {
  requestId: string;
  model: string;
  usage?: { inputTokens?: number; outputTokens?: number; reasoningTokens?: number };
  firstWordMs?: number;
  note?: string; // why there is no word, where there is none
};

export function Figures({ metadata }: { metadata: Metadata }) {
  const { model, usage, firstWordMs, note } = metadata;
  if (!usage) return note ? <p className="small">{note}</p> : null;
  const { inputTokens = 0, outputTokens = 0 } = usage;
  const figures = [
    model,
    `${inputTokens} tokens in, ${outputTokens} out`,
    firstWordMs !== undefined && `first word after ${firstWordMs} ms`,
  ];
  return (
    <>
      {note && <p className="small">{note}</p>}
      <p className="small">{figures.filter(Boolean).join(" · ")}</p>
    </>
  );
}
