import { isValidElement, useRef, useState, type ReactNode } from "react";

export function CodeBlock({ children }: { children?: ReactNode }) {
  const code = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState(false);

  async function copy() {
    await navigator.clipboard.writeText(code.current?.textContent ?? "");
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  }

  return (
    <div className="code">
      <div className="bar">
        <span>{languageOf(children)}</span>
        <button type="button" aria-label="Copy code" onClick={copy}>
          {copied ? "Copied" : "Copy"}
        </button>
      </div>
      <pre ref={code} tabIndex={0}>
        {children}
      </pre>
    </div>
  );
}

/** Markdown's ```ts arrives as `<code class="language-ts">`. */
function languageOf(code: ReactNode): string | undefined {
  if (!isValidElement<{ className?: string }>(code)) return undefined;
  return code.props.className?.replace("language-", "");
}
