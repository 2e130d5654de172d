// Completing a code that is being typed, by code or by words of its label. What is typed goes in the body of a request, never
// in an address.

import { json } from "./ask.js";

/** How long after the last key codes are looked for, in milliseconds. */
const DEBOUNCE = 150;
let number = 0;

/** Makes a field one that completes codes of a classification. `chosen` is told the code and its label. */
export function complete(field, { system, release, chosen }) {
  const list = document.createElement("ul");
  list.className = "bench-options";
  list.role = "listbox";
  list.id = `options-${number += 1}`;
  list.hidden = true;
  list.setAttribute("aria-label", "Codes");
  field.parentElement.after(list);
  field.role = "combobox";
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");

  let waiting = 0;
  let running = null;
  let at = -1;

  const close = () => {
    clearTimeout(waiting);
    running?.abort();
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (place) => {
    const options = [...list.children];
    if (!options.length) return;
    at = (place + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    field.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const take = (option) => {
    field.value = option.dataset.code;
    close();
    chosen({ code: option.dataset.code, label: option.dataset.label });
  };
  const look = async () => {
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    const q = field.value.trim();
    let found;
    try {
      found = await json("/parts/codes", { reference: release(), system, q }, signal);
    } catch {
      return; // Nothing is offered; what is typed is grouped all the same.
    }
    if (signal.aborted || document.activeElement !== field) return;
    list.replaceChildren(...found.codes.filter(({ valid }) => valid).map(({ code, label }, index) => {
      const option = document.createElement("li");
      option.role = "option";
      option.id = `${list.id}-${index}`;
      option.dataset.code = code.replace("*", "");
      option.dataset.label = label;
      option.setAttribute("aria-selected", "false");
      const name = Object.assign(document.createElement("strong"), { textContent: option.dataset.code });
      option.append(name, ` ${label}`);
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(option);
      });
      return option;
    }));
    const exact = list.children.length === 1 && list.firstElementChild.dataset.code === q.toUpperCase();
    at = -1;
    list.hidden = !list.children.length || exact;
    field.setAttribute("aria-expanded", String(!list.hidden));
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    if (field.value.trim().length < 2) close();
    else waiting = setTimeout(look, DEBOUNCE);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at < 0 ? -1 : at - 1);
    else if (event.key === "Enter" && at >= 0) take(list.children[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}
