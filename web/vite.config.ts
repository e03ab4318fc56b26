// How is the page built? Relative addresses throughout, so that it runs from any path of any host.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // what is inlined would need data: in the page's policy
    reportCompressedSize: false,
  },
});
