// How do the classes and a training stand, as the server tells it, and what changes them?
import { computed, signal } from "@preact/signals";
import { ask } from "./server";
import { begin, say } from "./session";

export interface Thumbnail {
  name: string;
  own: boolean; // whether it was taken on this page, so that it may be taken away here
}

export interface Class {
  name: string;
  pictures: number;
  newest: Thumbnail[];
}

export interface Training {
  state: "reading" | "running" | "finishing" | "done" | "failed" | "stopped";
  seconds: number;
  budget: number; // seconds that it was given
  says: string[];
  reason: string | null; // one line, of a failure
  model: string | null;
}

/** How good the network is that was taught here, on n pictures that it had never seen. */
export interface Result {
  model: string;
  accuracy: number | null;
  n: number | null;
  interval: [number, number] | null;
  word: string;
}

export interface Taught {
  folder: string;
  classes: Class[];
  can_undo: boolean;
  enough: boolean;
  varied: boolean; // whether whole takes can be set aside for the test
  training: Training | null;
  result: Result | null;
}

export const HEADERS = { "X-Receta": "teach" }; // pages of other hosts cannot send it
export const taught = signal<Taught | null>(null);
export const training = computed(() => ["reading", "running", "finishing"].includes(taught.value?.training?.state ?? ""));

export async function change(path: string, options: { method: string; body?: BodyInit }): Promise<void> {
  taught.value = await ask<Taught>(`v1/teach/${path}`, { ...options, headers: HEADERS });
}

/** What is going on; a model that is new is taken into use. */
export async function news(): Promise<void> {
  const before = training.value;
  try {
    taught.value = await ask<Taught>("v1/teach");
  } catch (error) {
    return say(error);
  }
  const run = taught.value.training;
  if (before && run?.state === "done" && run.model) await begin(run.model);
}
