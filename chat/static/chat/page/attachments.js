import { element, icon, iconButton } from "./element.js";
import { readImage } from "./images.js";
import { notice } from "./notices.js";
import { readText } from "./text_files.js";
import { say } from "./words.js";

/** The images and text files that go with the next question. */
export class Attachments extends EventTarget {
  #images = [];
  #files = [];

  constructor(tray) {
    super();
    this.tray = tray;
  }

  get images() {
    return [...this.#images];
  }

  get files() {
    return [...this.#files];
  }

  get isEmpty() {
    return !this.#images.length && !this.#files.length;
  }

  /** Take those of `files` that can be read; of the others it is said why not. */
  async add(files) {
    for (const file of files) {
      try {
        if (file.type.startsWith("image/")) this.#images.push(await readImage(file));
        else this.#files.push(await readText(file));
      } catch (error) {
        notice(error.message);
      }
    }
    this.#show();
  }

  replace(images, files) {
    this.#images = [...images];
    this.#files = [...files];
    this.#show();
  }

  #remove(removed) {
    const isOther = (one) => one !== removed;
    this.replace(this.#images.filter(isOther), this.#files.filter(isOther));
  }

  #show() {
    this.tray.hidden = this.isEmpty;
    this.tray.replaceChildren(
      ...this.#images.map((image) =>
        this.#row(image, element("img", { src: image.url, alt: image.name })),
      ),
      ...this.#files.map((file) =>
        this.#row(file, element("span.file", {}, icon("file"), file.name)),
      ),
    );
    this.dispatchEvent(new Event("change"));
  }

  #row(attachment, shown) {
    const label = say("Remove {name}", attachment);
    return element(
      "li",
      {},
      shown,
      iconButton("close", label, () => this.#remove(attachment)),
    );
  }
}

/** Take files that are dropped anywhere on the page. */
export function serveDropping(attachments) {
  let depth = 0; // of the elements that a file is being dragged over
  const mark = (change) => {
    depth = change === 0 ? 0 : depth + change;
    document.body.classList.toggle("is-dropping", depth > 0);
  };
  const serve = (event, run) =>
    document.addEventListener(event, (dragged) => {
      if (!dragged.dataTransfer?.types.includes("Files")) return;
      dragged.preventDefault();
      run(dragged.dataTransfer);
    });
  serve("dragenter", () => mark(1));
  serve("dragleave", () => mark(-1));
  serve("dragover", (data) => (data.dropEffect = "copy"));
  serve("drop", ({ files }) => {
    mark(0);
    attachments.add([...files]);
  });
}
