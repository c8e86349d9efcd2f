// What pages cannot do by themselves: tell of failures without losing what was typed or shown, and "/" for the search.
(() => {
  "use strict";
  const PATIENCE = 1500; // A page that is being left fails its requests too; nobody should see that.
  const told = document.getElementById("told");
  let waiting = 0;

  function tell(...parts) {
    clearTimeout(waiting);
    told.replaceChildren(...parts);
    told.hidden = false;
  }

  function wellAgain() {
    clearTimeout(waiting);
    told.hidden = true;
  }

  function signedOut() {
    const link = Object.assign(document.createElement("a"), { href: "/console/sign-in", target: "_blank", rel: "noopener" });
    link.textContent = "Sign in in a new tab";
    tell("You have been signed out. ", link, ", then go on here.");
  }

  function unanswered() {
    clearTimeout(waiting);
    waiting = setTimeout(tell, PATIENCE, "Rollcall does not answer. What you see may be out of date; nothing you typed is lost.");
  }

  document.addEventListener("signed-out", signedOut);
  document.addEventListener("failed", (event) => tell(event.detail.message));
  document.addEventListener("htmx:error", (event) => { if (event.detail.ctx && !event.detail.ctx.response) unanswered(); });
  document.addEventListener("htmx:sse:error", (event) => (event.detail.status === 401 ? signedOut() : unanswered()));
  document.addEventListener("htmx:sse:after:connection", wellAgain);
  document.addEventListener("htmx:after:swap", wellAgain);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const search = document.querySelector("main input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
})();
