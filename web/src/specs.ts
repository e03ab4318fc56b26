// What does a network take? The specs of receta/core/spec.py, as run.json, bundle.json and the server tell them.

/** A column of a table; a date is two cells. */
export interface Column {
  name: string;
  kind: "number" | "category" | "date";
  vocabulary?: string[];
  mean?: number;
  middle?: number; // median
  spread?: number;
  reach?: number; // of the middle half
  edges?: number[];
}

/** How a series runs in time. */
export interface Rhythm {
  season?: number;
  horizon?: number;
  every?: string; // "3600 s", "3 M", "1 B", or nothing without dates
  time?: string;
}

export interface Spec {
  name: string;
  shape: number[];
  dtype: "uint8" | "float32" | "int32";
  meaning: string;
  vocabulary: string[];
  fields: string[];
  mean: number[];
  spread: number[];
  target: string;
  columns?: Column[];
  rhythm?: Rhythm;
}

/** The columns of a table; numbers alone where an earlier version wrote the spec. */
export function columnsOf(spec: Spec): Column[] {
  if (spec.columns?.length) return spec.columns;
  return spec.fields.map((name, index) => ({
    name, kind: "number", ...(spec.mean.length ? { mean: spec.mean[index]!, middle: spec.mean[index]! } : {}),
  }));
}
