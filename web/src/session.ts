// What is shown, who is asked, what was answered? The state of the page and what changes it.
import { batch, computed, signal } from "@preact/signals";
import { type Backend, type Runner, type Said, runner } from "./engine";
import { type Shown, encoded, fromFile, prepared, unseen } from "./picture";
import type { Pixels } from "./pixels";
import { type About, MOST_BYTES, type Model, Trouble, about, ask, outputsOf, predicted, withToken } from "./server";
import type { Spec } from "./specs";
import { words } from "./words";

export type Where = "browser" | "server" | "both";
export type View = "camera" | "picture" | "draw";

/** A row, a history or a text: as the network takes it, and as the server reads it. */
export interface Question {
  values: Float32Array | Int32Array;
  instance: unknown;
}

export interface Answer extends Said {
  milliseconds: number;
}

/** An example of the validation part: a picture of a class, or what a request says in JSON, with its answer. */
export interface Example {
  class: string;
  picture?: string; // data: URI
  instance?: unknown;
  values?: number[];
  ahead?: number[]; // of a history, what came next
}

const DRAWN = 64; // pixels of the longer side: larger grey pictures are photos rather than signs

export const page = signal<About>({ server: false, teach: false });
export const models = signal<Model[]>([]);
export const model = signal<Model | null>(null);
export const examples = signal<Example[]>([]);
export const where = signal<Where>("server");
export const backend = signal<Backend | null>(null);
export const view = signal<View>("picture");
export const loading = signal(true);
export const busy = signal(false);
export const trouble = signal("");
export const shown = signal<Shown | null>(null);
export const question = signal<Question | null>(null);
export const inBrowser = signal<Answer | null>(null);
export const onServer = signal<Answer | null>(null);
export const rate = signal(0); // frames a second

export const answer = computed(() => (where.value === "server" ? onServer.value : inBrowser.value));
/** Whether the model was no better than a guess, as receta/evaluation/warning.py has it: nothing that it says is sure. */
export const poor = computed(() => model.value?.verdict === "not better than guessing");
export const best = computed(() => {
  if (!answer.value || !model.value) return null;
  const { probabilities, none } = answer.value;
  const index = probabilities.indexOf(Math.max(...probabilities));
  return { index, none, name: model.value.class_names[index]!, share: probabilities[index]!, sure: !none && !poor.value && probabilities[index]! >= model.value.sure_from };
});
/** The largest difference of a probability between browser and server. */
export const gap = computed(() => {
  const [ours, theirs] = [inBrowser.value?.probabilities, onServer.value?.probabilities];
  if (!ours || !theirs || ours.length !== theirs.length) return null;
  return ours.reduce((most, share, index) => Math.max(most, Math.abs(share - theirs[index]!)), 0);
});

/** What a model is called on the page: by its data, and by its own name where several are of the same. */
export function called(one: Model): string {
  const title = one.title ?? one.name;
  return models.value.filter((other) => (other.title ?? other.name) === title).length > 1 ? `${title} (${one.name})` : title;
}

/** Whether what is drawn by hand may look like what the model knows: small grey pictures. */
export const drawable = computed(() => {
  const [height, width, channels] = model.value?.input.shape ?? [0, 0, 0];
  return channels === 1 && Math.max(height!, width!) <= DRAWN;
});

/** What the one input of the model takes; null of pictures, and before there is a model. */
export const spec = computed<Spec | null>(() => {
  const first = model.value?.specs?.[0];
  return first && first.meaning !== "picture" ? first : null;
});
export const task = computed(() => model.value?.task ?? "classes");

let running: Runner | null = null;
let latest = 0; // number of the newest question: late answers to older ones are dropped
let aborting: AbortController | null = null;

export function say(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  trouble.value = error instanceof Trouble ? error.message : String(error instanceof Error ? error.message : error);
}

/** Ask what there is; where a model is named, that one is chosen. */
export async function begin(chosen?: string): Promise<void> {
  try {
    page.value = await about();
    if (page.value.teach && loading.value) view.value = "camera"; // there is nothing to look at yet
    const list = page.value.server ? (await ask<{ models: Model[] }>("v1/models")).models : (page.value.models ?? []);
    models.value = list;
    trouble.value = "";
    const wanted = list.find((one) => one.name === (chosen ?? model.value?.name)) ?? list[0];
    if (wanted) await choose(wanted);
    else model.value = null;
  } catch (error) {
    say(error);
  } finally {
    loading.value = false;
  }
}

/** Look with this model from now on, in the browser where it can run there. */
export async function choose(wanted: Model): Promise<void> {
  running?.dispose();
  running = null;
  batch(() => {
    loading.value = true;
    backend.value = null;
    model.value = wanted;
    inBrowser.value = onServer.value = null;
    examples.value = [];
    question.value = null;
  });
  void showExamples(wanted);
  let reason = "";
  if (wanted.web) {
    try {
      running = await runner(wanted.web, wanted.input.shape);
      backend.value = running.backend;
    } catch (error) {
      reason = words.value.engineFailed(String(error instanceof Error ? error.message : error).slice(0, 200));
    }
  }
  if (model.value !== wanted) return;
  if (view.value === "draw" && !drawable.value) view.value = "picture";
  if (!running) where.value = "server";
  else if (!page.value.server || where.value === "server") where.value = "browser";
  loading.value = false;
  trouble.value = reason;
  await again();
}

async function showExamples(wanted: Model): Promise<void> {
  if (!wanted.examples) return;
  const response = await fetch(wanted.examples, withToken()).catch(() => null);
  const list = response?.ok ? ((await response.json()) as Example[]) : [];
  if (model.value === wanted) examples.value = list;
}

export async function useBackend(wanted: Backend): Promise<void> {
  await running?.use(wanted);
  backend.value = running?.backend ?? null;
  await again();
}

export async function runAt(place: Where): Promise<void> {
  where.value = place;
  await again();
}

const again = async () => {
  if (question.value) await put(question.value);
  else if (shown.value && !shown.value.live && !spec.value) await show(shown.value);
};

/** Show a file that was chosen, dropped or pasted. */
export async function showFile(file: Blob, name: string): Promise<void> {
  trouble.value = "";
  try {
    if (page.value.server && where.value !== "browser" && file.size > MOST_BYTES) {
      throw new Trouble(words.value.tooLarge(name, (file.size / 1e6).toFixed(1), MOST_BYTES / 1e6));
    }
    await show(await readable(file, name));
  } catch (error) {
    batch(() => {
      shown.value = null;
      inBrowser.value = onServer.value = null;
    });
    say(error);
  }
}

/** What the browser cannot show (TIFF), the server may know, where it is the one that is asked. */
async function readable(file: Blob, name: string): Promise<Shown> {
  try {
    return await fromFile(file, name);
  } catch (error) {
    if (!page.value.server || !model.value || where.value !== "server") throw error;
    try {
      await predicted(model.value, [[file, name]]);
    } catch (refused) {
      throw refused instanceof Trouble ? new Trouble(words.value.notReadThere(name, refused.message)) : refused;
    }
    return unseen(file, name);
  }
}

/** Show a picture and have it answered; resolves when that is done. */
export async function show(picture: Shown): Promise<void> {
  shown.value = picture;
  await answered(() => inTheBrowser(picture), (signal) => atTheServer(picture, signal));
}

/** Have a row, a history or a text answered; null takes the answer away. */
export async function put(asked: Question | null): Promise<void> {
  question.value = asked;
  if (!asked) {
    latest++;
    aborting?.abort();
    batch(() => {
      inBrowser.value = onServer.value = null;
      busy.value = false; // who was asked before is waited for no longer
    });
    return;
  }
  const said = (outputs: Float32Array): Said => ({ probabilities: outputs, none: false });
  await answered(
    async () => said(await running!.ask(asked.values)),
    async (signal) => said(await outputsOf(model.value!, asked.instance, signal)),
  );
}

async function answered(ours: () => Promise<Said>, theirs: (signal: AbortSignal) => Promise<Said>): Promise<void> {
  const mine = ++latest;
  aborting?.abort();
  aborting = new AbortController();
  // Without a server nobody is asked before the network runs here: `choose` shows the picture again then.
  if (!model.value || (!page.value.server && !running)) return;
  busy.value = true;
  try {
    const asked = where.value, { signal } = aborting;
    const [browser, server] = await Promise.all([
      asked === "server" ? null : timed(ours),
      asked === "browser" ? null : timed(() => theirs(signal)),
    ]);
    if (mine !== latest) return;
    batch(() => {
      inBrowser.value = browser;
      onServer.value = server;
      trouble.value = "";
    });
  } catch (error) {
    if (mine !== latest) return;
    inBrowser.value = onServer.value = null;
    say(error);
  } finally {
    if (mine === latest) busy.value = false;
  }
}

async function timed(work: () => Promise<Said>): Promise<Answer> {
  const began = performance.now();
  const said = await work();
  return { ...said, milliseconds: performance.now() - began };
}

export const prepare = (canvas: HTMLCanvasElement): Pixels => prepared(canvas, model.value!.input.shape, model.value!.fit ?? "stretch");

const inTheBrowser = (picture: Shown): Promise<Said> => running!.judge(prepare(picture.canvas));

async function atTheServer(picture: Shown, signal: AbortSignal): Promise<Said> {
  const file = picture.original ?? (await encoded(picture.canvas));
  return (await predicted(model.value!, [[file, picture.name]], signal))[0]!;
}

/** Probabilities of pictures of the network's own size, from wherever the page asks. */
export async function ofPixels(pictures: Pixels[], painted: (one: Pixels) => HTMLCanvasElement): Promise<Float32Array[]> {
  if (where.value !== "server" && running) return running.predict(pictures);
  const files = await Promise.all(pictures.map(async (one): Promise<[Blob, string]> => [await encoded(painted(one)), "piece.png"]));
  return (await predicted(model.value!, files)).map((one) => one.probabilities);
}
