// Which steps does a text of numbers hold: a CSV with a header or without, or plain numbers?
import { numberOf, secondsOf } from "./cells.ts";
import type { Spec } from "./specs.ts";

/** A history: values (steps) of each channel, NaN where missing, and the texts of its dates where there are some. */
export interface History {
  channels: number[][];
  dates: string[];
}

export const MOST_STEPS = 100_000;

function split(line: string, mark: string): string[] {
  const cells: string[] = [];
  let cell = "", quoted = false;
  for (let at = 0; at < line.length; at++) {
    const one = line[at]!;
    if (one === '"') {
      if (quoted && line[at + 1] === '"') cell += line[at++];
      else quoted = !quoted;
    } else if (one === mark && !quoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += one;
  }
  return [...cells, cell.trim()];
}

const isNothing = (cell: string) => /^(|na|n\/a|nan|null|none|\?|-)$/i.test(cell);

/** The history in a text; a line of why there is none, as its place in `words.history`. */
export function historyOf(text: string, spec: Spec): History | "empty" | "columns" | "numbers" | "long" {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim());
  if (!lines.length) return "empty";
  if (lines.length > MOST_STEPS + 1) return "long";
  const mark = [";", "\t", ","].find((one) => lines[0]!.includes(one) && lines.every((line) => line.includes(one)));
  const decimal = mark === ";" || (mark === "\t" && text.includes(",") && !text.includes("."));
  const number = (cell: string) => (isNothing(cell) ? NaN : numberOf(decimal ? cell.replaceAll(".", "").replace(",", ".") : cell));
  const isNumber = (cell: string) => isNothing(cell) || !Number.isNaN(number(cell));
  let table = mark ? lines.map((line) => split(line, mark)) : lines.map((line) => [line.trim()]);
  // one line of numbers is one channel, not one step
  if (table.length === 1 && spec.fields.length === 1) table = (mark ? table[0]! : lines[0]!.trim().split(/\s+/)).map((cell) => [cell]);
  const width = table[0]!.length;
  const headed = table[0]!.every((cell) => Number.isNaN(number(cell)) && Number.isNaN(secondsOf(cell)));
  const header = headed ? table.shift()! : [];
  let places = spec.fields.map((name) => header.indexOf(name));
  if (places.includes(-1)) {
    if (spec.fields.length > 1 && headed) return "columns";
    places = Array.from({ length: width }, (_, at) => at).filter((at) => table.some((row) => !Number.isNaN(number(row[at] ?? ""))) && table.every((row) => isNumber(row[at] ?? "")));
    if (places.length < spec.fields.length) return "numbers";
    places = places.slice(-spec.fields.length);
  }
  if (!table.every((row) => places.every((at) => isNumber(row[at] ?? "")))) return "numbers";
  const when = Array.from({ length: width }, (_, at) => at).find((at) => !places.includes(at) && table.every((row) => !Number.isNaN(secondsOf(row[at] ?? ""))));
  return {
    channels: places.map((at) => table.map((row) => number(row[at] ?? ""))),
    dates: when === undefined ? [] : table.map((row) => row[when]!),
  };
}

/** The last window of a history as the network takes it; null where it is too short. */
export function windowOf(history: History, spec: Spec): Float32Array | null {
  const [steps, channels] = spec.shape as [number, number];
  const n = history.channels[0]!.length;
  if (n < steps) return null;
  const values = new Float32Array(steps * channels);
  for (let step = 0; step < steps; step++)
    for (let channel = 0; channel < channels; channel++) values[step * channels + channel] = history.channels[channel]![n - steps + step]!;
  return values;
}

/** What the next steps are called: their dates, or +1, +2 ... */
export function namesAhead(history: History, spec: Spec, n: number): string[] {
  const last = history.dates.at(-1), [size, unit] = (spec.rhythm?.every ?? "").split(" ");
  const from = last === undefined ? NaN : secondsOf(last);
  if (Number.isNaN(from) || !unit) return Array.from({ length: n }, (_, step) => `+${step + 1}`);
  const date = new Date(from * 1000);
  const told: string[] = [];
  const byDay = last!.trim().length <= 10;
  for (let step = 0; step < n; step++) {
    if (unit === "s") date.setTime(date.getTime() + Number(size) * 1000);
    else if (unit === "M") addMonths(date, Number(size));
    else do date.setUTCDate(date.getUTCDate() + 1); while (date.getUTCDay() % 6 === 0);
    told.push(byDay && date.getTime() % 86_400_000 === 0 ? date.toISOString().slice(0, 10) : date.toISOString().slice(0, 16).replace("T", " "));
  }
  return told;
}

/** The same day so many months later; the last one of a month that has fewer. */
function addMonths(date: Date, months: number): void {
  const last = (year: number, month: number) => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const ended = date.getUTCDate() === last(date.getUTCFullYear(), date.getUTCMonth());
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const most = last(date.getUTCFullYear(), date.getUTCMonth());
  date.setUTCDate(ended ? most : Math.min(day, most));
}
