import type { ReactNode } from "react";
import type { Trouble } from "../lib/trouble";
import { useFollowing } from "../lib/useFollowing";
import { Composer } from "./Composer";
import { Problem } from "./Problem";
import { Welcome } from "./Welcome";

type Props = {
  /** Where questions go, for those who want to know. */
  url: string;
  suggestions: string[];
  open: boolean;
  trouble?: Trouble;
  send: (text: string) => void;
  stop: () => void;
  /** Only where there is something to try again. */
  retry?: () => void;
  /** Only where there is something to leave behind. */
  anew?: () => void;
  empty: boolean;
  /** The messages. */
  children: ReactNode;
};

/** What both pages have around their messages. */
export function Frame(props: Props) {
  const { url, suggestions, empty, open, trouble, send, stop, retry, anew, children } = props;
  const { scroller, content, behind, follow } = useFollowing();
  const ask = (text: string) => {
    follow();
    send(text);
  };

  return (
    <main>
      <div className="scroller" ref={scroller} tabIndex={0}>
        <div className="column" ref={content}>
          {empty && <Welcome suggestions={suggestions} send={ask} />}
          <div role="log" aria-label="Conversation" aria-live="polite" aria-busy={open}>
            {children}
          </div>
          {trouble && <Problem trouble={trouble} />}
          {anew && (
            <button type="button" className="quiet" onClick={anew}>
              New chat
            </button>
          )}
        </div>
      </div>
      <p role="status" className="unseen">
        {open && "The answer is being written."}
      </p>
      {behind && (
        <button type="button" className="newest" onClick={follow}>
          ↓ Newest
        </button>
      )}
      <Composer {...{ url, open, send: ask, stop, retry }} />
    </main>
  );
}
