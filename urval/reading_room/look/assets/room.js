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
// A verification under way is watched without loading the page again.
const watched = document.querySelector("[data-watch]");
if (watched) {
  const look = async () => {
    try {
      const answer = await fetch(watched.dataset.watch, { cache: "no-store" });
      const told = await answer.json();
      if (!answer.ok || told.stage === "done" || told.stage === "failed") { location.reload(); return; }
      watched.querySelector("progress").value = told.part;
      watched.querySelector("[data-far]").textContent = `${Math.round(told.part * 100)} %`;
      const label = watched.querySelector("[data-words]");
      if (label && told.package_no) {
        label.textContent = label.dataset.words.replace("{no}", told.package_no).replace("{all}", told.packages);
      }
      for (const step of watched.querySelectorAll("[data-step]")) {
        if (told.stage === "running" && step.dataset.step === told.step) step.setAttribute("aria-current", "step");
        else step.removeAttribute("aria-current");
      }
    } catch { /* the next look may succeed */ }
    setTimeout(look, 700);
  };
  setTimeout(look, 400);
}
// A page about other work under way is looked at again after so many seconds.
const again = document.querySelector("[data-again]");
if (again) setTimeout(() => location.reload(), 1000 * Number(again.dataset.again));
