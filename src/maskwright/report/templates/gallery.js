// Keyboard control of the gallery, the enlarged picture and the list of keys.
(() => {
  const help = document.getElementById("help");
  const viewer = document.getElementById("viewer");
  const list = document.getElementById("photos");
  const views = [...document.querySelectorAll("input[name=view]")];
  const photos = () => (list ? [...list.querySelectorAll(".photo:not([hidden])")] : []);
  const pictures = (photo) => [...photo.querySelectorAll(".tile button")];
  let current = null; // the selected picture

  // Only the selected picture is in the tab order; arrow keys select the others.
  function choose(picture) {
    if (current) current.tabIndex = -1;
    current = picture;
    if (picture) picture.tabIndex = 0;
  }

  function start() {
    const visible = photos();
    if (current && visible.includes(current.closest(".photo"))) return;
    choose(visible.length ? pictures(visible[0])[0] : null);
  }

  function goTo(picture) {
    choose(picture);
    if (!viewer.open) picture.focus({ preventScroll: true }); // behind a modal nothing can take focus
    picture.closest(".photo").scrollIntoView({ block: "nearest", behavior: "instant" });
    if (viewer.open) enlarge();
  }

  function move(photoSteps, pictureSteps) {
    const visible = photos();
    if (!visible.length) return;
    const here = current.closest(".photo");
    const column = pictures(here).indexOf(current);
    const inGallery = viewer.open || document.activeElement === current;
    // The first key only selects the gallery.
    const steps = inGallery ? photoSteps : 0;
    const at = Math.min(visible.length - 1, Math.max(0, visible.indexOf(here) + steps));
    const row = pictures(visible[at]);
    goTo(row[Math.min(row.length - 1, Math.max(0, column + pictureSteps))]);
  }

  function enlarge() {
    const photo = current.closest(".photo");
    const tile = current.closest(".tile");
    const stage = document.getElementById("stage");
    const place = [...photo.classList].find((name) => /^p\d+$/.test(name));
    stage.className = `${place} ${tile.dataset.kind}`;
    stage.replaceChildren(current.querySelector(".picture").cloneNode(true));
    document.getElementById("viewer-title").textContent = photo.dataset.name;
    document.getElementById("viewer-said").textContent = tile.dataset.said;
    if (!viewer.open) viewer.showModal();
  }

  const keys = {
    j: () => move(1, 0),
    k: () => move(-1, 0),
    t: () => document.getElementById("theme").click(),
    "?": () => (help.open ? help.close() : help.showModal()),
    "/": () => document.getElementById("search")?.focus(),
  };
  const arrows = {
    ArrowDown: () => move(1, 0),
    ArrowUp: () => move(-1, 0),
    ArrowRight: () => move(0, 1),
    ArrowLeft: () => move(0, -1),
    Home: () => move(-Infinity, 0),
    End: () => move(Infinity, 0),
  };

  function actionOf(key) {
    const view = views[Number(key) - 1];
    if (view) return () => { view.checked = true; };
    const inGallery = viewer.open || (current && document.activeElement === current);
    return inGallery && arrows[key] ? arrows[key] : keys[key];
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches("input[type=search], select")) return;
    if (help.open && event.key !== "?" && event.key !== "t") return;
    const action = actionOf(event.key);
    if (!action) return;
    event.preventDefault();
    action();
  });
  viewer.addEventListener("click", (event) => {
    const button = event.target.closest("[data-key]");
    if (button) actionOf(button.dataset.key)();
  });

  list?.addEventListener("click", (event) => {
    const picture = event.target.closest(".tile button");
    if (!picture) return;
    choose(picture);
    enlarge();
  });
  document.getElementById("help-button").addEventListener("click", keys["?"]);
  for (const dialog of [help, viewer]) {
    // A click on the dialog itself is outside its contents.
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest(".close")) dialog.close();
    });
  }
  viewer.addEventListener("close", () => current?.focus({ preventScroll: true }));
  document.addEventListener("gallery-changed", start);
  start();
})();
