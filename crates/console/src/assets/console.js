// What helps where JavaScript runs; every page works without it.
"use strict";

// Pointing at a stretch, or reaching it by keyboard, says in words what its title says.
for (const chart of document.querySelectorAll("[data-says]")) {
  const panel = document.getElementById(chart.dataset.says);
  if (!panel) continue;
  const empty = panel.textContent;
  const say = (event) => {
    const title = event.target.closest("a, g.mark")?.querySelector("title");
    panel.textContent = title ? title.textContent : empty;
  };
  chart.addEventListener("pointerover", say);
  chart.addEventListener("focusin", say);
}

// A whole column of boxes at once.
for (const box of document.querySelectorAll("input[data-all]")) {
  box.addEventListener("change", () => {
    for (const one of box.closest("form").querySelectorAll(`input[name="${box.dataset.all}"]`)) one.checked = box.checked;
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
