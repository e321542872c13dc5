// What reports have kept on this device is gone when the person signs out, and where somebody is about to sign in. The
// answer to signing out says the same to the browser (Clear-Site-Data).
(() => {
  function wipe() {
    globalThis.indexedDB?.deleteDatabase("kept");
    globalThis.caches?.delete("kept-shell");
  }
  if (document.currentScript.dataset.now !== undefined) wipe();
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-sign-out]")) wipe();
  });
})();
