// Copies a new key's token; where the browser does not let pages copy, it is selected so that Ctrl+C does.
(() => {
  "use strict";
  const token = document.getElementById("token");
  const copy = document.getElementById("copy");
  const copied = document.getElementById("copied");
  if (!token || !copy) return;
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    token.select();
    try {
      await navigator.clipboard.writeText(token.value);
      copied.textContent = "Copied.";
    } catch {
      copied.textContent = "It is selected: copy it with Ctrl+C.";
    }
  });
})();
