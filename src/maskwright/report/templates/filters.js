"use strict";
// Theme, and filters and order of the gallery.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  function nameTheme() {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Change to ${isDark() ? "light" : "dark"} colours`);
  }

  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
    try {
      localStorage.setItem("maskwright-theme", root.dataset.theme);
    } catch {
      // The choice is not remembered then.
    }
  });
  system.addEventListener("change", nameTheme);
  nameTheme();
  // Open all details for printing.
  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });

  const form = document.getElementById("filters");
  if (!form) return;
  const field = (id) => document.getElementById(id);
  const [list, low, high] = [field("photos"), field("low"), field("high")];
  const photos = [...list.children].map((element) => ({
    element,
    name: element.dataset.name,
    folded: element.dataset.name.toLowerCase(),
    ious: element.dataset.ious.trim().split(" ").map(Number),
    spread: Number(element.dataset.spread),
  }));
  const collator = new Intl.Collator(undefined, { numeric: true });

  function order(method) {
    const by = {
      worst: (one, other) => one.ious[method] - other.ious[method],
      best: (one, other) => other.ious[method] - one.ious[method],
      spread: (one, other) => other.spread - one.spread,
      name: (one, other) => collator.compare(one.name, other.name),
    };
    return by[field("order").value];
  }

  function apply() {
    const method = Number(field("method")?.value ?? 0);
    const words = field("search").value.toLowerCase().trim();
    const [least, most] = [Number(low.value), Number(high.value)];
    const differ = field("disagree")?.checked ?? false;
    let shown = 0;
    for (const photo of photos) {
      // Rounded like the ends of the slider.
      const iou = Math.round(photo.ious[method] * 100) / 100;
      const fits = photo.folded.includes(words) && iou >= least && iou <= most;
      photo.element.hidden = !(fits && (!differ || photo.spread >= 0.1));
      shown += photo.element.hidden ? 0 : 1;
    }
    // Sorting is stable: equal photos keep the order of the report.
    list.append(...[...photos].sort(order(method)).map((photo) => photo.element));
    field("span-said").textContent = `${least.toFixed(2)} to ${most.toFixed(2)}`;
    field("shown").textContent = `${shown} of ${photos.length} shown`;
    field("nothing").hidden = shown > 0;
    document.dispatchEvent(new CustomEvent("gallery-changed"));
  }

  low.addEventListener("input", () => { if (+low.value > +high.value) low.value = high.value; });
  high.addEventListener("input", () => { if (+high.value < +low.value) high.value = low.value; });
  form.addEventListener("input", apply);
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields are reset only after this event.
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
})();
