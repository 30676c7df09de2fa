import type { ReactNode } from "react";

const ENDINGS = {
  stopped: "You stopped this answer.",
  broken: "This answer broke off.",
  length: "This answer ends here because it reached its greatest length.",
};

type Props = {
  role: "user" | "assistant" | "system";
  writing?: boolean;
  ending?: keyof typeof ENDINGS;
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
