// Elements, tables and refusals, made without a line of HTML: whatever was sent stays text.

import { json } from "./ask.js";

/** An element with attributes and children; a function as attribute listens. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** A table that scrolls by itself where it is wide; cells are text or nodes. */
export function table(caption, heads, rows, { numbers = [] } = {}) {
  const isNumber = (i) => (numbers.includes(i) ? "number" : null);
  const head = el("thead", {}, el("tr", {}, heads.map((text, i) => el("th", { scope: "col", class: isNumber(i) }, text))));
  const row = (cells) => el("tr", {}, cells.map((cell, i) => el(i === 0 ? "th" : "td", { class: isNumber(i), scope: i === 0 ? "row" : null }, cell ?? "")));
  const whole = el("table", { class: "nhsuk-table" }, el("caption", { class: "nhsuk-table__caption" }, caption), head, el("tbody", {}, rows.map(row)));
  return el("div", { class: "bench-scroll", tabindex: "0", role: "region", "aria-label": caption }, whole);
}

export function button(text, click, attributes = {}) {
  return el("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary bench-small", click, ...attributes }, text);
}

/** Shows a refusal in the page's place for it, and takes the reader there. */
export function refuse(error, place = byId("problem")) {
  const { title = "There is a problem", detail = error.message, code = "", errors = [] } = error.problem ?? {};
  const faults = errors.map((fault) => el("li", {}, fault.pointer ? `${fault.pointer}: ${fault.message}` : fault.message));
  const summary = el("div", { class: "nhsuk-error-summary", role: "alert", tabindex: "-1", "data-refusal": code, "aria-labelledby": "problem-title" },
    el("h2", { class: "nhsuk-error-summary__title", id: "problem-title" }, "There is a problem"),
    el("div", { class: "nhsuk-error-summary__body" }, el("p", {}, `${title}: ${detail}`), faults.length ? el("ul", { class: "nhsuk-list nhsuk-error-summary__list" }, faults) : null));
  place.replaceChildren(summary);
  summary.focus();
}

/** Runs a task; a refusal is shown, and an older one goes. */
export async function attempt(task, place = byId("problem")) {
  place.replaceChildren();
  try {
    return await task();
  } catch (error) {
    refuse(error, place);
    return undefined;
  }
}

/** Fills selections with the releases there are; the newest for payment is chosen. */
export async function releases(...selects) {
  const { references } = await json("/v1/references");
  const ids = references.map((release) => release.id);
  const chosen = ids.filter((id) => id.endsWith(".payment")).at(-1) ?? ids.at(-1);
  for (const select of selects) {
    select.replaceChildren(...ids.map((id) => el("option", { value: id, selected: id === chosen }, id)));
    select.value = chosen;
  }
  return references;
}

/** Says something to those who do not see the page change. */
export function say(text) {
  const place = byId("said");
  if (place) place.textContent = text;
}

/** Shows something in a place and takes the reader there. */
export function show(place, ...children) {
  place.replaceChildren(...children);
  place.focus();
}
