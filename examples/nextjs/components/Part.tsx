import { isToolUIPart, type UIMessage } from "ai";
import { Markdown } from "./Markdown";
import { Reasoning } from "./Reasoning";
import { ToolCall } from "./ToolCall";

type Props = {
  part: UIMessage["parts"][number];
  role: UIMessage["role"];
  writing: boolean;
};

/** A part of a message as the AI SDK keeps it. */
export function Part({ part, role, writing }: Props) {
  if (isToolUIPart(part)) return <ToolCall part={part} />;
  switch (part.type) {
    case "text":
      return role === "user" ? part.text : <Markdown text={part.text} />;
    case "reasoning":
      // The state of an answer that broke off stays "streaming".
      return <Reasoning text={part.text} writing={writing && part.state === "streaming"} />;
    case "source-url":
      return (
        <a className="source" href={part.url} target="_blank" rel="noreferrer">
          {part.title ?? part.url}
        </a>
      );
    default:
      return null;
  }
}
