// Conveniences only; every page works without them.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form) form.requestSubmit();
});
let unsaved = false;
document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-keep]")) unsaved = true;
});
document.addEventListener("submit", () => { unsaved = false; });
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.closest("form[data-keep]") && event.detail.successful) unsaved = false;
});
addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  for (const menu of document.querySelectorAll("details.tool-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
const summary = document.querySelector(".error-summary");
if (summary) summary.focus();
