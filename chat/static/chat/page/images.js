import { say } from "./words.js";

const SENT = ["image/png", "image/jpeg"]; // as they are, unless they are too large
const LONGEST = 2048; // pixels
const LARGEST = 4_000_000; // bytes
const QUALITY = 0.88;

/** An image, small enough to be sent. Throws an Error with a sentence if it is none. */
export async function readImage(file) {
  const bitmap = await decoded(file);
  const { width, height } = bitmap;
  const name = file.name || say("Image");
  const fits = Math.max(width, height) <= LONGEST && file.size <= LARGEST;
  const isTaken = SENT.includes(file.type) && fits;
  const url = isTaken ? await dataUrl(file) : redrawn(bitmap, file.type);
  bitmap.close();
  return { name, url };
}

async function decoded(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    const name = file.name || say("This");
    throw new Error(say("{name} is not an image that this browser can read.", { name }));
  }
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
