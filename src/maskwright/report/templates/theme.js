"use strict";
// Before anything is drawn: apply the last theme, and mark that scripts run.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  try {
    const chosen = localStorage.getItem("maskwright-theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // Some browsers store nothing for local files; then the system theme applies.
  }
})();
