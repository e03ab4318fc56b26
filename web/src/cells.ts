// Which cells does a row of plain values become? The twin of receta/kinds/cells/reading.py, value by value.
import type { Column } from "./specs.ts";

const NOTHING = ["", "NA", "N/A", "NaN", "null", "None", "<NA>", "#N/A", "-NaN", "?", "-"];
const capitalized = (word: string) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
const MISSING = new Set(NOTHING.flatMap((word) => [word, word.toLowerCase(), word.toUpperCase(), capitalized(word)]));
const PLAIN = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
const GROUPED = /^[+-]?[0-9]{1,3}([ ,.'’\u00a0\u202f_])[0-9]{3}(\1[0-9]{3})*(?!\1)([.,][0-9]+)?$/;
// What Python takes for space: other characters than String.trim does.
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const AROUND = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "g");
const UNITS = /^[ \t\u00a0€$£¥%]+|[ \t\u00a0€$£¥%]+$/g;

const strip = (text: string) => text.replace(AROUND, "");

/** The number that a text spells, NaN for none; a per cent sign divides by 100. */
export function numberOf(text: string): number {
  let plain = text.replace(UNITS, "").replaceAll("−", "-");
  const mark = GROUPED.exec(plain)?.[1];
  if (mark !== undefined && mark !== ".") plain = plain.replaceAll(mark, "");
  if (!PLAIN.test(plain)) return NaN;
  const value = Number(plain) / (strip(text).endsWith("%") ? 100 : 1);
  return Number.isFinite(value) ? value : NaN;
}

/** How a number is spelled as a category: as Python's int or repr do. */
export function codeName(value: number): string {
  if (Number.isInteger(value)) return BigInt(value).toString();
  const [digits, power] = value.toExponential().split("e") as [string, string];
  if (Number(power) >= -4 && Number(power) < 16) return String(value);
  const [, sign, size] = /^([+-])(\d+)$/.exec(power)!;
  return `${digits}e${sign}${size!.padStart(2, "0")}`;
}

const S = "[ \\t\\n\\r\\f\\v]"; // \s of Python's ASCII
const TIME = `(?:[T ,]+(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:[.,](?<fraction>[0-9]{1,9}))?)?${S}*(?<half>[AaPp]\\.?[Mm]\\.?)?${S}*(?<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?)?`;
const FORMS = [
  `(?<year>[0-9]{4})(?<mark>[-/.])(?<month>[0-9]{1,2})(?:\\k<mark>(?<day>[0-9]{1,2}))?`,
  `(?<one>[0-9]{1,2})(?<mark>[-/.])(?<two>[0-9]{1,2})\\k<mark>(?<year>[0-9]{4}|(?<=/)[0-9]{2})`,
  `(?<day>[0-9]{1,2})[ -](?<name>[A-Za-z]{3,9})\\.?,?[ -](?<year>[0-9]{4})`,
  `(?<name>[A-Za-z]{3,9})\\.?[ -](?:(?<day>[0-9]{1,2}),? )?(?<year>[0-9]{4})`,
].map((form) => new RegExp(`^${form}${TIME}$`));
const MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
const NAMES = new Map<string, number>([
  ...MONTHS.flatMap((name, index): [string, number][] => [[name, index + 1], [name.slice(0, 3), index + 1]]), ["sept", 9],
]);
const PIVOT = 69; // a year of two digits from it on is of the 20th century
const DAY = 86_400;
const FIRST = -62_135_596_800, LAST = 253_402_300_799; // of the years 1 to 9999, as seconds

/** Seconds since 1970 of the date that one text means, as UTC where it names a zone; NaN for none. */
export function secondsOf(text: string): number {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts) return momentOf(parts);
  }
  return NaN;
}

function momentOf(parts: Record<string, string | undefined>): number {
  let year = Number(parts.year), hour = Number(parts.hour ?? 0), month: number, day: number;
  if (parts.year!.length === 2) year += year >= PIVOT ? 1900 : 2000;
  if (parts.one !== undefined) {
    const [one, two] = [Number(parts.one), Number(parts.two)];
    // of one text alone the day comes first, unless only the other way is a date
    [day, month] = parts.mark !== "." && two > 12 && one <= 12 ? [two, one] : [one, two];
  } else {
    month = parts.name === undefined ? Number(parts.month) : (NAMES.get(parts.name.toLowerCase()) ?? 0);
    day = Number(parts.day ?? 1);
  }
  if (parts.half !== undefined) {
    if (hour < 1 || hour > 12) return NaN;
    hour = (hour % 12) + (/^p/i.test(parts.half) ? 12 : 0);
  }
  const [minute, second] = [Number(parts.minute ?? 0), Number(parts.second ?? 0)];
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return NaN;
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  if (at.getUTCMonth() !== month - 1) return NaN; // no such day
  let whole = at.getTime() / 1000 + hour * 3600 + minute * 60 + second;
  const zone = /^([+-])([0-9]{2}):?([0-9]{2})$/.exec(parts.zone ?? "");
  if (zone) whole -= (zone[1] === "+" ? 1 : -1) * (Number(zone[2]) * 3600 + Number(zone[3]) * 60);
  return whole < FIRST || whole > LAST ? NaN : whole;
}

/** The cells of a value: a number, a text, true, or nothing; null where it is not of the column's kind. */
export function cellsOf(value: unknown, column: Column): number[] | null {
  const missing = column.kind === "date" ? [NaN, NaN] : [NaN];
  if (value === null || value === undefined || Number.isNaN(value) || (typeof value === "string" && MISSING.has(strip(value)))) return missing;
  const known = column.vocabulary ?? [];
  if (typeof value === "boolean") {
    if (column.kind !== "category") return null;
    const spelled = capitalized(String(value));
    const forms = [spelled, spelled.toLowerCase(), spelled.toUpperCase(), String(Number(value))];
    return cellsOf(known.find((one) => forms.includes(one)) ?? spelled, column);
  }
  if (typeof value !== "number" && typeof value !== "string") return column.kind === "category" ? [0] : null;
  if (column.kind === "category") return [placeOf(typeof value === "number" ? codeName(value) : strip(value), known)];
  if (column.kind === "number") {
    const number = typeof value === "number" ? value : numberOf(strip(value));
    return Number.isNaN(number) ? null : [number];
  }
  const seconds = secondsOf(typeof value === "number" ? codeName(value) : strip(value));
  if (Number.isNaN(seconds)) return null;
  const day = Math.floor(seconds / DAY);
  return [day, seconds - day * DAY];
}

function placeOf(text: string, known: string[]): number {
  const found = known.indexOf(text);
  if (found >= 0) return found + 1;
  const number = numberOf(text);
  return Number.isNaN(number) ? 0 : known.indexOf(codeName(number)) + 1;
}

/** A cell in plain words, as a form shows it; "" where it is missing. */
export function shown(cells: number[], column: Column): string {
  const first = cells[0]!;
  if (Number.isNaN(first)) return "";
  if (column.kind === "category") return column.vocabulary?.[first - 1] ?? "";
  if (column.kind === "number") return String(Number(first.toPrecision(7)));
  const moment = new Date((first * DAY + (cells[1] ?? 0)) * 1000).toISOString();
  return cells[1] ? moment.slice(0, 19) : moment.slice(0, 10);
}
