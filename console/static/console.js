// What pages cannot do by themselves: tell about a failed request without losing what was typed, and small habits.
(() => {
  "use strict";
  const told = document.getElementById("told");

  function tell(message, link) {
    told.textContent = message + " ";
    if (link) {
      const anchor = Object.assign(document.createElement("a"), { href: link, target: "_blank", rel: "noopener", textContent: "Sign in in a new tab" });
      told.append(anchor, ", then go on here.");
    }
    told.hidden = false;
  }

  document.addEventListener("signed-out", (event) => tell(event.detail.message, "/console/sign-in"));
  document.addEventListener("failed", (event) => tell(event.detail.message));
  document.addEventListener("htmx:after:swap", () => { told.hidden = true; });

  // "/" goes to the page's search, as people know it from elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const search = document.querySelector("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  });
})();
