import { memo, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { useThrottled } from "../lib/useThrottled";
import { CodeBlock } from "./CodeBlock";

const COMPONENTS: Components = {
  pre: CodeBlock,
  table: ({ children }) => (
    <div className="wide">
      <table>{children}</table>
    </div>
  ),
  a: ({ href, children }) => <Away href={href}>{children}</Away>,
  // A picture would be fetched unasked, from wherever a text from the web made the
  // model point: a way to carry the conversation out.
  img: ({ src, alt }) => (
    <Away href={typeof src === "string" ? src : ""}>{alt || "picture"}</Away>
  ),
};
const PLUGINS = [remarkGfm];

/** An answer, as it is written. HTML in it stays text. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown" data-testid="answer">
      <Rendered text={useThrottled(text, 60)} />
    </div>
  );
}

const Rendered = memo(function Rendered({ text }: { text: string }) {
  return (
    <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
      {text}
    </ReactMarkdown>
  );
});

/** The address is empty if it was not safe, as `javascript:` is not. */
function Away({ href, children }: { href?: string; children: ReactNode }) {
  if (!href) return children;
  return (
    <a href={href} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}
