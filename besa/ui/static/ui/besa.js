// Conveniences only; every page works without them.

// Filters that send themselves.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form) form.requestSubmit();
});

// Ask before a half-written form is left.
let unsaved = false;
document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-keep]")) unsaved = true;
});
document.addEventListener("submit", () => { unsaved = false; });
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.closest("form[data-keep]") && event.detail.successful) unsaved = false;
});
addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

// Print, copy, close a message; close an open menu by a click beside it or by Escape.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.tool-menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}
document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.tool-menu"));
  if (event.target.closest("[data-print]")) print();
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard.writeText(document.querySelector(copy.dataset.copy).textContent.trim());
  event.target.closest("[data-dismiss]")?.closest(".alert").remove();
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.tool-menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

// What needs a script is shown only now that there is one.
function reveal(root) {
  for (const button of root.querySelectorAll("[data-dismiss][hidden], [data-print][hidden], [data-copy][hidden]")) button.hidden = false;
}
reveal(document);
document.addEventListener("htmx:afterSwap", (event) => reveal(event.target));

// A form that came back with problems: begin at their list.
document.querySelector(".error-summary")?.focus();
