// The search for attributes, events and properties: a combobox as the ARIA Authoring Practices describe it. The focus
// stays in the field, the list comes from the server, and what is picked tells its row by a `picked` event.
(() => {
  "use strict";
  const SEARCH = ".combo-input";
  let numbered = 0;

  const listOf = (input) => input.closest(".combo").querySelector(".choices");
  const optionsOf = (list) => [...list.querySelectorAll(".choice:not(.none)")];

  function search(input, words) {
    const list = listOf(input);
    if (!list.id || !input.hasAttribute("aria-controls")) {
      list.id = `choices-${++numbered}`;
      input.setAttribute("aria-controls", list.id);
    }
    input.dataset.words = words;
    delete input.dataset.shown;
    delete input.dataset.moved;
    input.dispatchEvent(new CustomEvent("searched"));
  }

  function show(input) {
    if (document.activeElement !== input) return;
    const list = listOf(input);
    const options = optionsOf(list);
    options.forEach((one, at) => { one.id = `${list.id}-${at}`; });
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.removeAttribute("aria-activedescendant");
    input.dataset.shown = "";
    // The best comes first, unless someone has moved on in the list that was there while this one was on its way.
    const moved = options.find((one) => one.dataset.name === input.dataset.moved);
    if (moved ?? (input.dataset.words && options[0])) activate(input, moved ?? options[0]);
    document.getElementById("found").textContent = options.length ? `${options.length} found` : list.textContent;
    if ("hurry" in input.dataset && options.length) pick(input, options[0]);
    delete input.dataset.hurry;
  }

  function close(input) {
    listOf(input).hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    delete input.dataset.hurry;
  }

  function activate(input, option) {
    optionsOf(listOf(input)).forEach((one) => one.setAttribute("aria-selected", one === option));
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function pick(input, option) {
    input.closest(".combo").querySelector("[type=hidden]").value = option.dataset.name;
    input.value = input.dataset.chosen = option.dataset.label;
    close(input);
    input.closest("[data-item]").dispatchEvent(new CustomEvent("picked"));
  }

  function steer(input, event) {
    const list = listOf(input);
    const options = optionsOf(list);
    const active = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const keys = {
      ArrowDown: () => { move(active + 1); },
      ArrowUp: () => { move(active < 0 ? options.length - 1 : active - 1); },
      // Who types faster than the list comes gets the best of what it will hold.
      Enter: () => { if (!("shown" in input.dataset)) input.dataset.hurry = ""; else if (options[active]) pick(input, options[active]); },
      Escape: () => { close(input); input.value = input.dataset.chosen; },
    };
    function move(to) {
      if (list.hidden) search(input, "");
      else if (options.length) {
        const option = options.at(to % options.length);
        input.dataset.moved = option.dataset.name;
        activate(input, option);
      }
    }
    if (!(event.key in keys) || (event.key === "Escape" && list.hidden)) return;
    event.preventDefault();
    keys[event.key]();
  }

  function listen(name, act) {
    document.addEventListener(name, (event) => { if (event.target.matches?.(SEARCH)) act(event.target, event); });
  }

  listen("input", (input) => search(input, input.value));
  listen("focusin", (input) => { if (!input.dataset.chosen) search(input, input.value); });
  listen("focusout", (input) => { close(input); input.value = input.dataset.chosen; });
  listen("mousedown", (input) => { if (listOf(input).hidden) search(input, ""); });
  listen("keydown", (input, event) => { if (!event.isComposing) steer(input, event); });
  // What was typed counts, not the name of what was chosen before.
  listen("htmx:config:request", (input, event) => event.detail.ctx.request.body.set("search", input.dataset.words));
  listen("htmx:after:swap", (input, event) => { if (event.detail.ctx.response.status === 200) show(input); });

  document.addEventListener("mousedown", (event) => {
    if (event.target.closest(".choices")) event.preventDefault(); // the field keeps the focus
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest(".choice:not(.none)");
    if (option) pick(option.closest(".combo").querySelector(SEARCH), option);
  });
})();
