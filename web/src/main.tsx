// What does the page begin with?
import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app";
import { canvasOf, fromFile } from "./picture";
import { begin, best, called, gap, inBrowser, model, onServer, page, prepare } from "./session";
import "./style.css";
import { language } from "./words";

effect(() => {
  document.documentElement.lang = language.value;
});
effect(() => {
  document.title = model.value ? `${called(model.value)}: receta` : "receta";
});
render(<App />, document.getElementById("page")!);
void begin().then(() => {
  // A folder of files is kept by the browser, so that it opens without a connection.
  if (!page.value.server && "serviceWorker" in navigator && isSecureContext) void navigator.serviceWorker.register("sw.js");
});

/** For the console and for tests: what the network is given of a file, and what was answered. */
export const receta = {
  seen: async (file: Blob) => prepare((await fromFile(file, "file")).canvas),
  said: () => ({ best: best.value, browser: inBrowser.value, server: onServer.value, gap: gap.value }),
  canvasOf,
};
Object.assign(globalThis, { receta });
