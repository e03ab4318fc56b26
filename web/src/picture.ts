// How does a file, a frame of the camera or a drawing become something that a model can look at?
import { type Box, type Fit, type Pixels, fitted, fromCanvas } from "./pixels";
import { Trouble } from "./server";
import { words } from "./words";

const MOST_PIXELS = 100_000_000; // as in receta/core/image.py

/** A picture as it is shown: upright, over white. */
export interface Shown {
  name: string;
  canvas: HTMLCanvasElement;
  original: Blob | null; // the very file; null for a frame or a drawing
  live: boolean; // one of many frames
}

export function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return [canvas, canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" })!];
}

/** A file as the page shows it. Raises Trouble for one that the browser cannot read. */
export async function fromFile(file: Blob, name: string): Promise<Shown> {
  let bitmap: ImageBitmap;
  try {
    // Colours as they stand in the file, turned as the camera noted: as in training.
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", imageOrientation: "from-image" });
  } catch {
    throw new Trouble(words.value.notRead(name));
  }
  if (bitmap.width * bitmap.height > MOST_PIXELS) {
    bitmap.close();
    throw new Trouble(words.value.tooMany(name));
  }
  const [canvas, context] = canvasOf(bitmap.width, bitmap.height);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { name, canvas, original: file, live: false };
}

/** A file that the browser cannot show: its name on an empty sheet stands for it. */
export function unseen(file: Blob, name: string): Shown {
  const [canvas, context] = canvasOf(320, 200);
  context.fillStyle = "#ddd";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#333";
  context.font = "20px sans-serif";
  context.textAlign = "center";
  context.fillText(name, canvas.width / 2, canvas.height / 2, canvas.width - 20);
  return { name, canvas, original: file, live: false };
}

/** The middle of a video, as wide for its height as the model looks. */
export function middle(width: number, height: number, aspect: number): Box {
  const w = Math.min(width, Math.round(height * aspect)), h = Math.min(height, Math.round(width / aspect));
  return { left: Math.floor((width - w) / 2), top: Math.floor((height - h) / 2), width: w, height: h };
}

/** What the network is given of a picture. */
export function prepared(canvas: HTMLCanvasElement, shape: [number, number, number], fit: Fit): Pixels {
  const image = canvas.getContext("2d", { willReadFrequently: true })!.getImageData(0, 0, canvas.width, canvas.height);
  return fitted(fromCanvas(image, shape[2] === 1 ? 1 : 3), shape[0], shape[1], fit);
}

/** The canvas as a file without loss, or as JPEG. */
export function encoded(canvas: HTMLCanvasElement, kind: "image/png" | "image/jpeg" = "image/png"): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Trouble(words.value.gone))), kind, 0.95),
  );
}

/** Pixels of a network's size as a canvas. */
export function painted(pixels: Pixels): HTMLCanvasElement {
  const [canvas, context] = canvasOf(pixels.width, pixels.height);
  const image = context.createImageData(pixels.width, pixels.height);
  for (let from = 0, to = 0; to < image.data.length; from += pixels.channels, to += 4) {
    for (let c = 0; c < 3; c++) image.data[to + c] = pixels.data[from + (pixels.channels === 1 ? 0 : c)]!;
    image.data[to + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
