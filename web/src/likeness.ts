// Is a picture any of the classes at all? Its features are compared with those of a few training pictures.
// As receta/core/likeness.py does it, which says why.

/** What receta wrote: rows of int8 in base64, each times a factor of its own. */
export interface Kept {
  from: number; // what is more unlike is none of the classes
  width: number;
  rows: string;
}

export class Likeness {
  private readonly rows: Float32Array; // of length 1 each

  constructor(private readonly kept: Kept) {
    const whole = Int8Array.from(atob(kept.rows), (one) => one.charCodeAt(0));
    this.rows = new Float32Array(whole.length);
    for (let start = 0; start < whole.length; start += kept.width) {
      const size = length(whole, start, kept.width);
      for (let at = start; at < start + kept.width; at++) this.rows[at] = whole[at]! / size;
    }
  }

  /** 1 minus the largest cosine of some features with a kept row: 0, the same, to 2. */
  unlike(features: Float32Array): number {
    const { width } = this.kept;
    const size = length(features, 0, width);
    let most = -1;
    for (let start = 0; start < this.rows.length; start += width) {
      let sum = 0;
      for (let at = 0; at < width; at++) sum += this.rows[start + at]! * features[at]!;
      most = Math.max(most, sum / size);
    }
    return 1 - most;
  }

  none = (unlike: number): boolean => !(unlike <= this.kept.from);
}

function length(values: ArrayLike<number>, start: number, n: number): number {
  let squares = 0;
  for (let at = start; at < start + n; at++) squares += values[at]! * values[at]!;
  return Math.max(Math.sqrt(squares), 1e-30);
}
