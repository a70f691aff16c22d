// The tip of a traced number, arrow keys in tables, and the theme's cookie. Texts are set as text, never as HTML.
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

  window.seawallTheme = (name) => {
    document.cookie = `seawall_theme=${name}; path=/; max-age=31536000; samesite=strict`;
    location.reload();
  };
})();
