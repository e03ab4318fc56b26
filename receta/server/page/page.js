// What does the page do? It sends one picture to its own server and shows the answer.
// Names of classes and files are anybody's text: they become text nodes, never markup.
"use strict";

const MOST_BYTES = 10_000_000; // as in api.py
const one = (id) => document.getElementById(id);
let token = null;
let latest = null; // { file, controller } of the picture that is shown
let shownUrl = null;

async function ask(path, options = {}) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({ reason: `The server answered ${response.status}.` }));
  one("token-field").hidden = response.status !== 401;
  if (response.status === 401) {
    one("token").focus();
    throw new Error(token ? "This token is wrong." : "This server asks for a token.");
  }
  if (!response.ok) throw new Error(answer.reason);
  return answer;
}

function trouble(text) {
  one("trouble").textContent = text;
  one("trouble").hidden = !text;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const percent = (share) =>
  share < 0.0005 ? "< 0.1 %" : share > 0.9995 ? "> 99.9 %" : `${(share * 100).toFixed(1)} %`;

function showModel(models) {
  const chosen = models.find((model) => model.name === one("model").value) ?? models[0];
  const [height, width, channels] = chosen.input.shape;
  one("model-name").textContent = chosen.name;
  one("model-facts").textContent =
    `${chosen.class_names.length} classes, sees ${height} × ${width} ${channels === 1 ? "grey" : "colour"}`;
  document.title = `${chosen.name}: receta`;
}

async function begin() {
  try {
    const { models } = await ask("/v1/models");
    one("model").replaceChildren(...models.map((model) => new Option(model.name, model.name)));
    one("model-field").hidden = models.length < 2;
    one("model").onchange = () => { showModel(models); if (latest) send(latest.file); };
    showModel(models);
    trouble("");
  } catch (error) {
    trouble(error.message);
  }
}

function showPicture(file) {
  if (shownUrl) URL.revokeObjectURL(shownUrl);
  shownUrl = URL.createObjectURL(file);
  const picture = one("picture");
  picture.onload = () => picture.classList.toggle("tiny", Math.max(picture.naturalWidth, picture.naturalHeight) <= 96);
  picture.alt = `The picture ${file.name}`;
  picture.src = shownUrl;
  one("caption").textContent = file.name;
}

function showAnswer(said, milliseconds) {
  const [best] = said.top;
  const verdict = one("verdict");
  verdict.replaceChildren(element("bdi", "", best.class));
  verdict.append(element("small", "", said.sure ? `${percent(best.probability)} probable` : `Not sure: only ${percent(best.probability)} probable`));
  one("classes").replaceChildren(...said.top.map((row) => {
    const line = element("li");
    const track = element("div", "track");
    const bar = element("div");
    bar.style.width = `${Math.max(row.probability * 100, 0.5)}%`;
    track.append(bar);
    track.setAttribute("aria-hidden", "true");
    const name = element("span", "name");
    name.append(element("bdi", "", row.class));
    line.append(name, element("span", "share", percent(row.probability)), track);
    return line;
  }));
  one("time").textContent = `Answered in ${Math.round(milliseconds)} ms.`;
}

async function send(file) {
  if (!file) return;
  latest?.controller.abort();
  const mine = (latest = { file, controller: new AbortController() });
  trouble("");
  if (file.size > MOST_BYTES) {
    one("result").hidden = true;
    return trouble(`${file.name} has ${(file.size / 1e6).toFixed(1)} MB; this server takes up to ${MOST_BYTES / 1e6} MB.`);
  }
  showPicture(file);
  one("result").setAttribute("aria-busy", "true");
  const form = new FormData();
  form.append("file", file, file.name);
  const began = performance.now();
  try {
    const model = one("model").value;
    const query = model ? `?model=${encodeURIComponent(model)}` : "";
    const answer = await ask(`/v1/predict${query}`, { method: "POST", body: form, signal: mine.controller.signal });
    if (mine !== latest) return;
    showAnswer(answer.predictions[0], performance.now() - began);
    one("result").hidden = false;
  } catch (error) {
    if (mine !== latest) return;
    one("result").hidden = true;
    trouble(error.message);
  }
  one("result").setAttribute("aria-busy", "false");
}

function chosenFrom(transfer) {
  const file = [...transfer.files][0];
  if (!file) trouble("That was no picture file. Save the picture first, then drop or choose the file.");
  return file;
}

one("file").addEventListener("change", (event) => { send(event.target.files[0]); event.target.value = ""; });
document.addEventListener("paste", (event) => { if (event.clipboardData.files.length) send(event.clipboardData.files[0]); });
document.addEventListener("dragover", (event) => { event.preventDefault(); one("drop").classList.add("over"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) one("drop").classList.remove("over"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  one("drop").classList.remove("over");
  send(chosenFrom(event.dataTransfer));
});
one("token-field").addEventListener("submit", async (event) => {
  event.preventDefault();
  token = one("token").value.trim();
  await begin();
  if (latest && one("token-field").hidden) send(latest.file);
});
begin();
