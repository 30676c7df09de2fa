/** What the service tells about an answer; all but the first two only at its end. */
export type Metadata = {
  requestId: string;
  model: string;
  usage?: { inputTokens?: number; outputTokens?: number; reasoningTokens?: number };
  firstWordMs?: number;
};

export function Figures({ metadata: { model, usage, firstWordMs } }: { metadata: Metadata }) {
  if (!usage) return null;
  const { inputTokens = 0, outputTokens = 0 } = usage;
  const figures = [
    model,
    `${inputTokens} tokens in, ${outputTokens} out`,
    firstWordMs !== undefined && `first word after ${firstWordMs} ms`,
  ];
  return <p className="small">{figures.filter(Boolean).join(" · ")}</p>;
}
