import { element, iconButton } from "./element.js";
import { notice } from "./notices.js";

const SENT = ["image/png", "image/jpeg"]; // as they are, unless they are too large
const LONGEST = 2048; // pixels
const LARGEST = 4_000_000; // bytes
const QUALITY = 0.88;

/** The images that go with the next question. */
export class Images extends EventTarget {
  #images = [];

  constructor(tray) {
    super();
    this.tray = tray;
  }

  get all() {
    return [...this.#images];
  }

  /** Take those of `files` that are images; of others it is said that they are not. */
  async add(files) {
    for (const file of files) {
      try {
        this.#images.push(await readImage(file));
      } catch {
        notice(`${file.name || "This"} is not an image that this browser can read.`);
      }
    }
    this.#show();
  }

  replace(images) {
    this.#images = [...images];
    this.#show();
  }

  #remove(image) {
    this.replace(this.#images.filter((other) => other !== image));
  }

  #show() {
    this.tray.hidden = !this.#images.length;
    this.tray.replaceChildren(
      ...this.#images.map((image) =>
        element(
          "li",
          {},
          element("img", { src: image.url, alt: image.name }),
          iconButton("close", `Remove ${image.name}`, () => this.#remove(image)),
        ),
      ),
    );
    this.dispatchEvent(new Event("change"));
  }
}

/** Throws if it is no image. */
async function readImage(file) {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const name = file.name || "Image";
  const fits = Math.max(width, height) <= LONGEST && file.size <= LARGEST;
  const isTaken = SENT.includes(file.type) && fits;
  const url = isTaken ? await dataUrl(file) : redrawn(bitmap, file.type);
  bitmap.close();
  return { name, url };
}

/** Smaller, and in a format that Z.AI takes. */
function redrawn(bitmap, type) {
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // JPEG knows nothing transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const isPhoto = type === "image/jpeg" || canvas.width * canvas.height > 1_000_000;
  return canvas.toDataURL(isPhoto ? "image/jpeg" : "image/png", QUALITY);
}

function dataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}

/** Take images that are dropped anywhere on the page. */
export function serveDropping(images) {
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
    images.add([...files]);
  });
}
