const NEAR = 80; // pixels from the end count as the end

/** Keeps the end in sight while its reader is there, and leaves alone who reads above. */
export class Scroll {
  #isFollowing = true;
  #last = 0;

  /** @param {HTMLElement} list what grows; while it is hidden there is no end to see */
  constructor(scroller, list, jump) {
    this.scroller = scroller;
    this.list = list;
    this.jump = jump;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    jump.addEventListener("click", () => this.toEnd());
    // The window, a keyboard on glass and a growing question take room from it.
    new ResizeObserver(() => this.follow()).observe(scroller);
  }

  /** Called whenever something was added. */
  follow() {
    const isFollowed = this.#isFollowing && !this.list.hidden;
    if (isFollowed) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#showJump();
  }

  /** Make a change that is looked at: what stands above it stays in sight. */
  hold(change) {
    this.#isFollowing = false;
    change();
    this.#isFollowing = this.#isAtEnd();
  }

  toEnd() {
    this.#isFollowing = true;
    if (this.list.hidden) this.scroller.scrollTop = 0;
    this.follow();
  }

  /** Only a reader scrolls up: what grows moves the end away, and not the top. */
  #scrolled() {
    const { scrollTop } = this.scroller;
    if (this.#isAtEnd()) this.#isFollowing = true;
    else if (scrollTop < this.#last && !this.list.hidden) this.#isFollowing = false;
    this.#last = scrollTop;
    this.#showJump();
  }

  #isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #showJump() {
    this.jump.hidden = this.list.hidden || this.#isAtEnd();
  }
}
