// The chosen theme, before the first paint. Runs in the head; "system" means no attribute.
(function () {
  "use strict";
  const root = document.documentElement;

  function stored() {
    try { return localStorage.getItem("theme") || "system"; } catch (error) { return "system"; }
  }

  function apply(choice) {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
  }

  function mark() {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === stored()));
    }
  }

  apply(stored());
  document.addEventListener("DOMContentLoaded", mark);
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    try { localStorage.setItem("theme", button.dataset.themeChoice); } catch (error) { /* private window: this page only */ }
    apply(button.dataset.themeChoice);
    mark();
    document.dispatchEvent(new CustomEvent("theme"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    document.dispatchEvent(new CustomEvent("theme"));
  });
})();
