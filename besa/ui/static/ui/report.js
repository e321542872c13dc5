// What is typed on a page of a report is kept on this device while the line may be lost, sealed by a key that only the
// signed-in session has: the server writes it into the page, and it is nowhere stored here (docs/decisions/0012). It comes
// back into the form after a reload or a crash, and what was sent without a line goes out when there is one. Without this
// script, and where a browser cannot seal, a report works as a form.
(() => {
  const line = document.querySelector("[data-line]");
  if (!line || !globalThis.crypto?.subtle || !globalThis.indexedDB) return;
  const { key, draft = "", slug = "", step = "" } = line.dataset;
  const version = Number(line.dataset.version || 0);
  const form = slug ? document.querySelector("form[data-page]") : null;
  const KEPT_FOR = 8 * 3600 * 1000; // a session lasts no longer
  const SETTLES = 700;
  const BLOCK = 512; // lengths are rounded up, so that they tell little
  const NOT_KEPT = ["csrfmiddlewaretoken", "version", "later", "check"];
  const bytes = new TextEncoder();
  let boxes, names, store, timer, waiting, isGoing = false;

  // --- sealing
  async function unlock() {
    const raw = Uint8Array.from(atob(key), (sign) => sign.charCodeAt(0));
    const root = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);
    const from = (what) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: bytes.encode(what) });
    const sealing = { name: "AES-GCM", length: 256 }, naming = { name: "HMAC", hash: "SHA-256", length: 256 };
    boxes = await crypto.subtle.deriveKey(from("report box"), root, sealing, false, ["encrypt", "decrypt"]);
    names = await crypto.subtle.deriveKey(from("report name"), root, naming, false, ["sign"]);
  }
  async function named(what) {
    const sign = new Uint8Array(await crypto.subtle.sign("HMAC", names, bytes.encode(what)));
    return Array.from(sign, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  async function seal(words, name) {
    const iv = crypto.getRandomValues(new Uint8Array(12)), text = String(new URLSearchParams(words));
    const padded = bytes.encode(text.padEnd(Math.ceil((text.length + 1) / BLOCK) * BLOCK));
    const how = { name: "AES-GCM", iv, additionalData: bytes.encode(name) };
    return { name, iv, box: await crypto.subtle.encrypt(how, boxes, padded), until: Date.now() + KEPT_FOR };
  }
  async function unseal(row) {
    const how = { name: "AES-GCM", iv: row.iv, additionalData: bytes.encode(row.name) };
    const text = new TextDecoder().decode(await crypto.subtle.decrypt(how, boxes, row.box));
    return Object.fromEntries(new URLSearchParams(text.trimEnd()));
  }

  // --- the store: rows {name, iv, box, until}
  function answer(asked) {
    return new Promise((resolve, reject) => {
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }
  async function open() {
    const asked = indexedDB.open("kept", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("pages", { keyPath: "name" });
    store = await answer(asked);
    store.onversionchange = () => store.close(); // it is being wiped
  }
  const rows = (how = "readonly") => store.transaction("pages", how).objectStore("pages");
  const forget = (name) => answer(rows("readwrite").delete(name));

  // Every page that is kept and can be opened; what is over, or of another session, is gone.
  async function kept() {
    const found = [];
    for (const row of await answer(rows().getAll())) {
      const page = row.until > Date.now() ? await unseal(row).catch(() => null) : null;
      if (page) found.push({ ...page, name: row.name });
      else await forget(row.name);
    }
    return found;
  }

  // --- the form
  function typed() {
    const data = new FormData(form);
    for (const name of NOT_KEPT) data.delete(name);
    return String(new URLSearchParams(data));
  }
  async function keep(isSent = false) {
    clearTimeout(timer);
    const title = document.querySelector("h1").textContent.trim();
    const page = { draft, slug, title, version, sent: isSent ? "yes" : "", path: location.pathname, typed: typed() };
    const row = await seal(page, await named(`${draft} ${slug}`));
    await answer(rows("readwrite").put(row));
  }
  function controls(name) {
    return Array.from(form.elements).filter((one) => one.name === name);
  }
  function fill(values) {
    for (const one of form.elements) {
      if (!one.name || one.type === "hidden" || one.tagName === "BUTTON" || NOT_KEPT.includes(one.name)) continue;
      const given = values.getAll(one.name);
      if (one.type === "radio" || one.type === "checkbox") one.checked = given.includes(one.value);
      else if (one.multiple) for (const option of one.options) option.selected = given.includes(option.value);
      else one.value = given[0] ?? "";
    }
  }
  function inWords(name, values) {
    const said = values.map((value) => {
      const one = controls(name).find((control) => control.value === value && control.labels?.length);
      const option = controls(name).flatMap((control) => Array.from(control.options ?? [])).find((it) => it.value === value);
      const isChoice = one && (one.type === "radio" || one.type === "checkbox");
      return option ? option.textContent.trim() : isChoice ? one.labels[0].textContent.trim() : value;
    });
    return said.filter(Boolean).join(", ") || "–";
  }

  // --- what is said
  function say(words, look = "info") {
    const box = document.createElement("div");
    box.className = `alert alert-${look}`;
    const text = document.createElement("div");
    text.textContent = words;
    box.append(text);
    line.replaceChildren(box);
    line.hidden = false;
    return text;
  }
  function list(lines) {
    const all = document.createElement("ul");
    for (const one of lines) {
      const item = document.createElement("li");
      item.append(one);
      all.append(item);
    }
    return all;
  }

  // --- what happens
  async function goAway(page) {
    // The page that this one came from has arrived: the report stands one version further, and it was the last to change it.
    const states = [line, ...document.querySelectorAll("[data-state]")];
    const state = states.map((one) => one.dataset).find((one) => one.draft === page.draft);
    const isThere = page.sent && state && state.step === page.slug && Number(state.version) === Number(page.version) + 1;
    const isOver = !draft && line.dataset.all !== undefined && !state; // sent, thrown away or expired
    if (isThere || isOver) await forget(page.name);
    return isThere || isOver;
  }
  async function restore(page) {
    const now = new URLSearchParams(typed()), mine = new URLSearchParams(page.typed);
    if (String(now) === String(mine)) return forget(page.name);
    fill(mine);
    if (Number(page.version) === version) return void say(page.sent ? line.dataset.unsent : line.dataset.restored, "success");
    const other = [...new Set([...now.keys(), ...mine.keys()])].filter((name) => String(now.getAll(name)) !== String(mine.getAll(name)));
    const lines = other.filter((name) => controls(name).some((one) => one.type !== "hidden")).map((name) => inWords(name, now.getAll(name)));
    say(line.dataset.conflict, "warning").append(list(lines));
    return undefined;
  }
  function go(button) {
    isGoing = true;
    waiting = undefined;
    form.requestSubmit(button);
  }
  function watch() {
    form.removeAttribute("data-keep"); // nothing is lost by leaving
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => keep(), 300);
    });
    addEventListener("pagehide", () => { if (timer) keep(); });
    addEventListener("pageshow", (event) => { if (event.persisted) isGoing = false; });
    form.addEventListener("submit", async (event) => {
      if (isGoing) return;
      event.preventDefault();
      const button = event.submitter;
      await keep(true).catch(() => null);
      if (navigator.onLine) return go(button);
      waiting = button;
      say(line.dataset.waiting, "warning");
    });
  }
  const ending = /\/(send|discard|hand-over)\/$/;
  function watchTheEnd() {
    document.addEventListener("submit", (event) => {
      if (!draft || !ending.test(event.target.action)) return;
      kept().then((pages) => pages.filter((page) => page.draft === draft).forEach((page) => forget(page.name)));
    });
  }
  addEventListener("offline", () => say(line.dataset.away, "warning"));
  addEventListener("online", () => {
    if (!waiting) return say(line.dataset.back, "success");
    setTimeout(() => { if (waiting && navigator.onLine) go(waiting); }, SETTLES); // a line that has just come is not there at once
    return undefined;
  });

  async function begin() {
    await unlock();
    await open();
    if (form) watch();
    watchTheEnd();
    const others = [];
    for (const page of await kept()) {
      if (await goAway(page)) continue;
      if (form && page.draft === draft && page.slug === slug) {
        if (!form.querySelector("[data-returned]")) await restore(page);
      } else if (!form && (!draft || page.draft === draft)) others.push(page);
    }
    if (form?.querySelector("[data-returned]")) await keep(); // it came back with something wrong on it
    if (others.length) {
      say(line.dataset.others, "warning").append(list(others.map((page) => {
        const link = document.createElement("a");
        link.href = page.path;
        link.textContent = page.title;
        return link;
      })));
    }
    if (!navigator.onLine) say(line.dataset.away, "warning");
    line.dataset.ready = "";
  }
  async function install() {
    await navigator.serviceWorker?.register(line.dataset.worker, { scope: line.dataset.scope });
  }
  begin().catch(() => { line.dataset.ready = "no"; });
  install().catch(() => null);
})();
