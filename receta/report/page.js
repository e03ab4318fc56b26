"use strict";
// Tips: every <title> and title attribute shows at once, on hover, touch and focus.
const tip = document.getElementById("tip");
for (const title of document.querySelectorAll("svg title")) {
  const owner = title.parentNode;
  owner.dataset.tip = title.textContent;
  if (owner.classList.contains("stop")) { owner.setAttribute("role", "img"); owner.setAttribute("aria-label", title.textContent); }
  title.remove();
}
for (const owner of document.querySelectorAll("main [title]")) {
  owner.dataset.tip = owner.title;
  owner.removeAttribute("title");
}
function show(event) {
  const owner = event.target.closest && event.target.closest("[data-tip]");
  if (!owner) { tip.hidden = true; return; }
  tip.textContent = owner.dataset.tip;
  tip.hidden = false;
  const box = owner.getBoundingClientRect(), own = tip.getBoundingClientRect(), edge = document.documentElement.clientWidth;
  const left = Math.min(Math.max(8, box.left + box.width / 2 - own.width / 2), edge - own.width - 8);
  const above = box.top - own.height - 8;
  tip.style.left = left + "px";
  tip.style.top = (above > 4 ? above : Math.min(box.bottom + 8, window.innerHeight - own.height - 8)) + "px";
}
document.addEventListener("pointerover", show);
document.addEventListener("focusin", show);
document.addEventListener("focusout", () => { tip.hidden = true; });
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });

// Charts: one Tab stop each; the arrow keys walk along the values.
for (const chart of document.querySelectorAll("svg.rove")) {
  const stops = [...chart.querySelectorAll(".stop")];
  stops.forEach((stop, i) => stop.setAttribute("tabindex", i ? "-1" : "0"));
  chart.addEventListener("keydown", (event) => {
    const to = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const at = stops.indexOf(document.activeElement);
    const next = event.key === "Home" ? 0 : event.key === "End" ? stops.length - 1 : to && at >= 0 ? at + to : -1;
    if (!stops[next]) return;
    event.preventDefault();
    if (stops[at]) stops[at].setAttribute("tabindex", "-1");
    stops[next].setAttribute("tabindex", "0");
    stops[next].focus();
  });
}

// Tables: a column's heading is a button that sorts by it.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.value;
      const rows = [...table.tBodies[0].rows].sort((a, b) =>
        column ? key(a) - key(b) : a.cells[0].textContent.localeCompare(b.cells[0].textContent, "en", { numeric: true }));
      table.tBodies[0].append(...(up ? rows : rows.reverse()));
    });
  });
}

// Paper cannot be clicked: print with everything open.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  opened.forEach((one) => { one.open = true; });
});
window.addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));
