// Filters, keys and the theme. Without it the page still shows everything.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const root = document.documentElement;
  const blocks = [...document.querySelectorAll(".block")];
  const bounds = [...document.querySelectorAll(".bound")];
  const chips = [...document.querySelectorAll(".chip")];
  const doubt = $("only-doubt");
  const overruled = $("only-overruled");
  const find = $("find");
  const help = $("help");
  const isOn = (button) => button.getAttribute("aria-pressed") === "true";
  const turn = (button, on) => button.setAttribute("aria-pressed", String(on));

  // Lower case once: a page may have many blocks.
  const texts = blocks.map((block) => block.querySelector(".said").textContent.toLowerCase());
  let current = -1;

  function apply() {
    const roles = new Set(chips.filter(isOn).map((chip) => chip.dataset.toggle));
    const wanted = find.value.trim().toLowerCase();
    let shown = 0;
    blocks.forEach((block, at) => {
      const hide =
        !roles.has(block.dataset.role) ||
        (isOn(doubt) && !("doubt" in block.dataset)) ||
        (isOn(overruled) && !("overruled" in block.dataset)) ||
        (wanted !== "" && !texts[at].includes(wanted));
      block.hidden = hide;
      if (!hide) shown += 1;
    });
    bounds.forEach((bound) => { bound.hidden = shown !== blocks.length; });
    $("shown").textContent = shown === blocks.length ? `${shown} blocks` : `${shown} of ${blocks.length} blocks`;
  }

  function show(keep) {
    chips.forEach((chip) => turn(chip, keep(chip.dataset.toggle)));
    apply();
  }

  function all() {
    [doubt, overruled].forEach((button) => turn(button, false));
    find.value = "";
    show(() => true);
  }

  const articleRoles = new Set(blocks.filter((block) => "article" in block.dataset).map((block) => block.dataset.role));
  function article() {
    const only = chips.every((chip) => isOn(chip) === articleRoles.has(chip.dataset.toggle));
    show((role) => only || articleRoles.has(role));
  }

  function flip(button) {
    turn(button, !isOn(button));
    apply();
  }

  function go(step) {
    let at = current < 0 ? (step > 0 ? -1 : blocks.length) : current;
    do at += step; while (at >= 0 && at < blocks.length && blocks[at].hidden);
    if (at < 0 || at >= blocks.length) return;
    blocks[at].focus({ preventScroll: true });
    blocks[at].scrollIntoView({ block: "nearest" });
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const scheme = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  function name() {
    root.dataset.scheme = scheme();
    $("theme").firstChild.textContent = scheme() === "dark" ? "Light " : "Dark ";
  }
  function theme() {
    root.dataset.theme = scheme() === "dark" ? "light" : "dark";
    name();
  }

  function reasons() {
    const open = !blocks.some((block) => !block.hidden && block.querySelector(".why").open);
    blocks.forEach((block) => { if (!block.hidden) block.querySelector(".why").open = open; });
  }

  const keys = {
    j: () => go(1),
    k: () => go(-1),
    e: reasons,
    a: article,
    d: () => flip(doubt),
    o: () => flip(overruled),
    0: all,
    t: theme,
    v: () => { $("json").open = !$("json").open; if ($("json").open) $("json").scrollIntoView({ block: "nearest" }); },
    s: () => { if (current >= 0) show((role) => role === blocks[current].dataset.role); },
    "/": () => find.focus(),
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target === find) {
      if (event.key === "Escape") { find.value = ""; apply(); find.blur(); }
      return;
    }
    if (event.key === "Enter" && event.target.classList.contains("block")) {
      const why = event.target.querySelector(".why");
      why.open = !why.open;
      return;
    }
    const chip = chips.find((other) => other.dataset.key === event.key);
    const act = chip ? () => flip(chip) : Object.hasOwn(keys, event.key) ? keys[event.key] : null;
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("focusin", (event) => {
    const block = event.target.closest(".block");
    if (block) current = blocks.indexOf(block);
  });
  chips.forEach((chip) => chip.addEventListener("click", () => flip(chip)));
  [doubt, overruled].forEach((button) => button.addEventListener("click", () => flip(button)));
  $("show-all").addEventListener("click", all);
  $("only-article").addEventListener("click", article);
  $("theme").addEventListener("click", theme);
  $("open-help").addEventListener("click", () => help.showModal());
  find.addEventListener("input", apply);
  dark.addEventListener("change", name);
  name();
  apply();
})();
