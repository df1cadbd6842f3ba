// 全选本页: one box that ticks the others.
"use strict";

for (const part of document.querySelectorAll("[data-tick-all]")) {
  const all = part.querySelector("input");
  const boxes = () => [...part.closest("form").querySelectorAll("input[type=checkbox][name=ids]")];
  const follow = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  part.hidden = false;
  all.addEventListener("change", () => boxes().forEach((box) => { box.checked = all.checked; }));
  part.closest("form").addEventListener("change", (event) => {
    if (event.target.name === "ids") follow();
  });
  window.addEventListener("pageshow", follow);
}
