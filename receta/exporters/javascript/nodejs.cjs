// How does Python ask the real TensorFlow.js? One process: questions on stdin, answers on stdout.
// A message is 4 bytes (length of the head), the head (JSON), then the bytes of its arrays, one after the other.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const scripts = process.argv[2]; // folder with tf.min.js, tf-backend-wasm.min.js and its .wasm files
console.log = console.info = console.warn = () => {}; // stdout is for answers, and advice of tfjs for nobody

// Both are written for pages and for packages alike; here the second is given the first by hand.
function module_(name, needs) {
  const made = { exports: {} };
  const code = fs.readFileSync(path.join(scripts, name), "utf8");
  vm.compileFunction(code, ["exports", "module", "require", "__dirname"], { filename: name })(made.exports, made, needs, scripts);
  return made.exports;
}

const tf = module_("tf.min.js", require);
const wasm = module_("tf-backend-wasm.min.js", (name) => (name.startsWith("@tensorflow/") ? tf : require(name)));
wasm.setWasmPaths(scripts + path.sep);

const models = new Map();
let next = 0;

function send(head, arrays = []) {
  const text = Buffer.from(JSON.stringify(head));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(text.length);
  for (const part of [size, text, ...arrays.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength))]) {
    for (let at = 0; at < part.length; ) at += fs.writeSync(1, part, at);
  }
}

async function load(folder) {
  const model = JSON.parse(fs.readFileSync(path.join(folder, "model.json"), "utf8"));
  const weights = model.weightsManifest.flatMap((group) => group.paths).map((name) => fs.readFileSync(path.join(folder, name)));
  const joined = Buffer.concat(weights);
  const artifacts = {
    modelTopology: model.modelTopology,
    format: model.format,
    signature: model.signature,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: joined.buffer.slice(joined.byteOffset, joined.byteOffset + joined.byteLength),
  };
  const handler = tf.io.fromMemory(artifacts);
  return model.format === "graph-model" ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler);
}

function values(output) {
  const found = output.dataSync();
  return found instanceof Float32Array ? found : Float32Array.from(found);
}

/** The same network with what its last dense layer takes as a second output, as web/src/engine.ts makes it. */
function featured(model) {
  let tensor = model.outputs[0];
  while (tensor.sourceLayer.getClassName() !== "Dense") tensor = tensor.inputs[0];
  return tf.model({ inputs: model.inputs, outputs: [model.outputs[0], tensor.inputs[0]] });
}

function predict(model, head, bytes) {
  return tf.tidy(() => {
    let at = 0;
    const inputs = head.inputs.map(({ shape, dtype }) => {
      const n = shape.reduce((product, side) => product * side, 1);
      const slice = bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + 4 * n);
      at += 4 * n;
      return tf.tensor(dtype === "float32" ? new Float32Array(slice) : new Int32Array(slice), shape, dtype);
    });
    const given = model.predict(inputs.length === 1 ? inputs[0] : inputs);
    const outputs = Array.isArray(given) ? given : [given];
    return [outputs.map((one) => ({ shape: one.shape })), outputs.map(values)];
  });
}

async function answer(head, bytes) {
  if (head.backend) {
    if (!(await tf.setBackend(head.backend))) throw new Error(`no backend ${head.backend}`);
    return send({ backend: tf.getBackend() });
  }
  if (head.load !== undefined) {
    const model = await load(head.load);
    models.set(next, head.featured ? featured(model) : model);
    return send({ model: next++ });
  }
  if (head.drop !== undefined) {
    models.get(head.drop).dispose();
    models.delete(head.drop);
    return send({});
  }
  const [outputs, arrays] = predict(models.get(head.predict), head, bytes);
  return send({ outputs }, arrays);
}

function read(n) {
  const bytes = Buffer.alloc(n);
  for (let at = 0; at < n; ) {
    const got = fs.readSync(0, bytes, at, n - at, null);
    if (!got) process.exit(0); // Python let go of the pipe
    at += got;
  }
  return bytes;
}

async function main() {
  for (;;) {
    const head = JSON.parse(read(read(4).readUInt32LE(0)).toString());
    const bytes = read(head.bytes || 0);
    try {
      await answer(head, bytes);
    } catch (error) {
      send({ error: String((error && error.message) || error) });
    }
  }
}

main();
