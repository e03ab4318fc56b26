// How does the page speak with its server, and what is known of the models?
import { signal } from "@preact/signals";
import type { Said } from "./engine";
import type { Fit } from "./pixels";
import type { Spec } from "./specs";
import { words } from "./words";

export const MOST_BYTES = 10_000_000; // of a request, as in receta/server/api.py

export interface Model {
  name: string;
  title?: string; // what it was trained on
  class_names: string[];
  sure_from: number; // probability of the first class from which on an answer is sure
  input: { shape: [number, number, number] };
  specs?: Spec[]; // how its examples are read; of pictures an older page.json has none
  task?: "classes" | "labels" | "values" | "quantiles";
  verdict?: string; // on the test part of its run, in receta's words
  margins?: number[] | null; // of values, half the width of the interval of 80 %
  fit?: Fit;
  web?: string | null; // folder of the network for TensorFlow.js
  examples?: string | null; // file of example pictures
}

/** What the page is: one of a server, or a folder of files with its model. */
export interface About {
  server: boolean;
  teach: boolean;
  models?: Model[];
}

/** A refusal in the reader's language, or the server's own line. */
export class Trouble extends Error {}

export const token = signal<string | null>(null);
export const tokenAsked = signal(false);

function headers(more: Record<string, string> = {}): Record<string, string> {
  return token.value ? { ...more, Authorization: `Bearer ${token.value}` } : more;
}

/** How TensorFlow.js fetches a network: with the token. */
export const withToken = (): RequestInit => ({ headers: headers() });

export async function ask<Said>(path: string, options: RequestInit & { headers?: Record<string, string> } = {}): Promise<Said> {
  let response: Response;
  try {
    response = await fetch(path, { ...options, headers: headers(options.headers) });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Trouble(words.value.silent);
  }
  const said = (await response.json().catch(() => ({}))) as Said & { reason?: string; code?: string; error?: string };
  if (response.status === 401) {
    tokenAsked.value = true;
    throw new Trouble(token.value ? words.value.tokenWrong : words.value.tokenAsked);
  }
  if (!response.ok) throw new Trouble(refused(said.code, said.reason ?? said.error, response.status));
  tokenAsked.value = false;
  return said;
}

/** Why the server refused, in the reader's language where its code is known. */
function refused(code: string | undefined, reason: string | undefined, status: number): string {
  const known = words.value.reasons[code ?? ""];
  return known ?? (reason ? words.value.serverSays(reason) : words.value.answered(status));
}

export async function about(): Promise<About> {
  const said = await fetch("page.json").then((response) => (response.ok ? response.json() : null)).catch(() => null);
  if (!said) throw new Trouble(words.value.gone);
  return said as About;
}

/** What the network itself says of an example that is told in JSON: as TensorFlow Serving has it. */
export async function outputsOf(model: Model, instance: unknown, signal: AbortSignal): Promise<Float32Array> {
  const said = await ask<{ predictions: number[][]; error?: string }>(`v1/models/${encodeURIComponent(model.name)}:predict`, {
    method: "POST", body: JSON.stringify({ instances: [instance] }), headers: { "Content-Type": "application/json" }, signal,
  });
  return Float32Array.from(said.predictions[0]!);
}

interface Predicted {
  predictions: { top: { class: string; probability: number }[]; none?: boolean }[];
}

/** What the server says of encoded pictures: probabilities in the order of the model's classes, and whether it is none of them. */
export async function predicted(model: Model, pictures: [Blob, string][], signal?: AbortSignal): Promise<Said[]> {
  const form = new FormData();
  for (const [picture, name] of pictures) form.append("file", picture, name);
  const query = new URLSearchParams({ model: model.name, top: String(model.class_names.length) });
  const said = await ask<Predicted>(`v1/predict?${query}`, { method: "POST", body: form, ...(signal ? { signal } : {}) });
  const place = new Map(model.class_names.map((name, index) => [name, index]));
  return said.predictions.map(({ top, none = false }) => {
    const probabilities = new Float32Array(model.class_names.length);
    for (const row of top) probabilities[place.get(row.class)!] = row.probability;
    return { probabilities, none };
  });
}
