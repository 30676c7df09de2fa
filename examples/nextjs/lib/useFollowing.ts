import { useCallback, useEffect, useRef, useState } from "react";

/**
 * Keeps the end of what grows in view, until the reader scrolls up, and again once the
 * reader is back at the end.
 */
export function useFollowing() {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [behind, setBehind] = useState(false);

  const follow = useCallback(() => {
    following.current = true;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, []);

  useEffect(() => {
    const box = scroller.current!;
    let top = box.scrollTop;
    const look = () => {
      const rest = box.scrollHeight - box.scrollTop - box.clientHeight;
      if (rest < 40) following.current = true;
      else if (box.scrollTop < top) following.current = false; // only the reader scrolls up
      top = box.scrollTop;
      setBehind(!following.current);
    };
    const opened = ({ target }: MouseEvent) => {
      // What is unfolded should stay where it is.
      if ((target as Element).closest("summary")) following.current = false;
    };
    const grown = new ResizeObserver(() => {
      if (following.current) follow();
      look();
    });
    grown.observe(content.current!);
    grown.observe(box); // a keyboard on the screen makes it smaller
    box.addEventListener("scroll", look, { passive: true });
    box.addEventListener("click", opened);
    return () => {
      grown.disconnect();
      box.removeEventListener("click", opened);
      box.removeEventListener("scroll", look);
    };
  }, [follow]);

  return { scroller, content, behind, follow };
}
