import { getToolName, type DynamicToolUIPart, type ToolUIPart } from "ai";

const STATES: Record<string, string> = {
  "input-streaming": "is being called",
  "input-available": "called",
  "output-available": "answered",
  "output-error": "failed",
};

export function ToolCall({ part }: { part: ToolUIPart | DynamicToolUIPart }) {
  return (
    <details className="aside" data-testid="tool">
      <summary>
        <code>{getToolName(part)}</code> {STATES[part.state] ?? part.state}
      </summary>
      <pre>{JSON.stringify(part.input, null, 2)}</pre>
      {part.state === "output-available" && <pre>{JSON.stringify(part.output, null, 2)}</pre>}
      {part.state === "output-error" && <pre>{part.errorText}</pre>}
    </details>
  );
}
