// The builder's own habits: which form of the rules counts, copying and removing rows, lists of values, leaving unsaved.
// What to show comes from the server by htmx, the attribute search is builder_search.js; neither knows the language.
(() => {
  "use strict";
  const PREVIEW = "/console/builder/preview";
  let edits = 0; // made so far
  let asked = 0; // of these, how many the server was asked about
  let agreed = 0; // and how many it has brought rows and text into step for

  const form = () => document.getElementById("builder");
  const rows = () => document.getElementById("rows");
  const text = () => document.getElementById("definition");

  function edited(source) {
    edits += 1;
    form().elements.source.value = source;
    form().dataset.changed = "";
    form().dataset.stale = "";
    if (source === "text") unfold();
    hold();
    form().dispatchEvent(new CustomEvent("edited"));
  }

  // Until rows and text are in step again, only the one that was edited takes edits; a text with a mistake stays the
  // one. So neither ever overwrites what was done in the other.
  function hold() {
    const byText = form().elements.source.value === "text";
    const isWrong = byText && document.querySelector("#problems .problem") !== null;
    rows().inert = byText && (edits !== agreed || isWrong);
    text().readOnly = !byText && edits !== agreed;
    text().setAttribute("aria-invalid", isWrong);
  }

  // Sizes are told as lines under the text; each row that a line is about shows its size, too. Rows keep what they
  // show, greyed, until lines come again: a row that is not finished loses its size, and leaves the others theirs.
  function place() {
    const lines = document.querySelector("#lines [data-fresh]");
    if (!lines) {
      document.querySelectorAll("#preview [data-goto]").forEach((one) => sizeAround(remarked(one))?.replaceChildren());
      return;
    }
    const items = rows().querySelectorAll("[data-item]");
    rows().querySelectorAll(".own-size").forEach((one) => one.replaceChildren());
    for (const line of lines.querySelectorAll("[data-rows]")) {
      for (const at of line.dataset.rows.split(" ").filter(Boolean)) {
        sizeOf(items[at])?.replaceChildren(line.querySelector(".own").cloneNode(true));
      }
    }
    delete lines.dataset.fresh;
    delete form().dataset.stale;
  }

  const sizeOf = (item) => item?.querySelector(":scope > .own-size, :scope > .group-head > .own-size");
  // A condition has no size but that of its event's row.
  const sizeAround = (item) => sizeOf(item) ?? sizeOf(item?.parentElement.closest("[data-item]"));
  const remarked = (button) => rows().querySelectorAll(".outermost [data-item]")[button.dataset.goto];

  // Once: whoever closes it again has reasons.
  function unfold() {
    const byRule = document.querySelector(".by-rule");
    if (!("unfolded" in byRule.dataset)) byRule.open = true;
    byRule.dataset.unfolded = "";
  }

  const actions = {
    copy(button) {
      const item = button.closest("[data-item]");
      const copy = item.cloneNode(true);
      const filled = item.querySelectorAll("input, select, textarea");
      copy.querySelectorAll("input, select, textarea").forEach((one, at) => { one.value = filled[at].value; });
      copy.querySelectorAll("[aria-controls]").forEach((one) => one.removeAttribute("aria-controls"));
      item.after(copy);
      htmx.process(copy);
      focusIn(copy);
      edited("rows");
    },
    remove(button) {
      const item = button.closest("[data-item]");
      const next = item.nextElementSibling;
      item.remove();
      focusIn(next);
      edited("rows");
    },
    unlist(button) {
      const list = button.closest(".listed");
      button.closest(".chip").remove();
      list.querySelector(".entry").focus();
      edited("rows");
    },
    goto(button) { focusIn(remarked(button)); },
    mend(button) {
      text().value = button.dataset.mend;
      text().focus();
      edited("text");
    },
    back() { edited("rows"); },
    leaves() { delete form().dataset.changed; },
  };

  // To what a row still wants, or else to its first control.
  function focusIn(item) {
    const controls = [...item.querySelectorAll("input:not([type=hidden]), select, textarea, button")];
    const wants = (one) => one.value === "" && one.type !== "button" && !one.closest(".listed")?.querySelector(".chip");
    (controls.find(wants) ?? controls[0])?.focus();
  }

  function takeEntry(entry) {
    if (!entry.value) return;
    const list = entry.closest(".listed");
    const chips = list.querySelector(".chips");
    if (![...chips.querySelectorAll("input")].some((one) => one.value === entry.value)) {
      const chip = list.querySelector("template").content.firstElementChild.cloneNode(true);
      chip.querySelector("span").textContent = entry.value;
      chip.querySelector("input").value = entry.value;
      chip.querySelector("button").setAttribute("aria-label", `Remove ${entry.value}`);
      chips.append(chip);
    }
    entry.value = "";
    edited("rows");
  }

  function suggestSlug(name) {
    const slug = document.querySelector("input#slug");
    if (!slug || "own" in slug.dataset) return;
    const letters = name.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase();
    slug.value = letters.replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").replace(/^(?=\d)/, "a_").slice(0, 100);
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.closest("#builder") || target.matches("[role=combobox], .entry")) return;
    if (target.id === "definition") edited("text");
    else if (target.closest("#rows")) edited("rows");
    else form().dataset.changed = "";
    if (target.id === "name") suggestSlug(target.value);
    if (target.id === "slug") target.dataset.own = "";
  });

  document.addEventListener("change", ({ target }) => {
    if (target.matches("#rows .entry")) takeEntry(target);
  });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("#builder :is(button, a)");
    const name = Object.keys(button?.dataset ?? {}).find((key) => key in actions);
    if (name) actions[name](button);
  });

  // Enter adds a value to a list, or saves from the fields below; it must not save a half-made rule.
  document.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.key !== "Enter" || event.isComposing || !input.matches("#builder input")) return;
    event.preventDefault();
    if (input.matches(".entry")) takeEntry(input);
    else if (!input.closest("#rows")) form().querySelector(".save").click();
  });

  // A row is asked for by itself, where htmx would send the whole form.
  document.addEventListener("htmx:config:request", ({ detail: { ctx: { sourceElement, request } } }) => {
    if (!request.action.startsWith("/console/builder/row")) return;
    request.body = new FormData();
    const fields = sourceElement.closest("[data-item]").querySelectorAll(":is(input, select)[name]");
    fields.forEach((field) => request.body.append(field.name, field.value));
  });

  document.addEventListener("htmx:before:request", ({ detail: { ctx: { sourceElement, request } } }) => {
    if (request.action === PREVIEW) asked = edits;
    if (sourceElement === form()) delete form().dataset.changed;
  });

  document.addEventListener("htmx:after:swap", ({ detail: { ctx: { sourceElement, request, response } } }) => {
    if (sourceElement === form()) place();
    if (response.status !== 200) return;
    if (request.action === PREVIEW) {
      agreed = asked;
      hold();
      place();
    } else if (/^\/console\/builder\/(row|blank)/.test(request.action)) {
      if (sourceElement.matches(".rule")) sourceElement.querySelector("[data-next]").focus();
      edited("rows");
    }
  });

  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (!ctx?.sourceElement.closest("#builder")) return;
    form().dataset.changed = "";
    const message = "The server cannot be reached. Nothing of yours is lost: try again in a moment.";
    document.dispatchEvent(new CustomEvent("failed", { detail: { message } }));
  });

  window.addEventListener("beforeunload", (event) => {
    if ("changed" in (form()?.dataset ?? {})) event.preventDefault();
  });
})();
