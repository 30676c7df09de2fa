import type { ReactNode } from "react";
import type { Ending } from "../lib/endings";

const ENDINGS: Record<Ending, string> = {
  stopped: "You stopped this answer.",
  broken: "This answer broke off.",
  length: "Cut off: this answer or the conversation is too long.",
  empty: "No words: this answer is nothing but thoughts.",
  filtered: "Cut off: Z.AI found the content sensitive.",
};

type Props = {
  role: "user" | "assistant" | "system";
  writing?: boolean;
  ending?: Ending;
  children?: ReactNode;
};

export function Message({ role, writing, ending, children }: Props) {
  return (
    <article
      data-role={role}
      data-ending={ending}
      aria-label={role === "user" ? "You" : "The model"}
    >
      {children}
      {writing && <span className="writing" aria-hidden="true" />}
      {ending && <p className="ending">{ENDINGS[ending]}</p>}
    </article>
  );
}
