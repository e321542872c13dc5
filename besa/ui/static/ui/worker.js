// Stands between the pages of reports and the line: where there is none, it shows a page that says what is kept. It keeps
// that page and static files; a page with data it never keeps (docs/decisions/0012).
const STORE = "kept-shell";
const SHELL = new URL(`offline/${new URL(location.href).searchParams.get("language") === "sq" ? "sq" : "en"}/`, location.href).href;
const STATIC = "/static/";

async function fill() {
  const shell = await fetch(SHELL, { credentials: "omit", cache: "no-store" });
  if (!shell.ok || shell.redirected) throw new Error("no shell");
  const text = await shell.clone().text();
  const parts = Array.from(text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g), (found) => found[1]);
  const store = await caches.open(STORE);
  await Promise.all([store.put(SHELL, shell), store.addAll(new Set(parts))]);
  await self.skipWaiting();
}

async function fromStore(address) {
  return (await caches.match(address)) ?? Response.error();
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const asked = event.request, address = new URL(asked.url);
  if (address.origin !== location.origin) return;
  if (asked.mode === "navigate") event.respondWith(fetch(asked).catch(() => fromStore(SHELL)));
  else if (asked.method === "GET" && address.pathname.startsWith(STATIC)) {
    event.respondWith(fetch(asked).catch(() => fromStore(asked)));
  }
});
