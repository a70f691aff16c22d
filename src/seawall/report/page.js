"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const swap = JSON.parse(document.getElementById("dark").textContent);
  const config = { responsive: true, displayModeBar: false, doubleClick: "reset" };
  const narrow = () => innerWidth < 640;

  // Figures are written in light colours; on a dark screen each one gives way to its partner.
  const themed = (value) => {
    if (typeof value === "string") return dark.matches && Object.hasOwn(swap, value) ? swap[value] : value;
    if (Array.isArray(value)) return value.map(themed);
    if (value !== null && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, themed(inner)]));
    return value;
  };

  const draw = async () => {
    delete document.documentElement.dataset.drawn;
    const figures = [...document.querySelectorAll("figure")];
    for (const figure of figures) {
      const { data, layout } = themed(JSON.parse(figure.querySelector("script").textContent));
      if (narrow()) layout.dragmode = false; // A finger on a chart scrolls the page.
      await Plotly.react(figure.querySelector(".plot"), data, layout, config);
    }
    document.documentElement.dataset.drawn = String(figures.length);
  };

  dark.addEventListener("change", draw);
  draw();
})();
