"use strict";
// Filters of the question list. Without this script the whole list shows and opens just the same.
const rows = [...document.querySelectorAll(".question")];
const search = document.querySelector("#search");
const kind = document.querySelector("#kind");
const chips = [...document.querySelectorAll(".chips button")];
let label = "";

function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const kept =
      (!label || row.dataset.label === label) &&
      (!kind || !kind.value || row.dataset.kinds.split(" ").includes(kind.value)) &&
      words.every((word) => row.dataset.search.includes(word));
    row.hidden = !kept;
    count += kept;
  }
  document.querySelector("#shown").textContent = `${count} shown`;
  document.querySelector("#none").hidden = count > 0;
}

function open() {
  const id = decodeURIComponent(location.hash.slice(1));
  const row = rows.find((one) => one.id === id);
  if (row) {
    row.hidden = false;
    row.open = true;
    row.scrollIntoView();
  }
}

for (const chip of chips) {
  chip.addEventListener("click", () => {
    label = chip.dataset.label;
    for (const other of chips) other.setAttribute("aria-pressed", String(other === chip));
    show();
  });
}
search.addEventListener("input", show);
if (kind) kind.addEventListener("change", show);
addEventListener("hashchange", open);
document.querySelector(".filters").hidden = false;
show();
open();
