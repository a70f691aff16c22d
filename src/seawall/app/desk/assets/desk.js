// The tip of a traced number, arrow keys in tables, the theme's cookie, drafts of an edit, and what is said while the
// connection is lost. Texts are set as text, never as HTML.
(() => {
  const NAMES = { unit: "unit", formula: "formula", source: "source", as_of: "as of", origin: "origin" };
  let tip = null;
  let owner = null;

  const parsed = (text) => {
    try { return text ? JSON.parse(text) : {}; } catch { return {}; }
  };

  const hide = () => {
    if (owner) owner.removeAttribute("aria-describedby");
    if (tip) tip.remove();
    tip = owner = null;
  };

  const add = (parent, tag, text, name) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    parent.append(made);
  };

  const place = (target) => {
    const at = target.getBoundingClientRect();
    if (at.bottom < 0 || at.top > innerHeight) return hide();
    const own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - own.width / 2), innerWidth - own.width - 8);
    const above = at.top - own.height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : Math.min(at.bottom + 8, innerHeight - own.height - 8)}px`;
  };

  const show = (target) => {
    if (owner === target && tip) return;
    hide();
    const trace = { ...parsed(target.dataset.trace), ...parsed(target.dataset.more) };
    if (!Object.keys(trace).length) return;
    tip = document.createElement("div");
    tip.className = "sw-tip";
    tip.id = "sw-tip";
    tip.setAttribute("role", "tooltip");
    if (trace.name) add(tip, "strong", trace.row ? `${trace.name}: ${trace.row}` : trace.name);
    if (trace.plain) add(tip, "p", trace.plain);
    const list = document.createElement("dl");
    for (const [key, name] of Object.entries(NAMES)) {
      if (!trace[key]) continue;
      add(list, "dt", name);
      add(list, "dd", trace[key], key === "formula" ? "sw-formula" : "");
    }
    tip.append(list);
    document.body.append(tip);
    place(target);
    owner = target;
    owner.setAttribute("aria-describedby", "sw-tip");
  };

  const traced = (event) => event.target.closest?.("[data-trace]");
  document.addEventListener("mouseover", (event) => (traced(event) ? show(traced(event)) : hide()));
  document.addEventListener("focusin", (event) => (traced(event) ? show(traced(event)) : hide()));
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", () => (owner?.isConnected ? place(owner) : hide()), true);

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    const cell = event.target.closest?.("[data-grid] td");
    const step = STEPS[event.key];
    if (!cell || !step) return;
    let row = cell.parentElement;
    if (step[0]) row = step[0] > 0 ? row.nextElementSibling : row.previousElementSibling;
    const next = row?.children[cell.cellIndex + step[1]]?.querySelector(".sw-num, .sw-name");
    if (!next) return;
    event.preventDefault();
    next.tabIndex = 0;
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // A chart that is taken away while its size changes has nothing left to draw; Plotly says so as an error.
  window.addEventListener("unhandledrejection", (event) => {
    if (String(event.reason?.message || event.reason).includes("displayed plot div")) event.preventDefault();
  });

  // What is typed into a field that names its draft stays in this tab until it is saved or given up.
  const DRAFTS = "seawall_draft:";
  document.addEventListener("input", (event) => {
    const name = event.target.dataset?.draft;
    if (!name) return;
    try { sessionStorage.setItem(DRAFTS + name, event.target.value); } catch { /* no room: the field still has it */ }
  });
  window.seawallDraft = (name) => sessionStorage.getItem(DRAFTS + name);
  window.seawallForget = (name) => sessionStorage.removeItem(DRAFTS + name);

  // A page whose server is gone says so, keeps what it shows, and lets nothing be moved that nobody would answer.
  const LOST = "The connection to the desk is lost. What you see is the last answer; an edit that is not saved yet is "
    + "kept in this tab. It connects again by itself.";
  const SOON_MS = 800;
  let waiting = null;

  const lost = (is) => {
    clearTimeout(waiting);
    waiting = null;
    document.body.classList.toggle("sw-offline", is);
    document.querySelector("#sw-main")?.toggleAttribute("inert", is);
    let said = document.getElementById("sw-lost");
    if (!is) { said?.remove(); return; }
    if (said) return;
    said = document.createElement("div");
    said.id = "sw-lost";
    said.setAttribute("role", "alert");
    add(said, "p", LOST);
    add(said, "button", "Load again");
    said.lastChild.addEventListener("click", () => location.reload());
    document.body.append(said);
  };

  // The uploader leaves its file input without a name: it gets that of its heading.
  const name = () => {
    for (const one of document.querySelectorAll(".q-uploader__input:not([aria-label])"))
      one.setAttribute("aria-label", one.closest(".q-uploader")?.querySelector(".q-uploader__title")?.textContent || "file");
  };
  const watch = new MutationObserver(name);

  addEventListener("DOMContentLoaded", () => {
    watch.observe(document.body, { childList: true, subtree: true });
    const told = document.getElementById("popup");
    if (!told) return;
    new MutationObserver(() => {
      const is = told.getAttribute("aria-hidden") === "false";
      if (!is) lost(false);
      else if (!waiting) waiting = setTimeout(() => lost(true), SOON_MS);
    }).observe(told, { attributes: true });
  });

  window.seawallTheme = (name) => {
    document.cookie = `seawall_theme=${name}; path=/; max-age=31536000; samesite=strict`;
    location.reload();
  };
})();
