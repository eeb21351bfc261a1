// Improves pages that work without it.
"use strict";
// On narrow screens the menu starts closed.
const menu = document.querySelector("details.menu");
if (menu && matchMedia("(max-width: 47.99rem)").matches) menu.open = false;
// "/" goes to the search box.
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const find = document.getElementById("find") || document.querySelector("main input[type=search]");
    if (find) { event.preventDefault(); find.focus(); }
  }
});
