// The builder's own habits: which form of the rules counts, moving rows, the attribute search by keyboard, lists of values.
// What to show comes from the server by htmx; nothing here knows the language.
(() => {
  "use strict";
  const SEARCH = ".combo-input";
  let numbered = 0;
  let edits = 0;
  let asked = 0;

  const form = () => document.getElementById("builder");
  const rows = () => document.getElementById("rows");
  const text = () => document.getElementById("definition");
  const listOf = (input) => input.closest(".combo").querySelector(".choices");

  function edited(source) {
    edits += 1;
    form().elements.source.value = source;
    form().dataset.changed = "";
    hold();
    form().dispatchEvent(new CustomEvent("edited"));
  }

  // Until the server has brought the two forms into step, only the one that was edited takes edits. A text with a
  // mistake stays the one, so that neither form ever overwrites what was done in the other.
  function hold() {
    const byText = form().elements.source.value === "text";
    const waits = edits !== asked;
    const isWrong = byText && document.querySelector("#problems .problem") !== null;
    rows().inert = byText && (waits || isWrong);
    text().readOnly = !byText && waits;
    text().setAttribute("aria-invalid", isWrong);
  }

  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.closest("#builder")) return;
    if (input.matches(SEARCH)) { search(input, input.value); return; }
    if (input.id === "definition") { edited("text"); return; }
    if (input.closest("#rows")) { if (!input.matches(".entry")) edited("rows"); return; }
    form().dataset.changed = "";
    if (input.id === "name") suggestSlug(input.value);
    if (input.id === "slug") input.dataset.own = "";
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("#rows .entry")) takeEntry(event.target);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#builder [data-copy], #builder [data-remove], #builder [data-unlist], #builder [data-goto], #builder [data-mend], #builder [data-back], #builder [data-leaves]");
    if (!button) return;
    const [name] = Object.keys(button.dataset).filter((key) => key in actions);
    actions[name](button);
  });

  const actions = {
    copy(button) {
      const item = button.closest("[data-item]");
      const copy = item.cloneNode(true);
      const from = item.querySelectorAll("select, textarea, input");
      copy.querySelectorAll("select, textarea, input").forEach((input, at) => { input.value = from[at].value; });
      copy.querySelectorAll(SEARCH).forEach((input) => input.removeAttribute("aria-controls"));
      item.after(copy);
      htmx.process(copy);
      focusIn(copy);
      edited("rows");
    },
    remove(button) {
      const item = button.closest("[data-item]");
      const next = item.nextElementSibling.matches("[data-item], .adders") ? item.nextElementSibling : null;
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
    goto(button) { focusIn(rows().querySelectorAll(".outermost [data-item]")[button.dataset.goto]); },
    mend(button) {
      text().value = button.dataset.mend;
      text().focus();
      edited("text");
    },
    back() { edited("rows"); },
    leaves() { delete form().dataset.changed; },
  };

  // To the first thing in a row that still wants something, or else to its first control.
  function focusIn(item) {
    if (!item) return;
    const controls = [...item.querySelectorAll("input:not([type=hidden]), select, textarea, button")];
    (controls.find((one) => one.matches("input, select, textarea") && !one.value && !one.matches(".entry")) || controls[0])?.focus();
  }

  function takeEntry(entry) {
    const value = entry.value;
    if (!value) return;
    const list = entry.closest(".listed");
    const chips = list.querySelector(".chips");
    if (![...chips.querySelectorAll("input")].some((one) => one.value === value)) {
      const chip = list.querySelector("template").content.firstElementChild.cloneNode(true);
      chip.querySelector("span").textContent = value;
      chip.querySelector("input").value = value;
      chip.querySelector("button").setAttribute("aria-label", `Remove ${value}`);
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

  // The attribute search, a combobox as the ARIA Authoring Practices describe it: focus stays in the field.
  function search(input, words) {
    const list = listOf(input);
    if (!list.id) { list.id = `choices-${++numbered}`; input.setAttribute("aria-controls", list.id); }
    input.dataset.words = words;
    input.dispatchEvent(new CustomEvent("searched"));
  }

  function close(input) {
    listOf(input).hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function activate(input, option) {
    const list = listOf(input);
    list.querySelectorAll("[aria-selected=true]").forEach((one) => one.setAttribute("aria-selected", "false"));
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function pick(input, option) {
    const rule = input.closest(".rule");
    rule.querySelector("[name=rule]").value = option.dataset.name;
    input.value = input.dataset.chosen = option.dataset.label;
    close(input);
    rule.dispatchEvent(new CustomEvent("picked"));
  }

  document.addEventListener("focusin", (event) => {
    if (event.target.matches(SEARCH) && !event.target.dataset.chosen) search(event.target, event.target.value);
  });
  document.addEventListener("focusout", (event) => {
    const input = event.target;
    if (!input.matches(SEARCH)) return;
    close(input);
    input.value = input.dataset.chosen;
  });
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest(".choices");
    if (option) event.preventDefault(); // the field keeps the focus
    if (event.target.matches(SEARCH) && listOf(event.target).hidden) search(event.target, "");
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest(".choice:not(.none)");
    if (option) pick(option.closest(".combo").querySelector(SEARCH), option);
  });

  document.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches("#builder input") || event.isComposing) return;
    if (input.matches(SEARCH)) { steer(input, event); return; }
    if (event.key !== "Enter") return;
    // Enter adds a value to a list or saves from the fields below; a half-made rule it must not save.
    event.preventDefault();
    if (input.matches(".entry")) takeEntry(input);
    else if (!input.closest("#rows")) form().querySelector(".save").click();
  });

  function steer(input, event) {
    const list = listOf(input);
    const options = [...list.querySelectorAll(".choice:not(.none)")];
    const active = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const last = options.length - 1;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        event.preventDefault();
        const to = event.key === "ArrowDown" ? (active >= last ? 0 : active + 1) : (active <= 0 ? last : active - 1);
        if (list.hidden) search(input, ""); else if (options[to]) activate(input, options[to]);
        break;
      }
      case "Enter":
        event.preventDefault();
        if (!list.hidden && options[active]) pick(input, options[active]);
        break;
      case "Escape":
        if (list.hidden) break;
        event.preventDefault();
        close(input);
        input.value = input.dataset.chosen;
        break;
      case "Tab":
        if (!list.hidden && active >= 0 && !event.shiftKey && input.value !== input.dataset.chosen) pick(input, options[active]);
        break;
    }
  }

  // A row is asked for by itself: htmx would send the whole form. A search sends what was typed, not what was chosen.
  document.addEventListener("htmx:config:request", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    if (sourceElement.matches(SEARCH)) request.body.set("search", sourceElement.dataset.words ?? "");
    if (!request.action.startsWith("/console/builder/row")) return;
    const alone = new FormData();
    for (const input of sourceElement.closest("[data-item]").querySelectorAll("input[name], select[name], textarea[name]")) alone.append(input.name, input.value);
    request.body = alone;
  });

  function showChoices(input) {
    if (document.activeElement !== input) return;
    const list = listOf(input);
    const options = [...list.querySelectorAll(".choice")];
    options.forEach((one, at) => { one.id = `${list.id}-${at}`; });
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.removeAttribute("aria-activedescendant");
    if (input.dataset.words && !options[0].matches(".none")) activate(input, options[0]);
    document.getElementById("said").textContent = options[0].matches(".none") ? options[0].textContent : `${options.length} attributes`;
  }

  let sent = 0;
  document.addEventListener("htmx:before:request", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    if (sourceElement.id === "builder") delete sourceElement.dataset.changed;
    if (request.action === "/console/builder/preview") sent = edits;
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const { sourceElement, request, response } = event.detail.ctx;
    if (response.status !== 200) return;
    if (request.action === "/console/builder/preview") { asked = sent; hold(); return; }
    if (sourceElement.matches(SEARCH)) { showChoices(sourceElement); return; }
    if (!/^\/console\/builder\/(row|blank)/.test(request.action)) return;
    if (sourceElement.matches(".rule")) sourceElement.querySelector(".operator").focus();
    edited("rows");
  });

  document.addEventListener("htmx:error", (event) => {
    const source = event.detail.ctx?.sourceElement;
    if (source?.id === "builder") source.dataset.changed = "";
    const message = "The server cannot be reached. Nothing of yours is lost: try again in a moment.";
    if (source?.closest("#builder")) document.dispatchEvent(new CustomEvent("failed", { detail: { message } }));
  });

  window.addEventListener("beforeunload", (event) => {
    if (form() && "changed" in form().dataset) event.preventDefault();
  });
})();
