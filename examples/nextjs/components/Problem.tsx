import type { Trouble } from "../lib/trouble";

export function Problem({ trouble }: { trouble: Trouble }) {
  const { message, status, code, requestId, retryAfter } = trouble;
  const details = [
    status && !message.includes(String(status)) && `HTTP ${status}`,
    code && `code ${code}`,
    retryAfter && `try again in ${retryAfter} s`,
    requestId,
  ].filter(Boolean);
  return (
    <div role="alert" className="problem">
      <p>{message}</p>
      {details.length > 0 && <p className="small">{details.join(" · ")}</p>}
    </div>
  );
}
