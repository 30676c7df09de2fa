import Link from "next/link";
import { untilThen, type Trouble } from "../lib/trouble";

export function Problem({ trouble }: { trouble: Trouble }) {
  const { message, status, code, requestId, retryAfter } = trouble;
  const details = [
    status && !message.includes(String(status)) && `HTTP ${status}`,
    code && `code ${code}`,
    retryAfter && `try again ${untilThen(retryAfter)}`,
    requestId,
  ].filter(Boolean);
  return (
    <div role="alert" className="problem">
      <p>
        {message} {code === "signed_out" && <Link href="/sign-in">Sign in</Link>}
      </p>
      {details.length > 0 && <p className="small">{details.join(" · ")}</p>}
    </div>
  );
}
