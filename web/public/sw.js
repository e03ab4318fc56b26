// How does an exported page open without a connection? The browser keeps its files, by version.
// `receta export --to web` writes VERSION and FILES above this line.
const MINE = `receta ${self.registration.scope}`;
const NOW = `${MINE} ${VERSION}`;

self.addEventListener("install", (event) => {
  // "reload": from the host itself, past what the browser happens to have of an older version.
  event.waitUntil(
    caches.open(NOW).then((kept) => kept.addAll(FILES.map((name) => new Request(name, { cache: "reload" })))).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith(`${MINE} `) && name !== NOW);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || !event.request.url.startsWith(self.registration.scope)) return;
  event.respondWith(
    caches.open(NOW).then((kept) => kept.match(event.request, { ignoreSearch: true })).then((found) => found ?? fetch(event.request)),
  );
});
