import { useEffect, useRef, useState } from "react";
import { chat, type Key } from "./chat";
import { endingOf, type Ending } from "./endings";
import { troubleOf, type Trouble } from "./trouble";

export type Message = {
  role: "user" | "assistant";
  content: string;
  reasoning: string;
  ending?: Ending;
};

/** A conversation and the answer that is being written: what useChat does, by hand. */
export function useAnswers({ url, key }: { url: string; key?: Key }) {
  const [messages, setMessages] = useState<Message[]>([]);
  const [open, setOpen] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const leaving = useRef<AbortController>(null);
  useEffect(() => () => leaving.current?.abort(), []); // the reader left the page

  async function ask(asked: Message[]) {
    const answer: Message = { role: "assistant", content: "", reasoning: "" };
    const show = () => setMessages([...asked, { ...answer }]);
    const { signal } = (leaving.current = new AbortController());
    setOpen(true);
    setTrouble(undefined);
    show();
    try {
      let reason: string | null | undefined;
      const body = { messages: asked.map(({ role, content }) => ({ role, content })) };
      for await (const event of chat(body, { url, key, signal })) {
        const { delta, finish_reason } = event.choices[0] ?? {};
        answer.content += delta?.content ?? "";
        answer.reasoning += delta?.reasoning_content ?? "";
        reason ??= finish_reason;
        show();
      }
      answer.ending = endingOf(reason, answer.content !== "");
      show();
    } catch (error) {
      answer.ending = signal.aborted ? "stopped" : "broken";
      if (signal.aborted || answer.content || answer.reasoning) show();
      else setMessages(asked); // it never began
      if (!signal.aborted) setTrouble(troubleOf(error));
    }
    setOpen(false);
  }

  return {
    messages,
    open,
    trouble,
    send: (content: string) => ask([...messages, { role: "user", content, reasoning: "" }]),
    stop: () => leaving.current?.abort(),
    /** Asks the last question again, in the place of an answer that broke off. */
    retry: () => ask(messages.slice(0, messages.findLastIndex(isQuestion) + 1)),
  };
}

function isQuestion({ role }: Message): boolean {
  return role === "user";
}
