// The page without a line: how much is kept, and back to where the person was as soon as there is a line.
(() => {
  const again = document.querySelector("[data-again]"), number = document.querySelector("[data-number]");
  again.href = location.pathname;
  const back = () => location.replace(location.pathname);
  addEventListener("online", () => setTimeout(back, 700));
  setInterval(() => { if (navigator.onLine) back(); }, 15000); // the server was away, not the line
  const asked = indexedDB.open("kept", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("pages", { keyPath: "name" });
  asked.onsuccess = () => {
    const store = asked.result;
    store.onversionchange = () => store.close();
    const counted = store.transaction("pages").objectStore("pages").count();
    counted.onsuccess = () => {
      number.textContent = String(counted.result);
      number.closest("[hidden]").hidden = counted.result === 0;
    };
  };
})();
