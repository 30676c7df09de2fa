import { useSearchParams } from "next/navigation";
import { useAnswers } from "../lib/useAnswers";
import { wayIn, WAYS } from "../lib/ways";
import { Frame } from "./Frame";
import { Markdown } from "./Markdown";
import { Message } from "./Message";
import { Reasoning } from "./Reasoning";

const SUGGESTIONS = [
  "Write a debounce function in TypeScript",
  "Compare SQLite and PostgreSQL in a table",
  "sim:help",
];

/** A chat on lib/chat.js: `fetch`, and nothing else. */
export default function FetchChat() {
  const way = WAYS[wayIn(useSearchParams())];
  const { url } = way;
  const { messages, open, trouble, send, stop, retry } = useAnswers(way);
  const isFinal = trouble?.isFinal;
  const again = !open && !isFinal && (trouble || messages.at(-1)?.ending === "stopped");

  return (
    <Frame
      {...{ url, open, trouble, send, stop }}
      suggestions={SUGGESTIONS}
      empty={!messages.length}
      retry={again ? retry : undefined}
    >
      {messages.map(({ role, content, reasoning, ending }, index) => {
        const writing = open && index === messages.length - 1;
        return (
          <Message key={index} role={role} writing={writing} ending={ending}>
            {reasoning && <Reasoning text={reasoning} writing={writing && !content} />}
            {role === "user" ? content : content && <Markdown text={content} />}
          </Message>
        );
      })}
    </Frame>
  );
}
