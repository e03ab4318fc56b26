// Which part of a picture does the answer rest on? Parts are covered one by one, and the model is asked anew.
// Source: Zeiler and Fergus (2014), "Visualizing and understanding convolutional networks", section 4.2.
import { type Shown, canvasOf, painted } from "./picture";
import { type Pixels, placed, seen } from "./pixels";
import { model, ofPixels, prepare } from "./session";

const MOST_MS = 2500; // for all of it
const MOST_PLACES = 14; // a side
const AT_ONCE = 16; // pictures asked about together: as many as the server takes

export interface Saliency {
  name: string;
  before: number; // probability of the class
  after: number; // with the place covered that mattered most
  place: [row: number, column: number]; // of thirds of the picture
  overlay: HTMLCanvasElement; // as large as the picture is wide for its height
}

/** Cover the picture place by place; null when another one is shown meanwhile. */
export async function explain(picture: Shown, still: () => boolean): Promise<Saliency | null> {
  const pixels = prepare(picture.canvas);
  const began = performance.now();
  const [probabilities] = await ofPixels([pixels], painted);
  const cost = performance.now() - began;
  const best = probabilities!.indexOf(Math.max(...probabilities!));
  const before = probabilities![best]!;

  const fits = Math.floor(Math.sqrt(MOST_MS / Math.max(cost, 1))); // places a side, if each costs as much as one picture alone
  const side = Math.max(4, Math.min(MOST_PLACES, fits, pixels.width, pixels.height));
  const piece = { width: Math.max(1, Math.round((pixels.width * 2) / side)), height: Math.max(1, Math.round((pixels.height * 2) / side)) };
  const mean = colour(pixels);
  const corners: [number, number][] = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const centre = (place: number, size: number) => ((place + 0.5) * size) / side;
      corners.push([
        Math.round(centre(column, pixels.width) - piece.width / 2),
        Math.round(centre(row, pixels.height) - piece.height / 2),
      ]);
    }
  }

  const drops = new Float32Array(side * side);
  let [after, worst] = [before, 0];
  for (let start = 0; start < corners.length; start += AT_ONCE) {
    if (!still() || performance.now() - began > 2 * MOST_MS) return null;
    const some = corners.slice(start, start + AT_ONCE).map(([x, y]) => covered(pixels, x, y, piece.width, piece.height, mean));
    (await ofPixels(some, painted)).forEach((said, index) => {
      const place = start + index;
      drops[place] = Math.max(0, odds(before) - odds(said[best]!));
      if (said[best]! < after) [after, worst] = [said[best]!, place];
    });
    await new Promise((resolve) => setTimeout(resolve)); // the page stays alive
  }
  if (!still()) return null;
  const third = (index: number) => Math.min(2, Math.floor((index * 3) / side));
  return {
    name: model.value!.class_names[best]!,
    before,
    after,
    place: [third(Math.floor(worst / side)), third(worst % side)],
    overlay: overlay(picture, drops, side),
  };
}

/** Log-odds: what is 99.99 % sure can lose as visibly as what is 60 % sure. */
function odds(share: number): number {
  const bounded = Math.min(Math.max(share, 1e-6), 1 - 1e-6);
  return Math.log(bounded / (1 - bounded));
}

function colour(pixels: Pixels): number[] {
  const sums = new Array<number>(pixels.channels).fill(0);
  pixels.data.forEach((value, index) => (sums[index % pixels.channels]! += value));
  return sums.map((sum) => Math.round((sum * pixels.channels) / pixels.data.length));
}

function covered(pixels: Pixels, left: number, top: number, width: number, height: number, mean: number[]): Pixels {
  const data = pixels.data.slice();
  for (let y = Math.max(0, top); y < Math.min(pixels.height, top + height); y++) {
    for (let x = Math.max(0, left); x < Math.min(pixels.width, left + width); x++) {
      data.set(mean, (y * pixels.width + x) * pixels.channels);
    }
  }
  return { ...pixels, data };
}

function overlay(picture: Shown, drops: Float32Array, side: number): HTMLCanvasElement {
  const [small, pen] = canvasOf(side, side);
  const image = pen.createImageData(side, side);
  const most = Math.max(...drops) || 1;
  drops.forEach((drop, index) => image.data.set([255, 64, 16, Math.round((drop / most) * 200)], index * 4));
  pen.putImageData(image, 0, 0);
  const [height, width] = model.value!.input.shape;
  const fit = model.value!.fit ?? "stretch";
  const scale = Math.min(1, 480 / Math.max(picture.canvas.width, picture.canvas.height)) || 1;
  const [large, context] = canvasOf(Math.max(1, Math.round(picture.canvas.width * scale)), Math.max(1, Math.round(picture.canvas.height * scale)));
  const from = placed(picture.canvas, height, width, fit), to = seen(picture.canvas, height, width, fit);
  const [x, y] = [side / width, side / height];
  const [across, down] = [large.width / picture.canvas.width, large.height / picture.canvas.height];
  context.imageSmoothingQuality = "high";
  context.drawImage(small, from.left * x, from.top * y, from.width * x, from.height * y,
    to.left * across, to.top * down, to.width * across, to.height * down);
  return large;
}
