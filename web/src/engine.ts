// How does a network run in the browser? TensorFlow.js, on WebAssembly or the graphics card.
import type * as TF from "@tensorflow/tfjs";
import { type Kept, Likeness } from "./likeness";
import type { Pixels } from "./pixels";
import { withToken } from "./server";

export type Backend = "wasm" | "webgl" | "cpu";
export const backendNames: Record<Backend, string> = { wasm: "WebAssembly", webgl: "WebGL", cpu: "JavaScript" };

type TensorFlow = typeof TF & { wasm: { setWasmPaths(folder: string): void } };
declare global {
  var tf: TensorFlow | undefined;
}

const SLOW_MS = 25; // of one picture on WebAssembly: then it is worth trying the graphics card

/** What a network says of a picture: probabilities (classes), and whether it is none of them, where that can be told. */
export interface Said {
  probabilities: Float32Array;
  none: boolean;
}

/** A network that is loaded. */
export interface Runner {
  backend: Backend;
  /** Probabilities (classes) of pictures of the network's own size. */
  predict(pictures: Pixels[]): Promise<Float32Array[]>;
  /** What it says of one example of numbers, as it takes them. */
  ask(values: Float32Array | Int32Array): Promise<Float32Array>;
  /** The same of one picture, and whether it is unlike all classes. */
  judge(picture: Pixels): Promise<Said>;
  use(backend: Backend): Promise<void>;
  dispose(): void;
}

function script(source: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = source;
    element.onload = () => resolve();
    element.onerror = () => reject(new Error(`${source} cannot be loaded`));
    document.head.append(element);
  });
}

let loading: Promise<TensorFlow> | undefined;

function tensorflow(): Promise<TensorFlow> {
  loading ??= (async () => {
    // Where this name is unknown, tf.min.js makes code out of text to define it, which the page's policy forbids.
    Object.assign(globalThis, { regeneratorRuntime: undefined });
    await script("tfjs/tf.min.js");
    await script("tfjs/tf-backend-wasm.min.js");
    const tf = globalThis.tf!;
    tf.enableProdMode();
    tf.wasm.setWasmPaths(new URL("tfjs/", document.baseURI).href);
    return tf;
  })();
  loading.catch(() => (loading = undefined));
  return loading;
}

async function useFirst(tf: TensorFlow, backends: Backend[]): Promise<Backend> {
  for (const backend of backends) {
    if (await tf.setBackend(backend).catch(() => false)) return backend;
  }
  throw new Error("no engine starts");
}

/** What receta wrote into model.json beside the network. */
interface Described {
  format?: string;
  userDefinedMetadata?: { proven_on?: string; likeness?: Kept };
}

/** The same network with what its last dense layer takes as a second output, as receta/exporters/tfjs/nodejs.cjs makes it. */
function withFeatures(tf: TensorFlow, model: TF.LayersModel): TF.LayersModel {
  let tensor = model.outputs[0]!;
  while (tensor.sourceLayer.getClassName() !== "Dense") tensor = tensor.inputs[0]!;
  return tf.model({ inputs: model.inputs, outputs: [model.outputs[0]!, tensor.inputs[0]!] });
}

/** Load the network in a folder and let it answer once, on the engine that is quickest here. */
export async function runner(folder: string, shape: number[]): Promise<Runner> {
  const tf = await tensorflow();
  const address = new URL("model.json", new URL(folder, document.baseURI)).href;
  const { format, userDefinedMetadata } = (await fetch(address, withToken()).then((response) => {
    if (!response.ok) throw new Error(`model.json: ${response.status}`);
    return response.json();
  })) as Described;
  // A network with a layer that WebAssembly lacks, or computes otherwise, was proven in plain JavaScript.
  let backend = await useFirst(tf, userDefinedMetadata?.proven_on === "cpu" ? ["cpu"] : ["wasm", "webgl", "cpu"]);
  const load: (address: string, how: TF.io.LoadOptions) => Promise<TF.GraphModel | TF.LayersModel> =
    format === "graph-model" ? tf.loadGraphModel : tf.loadLayersModel;
  const model = await load(address, { requestInit: withToken() });
  const whole = model.inputs[0]?.dtype === "int32" ? "int32" : "float32";
  const likeness = userDefinedMetadata?.likeness && new Likeness(userDefinedMetadata.likeness);
  const featured = likeness && format !== "graph-model" ? withFeatures(tf, model as TF.LayersModel) : null;

  const size = shape.reduce((all, side) => all * side, 1);

  const given = async (network: typeof model, values: Float32Array | Int32Array): Promise<Float32Array[]> => {
    const outputs = tf.tidy(() => {
      const said = network.predict(tf.tensor(values, [values.length / size, ...shape], whole), {});
      return (Array.isArray(said) ? said : [said]) as TF.Tensor[];
    });
    const all = await Promise.all(outputs.map((one) => one.data() as Promise<Float32Array>));
    outputs.forEach((one) => one.dispose());
    return all;
  };

  const packed = (pictures: Pixels[]): Float32Array => {
    const values = new Float32Array(pictures.length * size);
    pictures.forEach((picture, index) => values.set(picture.data, index * size));
    return values;
  };

  const made: Runner = {
    get backend() {
      return backend;
    },
    async predict(pictures) {
      const all = (await given(model, packed(pictures)))[0]!;
      const classes = all.length / pictures.length;
      return pictures.map((_, index) => all.slice(index * classes, (index + 1) * classes));
    },
    ask: async (values) => (await given(model, values))[0]!,
    async judge(picture) {
      if (!likeness || !featured) return { probabilities: (await this.predict([picture]))[0]!, none: false };
      const [probabilities, features] = await given(featured, packed([picture]));
      return { probabilities: probabilities!, none: likeness.none(likeness.unlike(features!)) };
    },
    async use(wanted) {
      backend = await useFirst(tf, [wanted, backend]);
      await this.ask(blank);
    },
    dispose: () => void model.dispose(),
  };
  const blank = whole === "int32" ? new Int32Array(size) : new Float32Array(size);
  await made.ask(blank);
  if (backend === "wasm") await quicker(made, blank);
  return made;
}

/** Move a network that is slow on WebAssembly to the graphics card, where that is quicker. */
async function quicker(made: Runner, blank: Float32Array | Int32Array): Promise<void> {
  const once = async () => {
    const began = performance.now();
    await made.ask(blank);
    return performance.now() - began;
  };
  const wasm = Math.min(await once(), await once());
  if (wasm < SLOW_MS) return;
  await made.use("webgl");
  if (made.backend === "webgl" && Math.min(await once(), await once()) > wasm) await made.use("wasm");
}
