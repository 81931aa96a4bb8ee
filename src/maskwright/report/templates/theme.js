"use strict";
// Before anything is drawn: the theme that the reader chose last time, and that scripts run.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  try {
    const chosen = localStorage.getItem("maskwright-theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // Some browsers keep nothing for files; then the system decides.
  }
})();
