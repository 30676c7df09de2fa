import { useRef, type FormEvent, type KeyboardEvent } from "react";

type Props = {
  url: string;
  open: boolean;
  send: (text: string) => void;
  stop: () => void;
  retry?: () => void;
};

/** Where the reader writes: Enter sends, Shift+Enter begins a new line. */
export function Composer({ url, open, send, stop, retry }: Props) {
  const writing = useRef<HTMLTextAreaElement>(null);

  function submit(submitted: FormEvent<HTMLFormElement>) {
    submitted.preventDefault();
    const form = submitted.currentTarget;
    const text = String(new FormData(form).get("message")).trim();
    if (!text || open) return;
    send(text);
    form.reset();
    writing.current?.focus();
  }

  function pressed(key: KeyboardEvent<HTMLTextAreaElement>) {
    // While a word is being composed, Enter only chooses it.
    if (key.key !== "Enter" || key.shiftKey || key.nativeEvent.isComposing) return;
    key.preventDefault();
    key.currentTarget.form?.requestSubmit();
  }

  /** The button that was pressed goes away, and must not take the focus with it. */
  function focusing(act: () => void) {
    return () => {
      act();
      writing.current?.focus();
    };
  }

  return (
    <form className="composer column" onSubmit={submit}>
      <div className="box">
        <textarea
          ref={writing}
          name="message"
          aria-label="Message"
          placeholder="Ask something"
          rows={1}
          autoFocus
          onKeyDown={pressed}
        />
        {retry && (
          <button type="button" className="quiet" onClick={focusing(retry)}>
            Retry
          </button>
        )}
        {/* Two buttons: were the pressed Stop made a Send, it would send at once. */}
        {open ? (
          <button key="stop" type="button" className="quiet" onClick={focusing(stop)}>
            Stop
          </button>
        ) : (
          <button key="send">Send</button>
        )}
      </div>
      <p className="small">
        <code>POST {url}</code>
      </p>
    </form>
  );
}
