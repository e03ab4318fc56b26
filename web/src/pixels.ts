// How do pixels get to the size of a network, to the last bit as Pillow does it in training?
// Source: Pillow's libImaging/Resample.c (8 bits, filter BILINEAR), Convert.c (L24) and ImageOps.

export type Fit = "stretch" | "crop" | "pad";

/** Rows of pixels with 1 (grey) or 3 (red, green, blue) values of 0 to 255 each. */
export interface Pixels {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Uint8Array;
}

/** Left, top, width and height of a part of a picture, in its pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const BITS = 32 - 8 - 2; // of the weights, which are whole numbers

/** What a canvas holds, over white where it is transparent, as 1 or 3 channels. */
export function fromCanvas(image: ImageData, channels: 1 | 3): Pixels {
  const { width, height, data } = image;
  const made = new Uint8Array(width * height * channels);
  for (let from = 0, to = 0; from < data.length; from += 4, to += channels) {
    const red = data[from]!, green = data[from + 1]!, blue = data[from + 2]!;
    if (channels === 1) {
      made[to] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    } else {
      made[to] = red;
      made[to + 1] = green;
      made[to + 2] = blue;
    }
  }
  return { width, height, channels, data: made };
}

/** A picture brought to a network's size, as `receta.core.image.decode` brings it there. */
export function fitted(picture: Pixels, height: number, width: number, fit: Fit): Pixels {
  if (picture.width === width && picture.height === height) return picture;
  if (fit === "stretch") return resized(picture, width, height);
  if (fit === "crop") return resized(picture, width, height, cropped(picture, height, width));
  const inside = contained(picture, height, width);
  const small = resized(picture, inside.width, inside.height);
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels); // black around it
  for (let y = 0; y < inside.height; y++) {
    const row = small.data.subarray(y * inside.width * channels, (y + 1) * inside.width * channels);
    data.set(row, ((y + inside.top) * width + inside.left) * channels);
  }
  return { width, height, channels, data };
}

/** The part of a picture that a network of this size sees. */
export function seen(picture: { width: number; height: number }, height: number, width: number, fit: Fit): Box {
  return fit === "crop" ? cropped(picture, height, width) : { left: 0, top: 0, width: picture.width, height: picture.height };
}

/** Where the whole picture lies in the input of a network of this size. */
export function placed(picture: { width: number; height: number }, height: number, width: number, fit: Fit): Box {
  return fit === "pad" ? contained(picture, height, width) : { left: 0, top: 0, width, height };
}

function cropped(picture: { width: number; height: number }, height: number, width: number): Box {
  const has = picture.width / picture.height, wanted = width / height;
  let w = picture.width, h = picture.height;
  if (has > wanted) w = wanted * picture.height;
  else if (has < wanted) h = picture.width / wanted;
  return { left: (picture.width - w) * 0.5, top: (picture.height - h) * 0.5, width: w, height: h };
}

function contained(picture: { width: number; height: number }, height: number, width: number): Box {
  const has = picture.width / picture.height, wanted = width / height;
  let w = width, h = height;
  if (has > wanted) h = even((picture.height / picture.width) * width);
  else if (has < wanted) w = even((picture.width / picture.height) * height);
  return { left: even((width - w) * 0.5), top: even((height - h) * 0.5), width: w, height: h };
}

/** Python's round: halves go to the even number. */
function even(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest < 0.5 ? low : rest > 0.5 ? low + 1 : low + (low % 2);
}

function resized(picture: Pixels, width: number, height: number, box?: Box): Pixels {
  const part = box ?? { left: 0, top: 0, width: picture.width, height: picture.height };
  const whole = (from: number, size: number, all: number) => from === 0 && size === all;
  // Pillow keeps the corners of the part as 32-bit floats.
  const [x0, x1] = [Math.fround(part.left), Math.fround(part.left + part.width)];
  const [y0, y1] = [Math.fround(part.top), Math.fround(part.top + part.height)];
  const wide = (now: Pixels) =>
    width !== now.width || !whole(x0, x1, now.width) ? across(now, width, weights(now.width, x0, x1, width)) : now;
  const high = (now: Pixels) =>
    height !== now.height || !whole(y0, y1, now.height) ? down(now, height, weights(now.height, y0, y1, height)) : now;
  // Which goes first shows in the last bit. Pillow 13 begins with the height of what shrinks much more in height
  // (found by comparing 400 random sizes with both orders; Pillow 12 and older always begin with the width).
  const shrinks = picture.height - height;
  return shrinks > 0 && shrinks > 2 * (picture.width - width) ? wide(high(picture)) : high(wide(picture));
}

interface Weights {
  first: Int32Array; // of the values that make up each new one
  count: Int32Array;
  value: Int32Array; // most at a time
  most: number;
}

function weights(size: number, from: number, to: number, wanted: number): Weights {
  const scale = Math.fround(to - from) / wanted;
  const support = Math.max(scale, 1); // the triangle's half width, wide enough to count every pixel
  const most = Math.ceil(support) * 2 + 1;
  const made = { first: new Int32Array(wanted), count: new Int32Array(wanted), value: new Int32Array(wanted * most), most };
  const raw = new Float64Array(most);
  for (let place = 0; place < wanted; place++) {
    const centre = from + (place + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const count = Math.min(Math.trunc(centre + support + 0.5), size) - first;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      raw[i] = Math.max(1 - Math.abs((i + first - centre + 0.5) * (1 / support)), 0);
      sum += raw[i]!;
    }
    for (let i = 0; i < count; i++) made.value[place * most + i] = Math.trunc(0.5 + (sum ? raw[i]! / sum : raw[i]!) * (1 << BITS));
    made.first[place] = first;
    made.count[place] = count;
  }
  return made;
}

function across(picture: Pixels, width: number, by: Weights): Pixels {
  const { height, channels, data } = picture;
  const made = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * picture.width * channels;
    for (let x = 0; x < width; x++) {
      const first = row + by.first[x]! * channels, count = by.count[x]!, at = x * by.most;
      for (let c = 0; c < channels; c++) {
        let sum = 1 << (BITS - 1);
        for (let i = 0; i < count; i++) sum += data[first + i * channels + c]! * by.value[at + i]!;
        made[to++] = Math.min(sum >> BITS, 255);
      }
    }
  }
  return { width, height, channels, data: made };
}

function down(picture: Pixels, height: number, by: Weights): Pixels {
  const { width, channels, data } = picture;
  const row = width * channels;
  const made = new Uint8Array(row * height);
  for (let y = 0, to = 0; y < height; y++) {
    const first = by.first[y]! * row, count = by.count[y]!, at = y * by.most;
    for (let x = 0; x < row; x++) {
      let sum = 1 << (BITS - 1);
      for (let i = 0; i < count; i++) sum += data[first + i * row + x]! * by.value[at + i]!;
      made[to++] = Math.min(sum >> BITS, 255);
    }
  }
  return { width, height, channels, data: made };
}
