// The single-spell page: the form comes alive, and its result is shown as it is typed.

import { Refused, part, place, renew } from "./ask.js";
import { Codes } from "./codes.js";
import { dragging } from "./drag.js";
import { entered, fill, release, renumber, values } from "./form.js";
import { link, linked } from "./link.js";
import { read } from "./paste.js";
import { watchKey } from "./session.js";
import { watchWhy } from "./why.js";

/** How long after the last key the form is sent, in milliseconds. */
const DEBOUNCE = 120;

const form = document.getElementById("single");
const result = document.getElementById("result");
const why = document.getElementById("why");
const items = document.getElementById("items");
const status = document.getElementById("status");
const several = Boolean(form.querySelector('[data-do="add"]'));

let waiting = 0;
let running = null;
const lists = new Map();
/** The fields that bear a message, each with the element that says it. */
const remarked = new Map();
let remarkCount = 0;

/** Sends the form now, and puts the answer beside it, then why. What is still under way is given up. */
async function group() {
  clearTimeout(waiting);
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  const path = (name, section = "") => `/parts/${name}?dataset=${form.dataset.dataset}${section && `&section=${section}`}`;
  performance.mark("group");
  const sent = entered(form);
  why.setAttribute("aria-busy", "true");
  try {
    const { ok, html } = await part(path("single"), sent, signal);
    show(html, ok);
    if (!ok) return;
    const reasons = await part(path("why"), sent, signal);
    explain(reasons.html, (section) => part(path("why", section), sent, signal));
  } catch (fault) {
    if (signal.aborted) return;
    if (!(fault instanceof Refused) && fault.name !== "TypeError") throw fault;
    status.textContent = fault instanceof Refused ? fault.message : "The service cannot be reached";
    result.replaceChildren(Object.assign(document.createElement("p"), { className: "nhsuk-inset-text", textContent: status.textContent }));
  }
}

function show(html, ok) {
  renew(result, html);
  remarks();
  const outcome = result.querySelector("[data-outcome]");
  const count = result.querySelectorAll("[data-remark]").length;
  const told = count ? `${count} ${count === 1 ? "message" : "messages"}.` : "";
  status.textContent = ok ? `${outcome.dataset.said} ${told}` : "There is a problem.";
  if (!ok) why.replaceChildren();
  result.getBoundingClientRect();
  performance.measure("group", "group");
}

/** Puts the path below the result; what was open stays open. */
function explain(html, section) {
  const open = new Set([...why.querySelectorAll("details[open][data-at]")].map((details) => details.dataset.at));
  place(why, html);
  why.removeAttribute("aria-busy");
  labels();
  watchWhy(why, { result, section, told: (words) => { status.textContent = words; }, address: () => link(form) });
  for (const details of why.querySelectorAll("details[data-at]")) details.open = open.has(details.dataset.at);
}

/**
 * Puts each message beside its field, and leads to it from the summary. What is said there already stays: to put it there
 * again would make the browser lay out the whole form again.
 */
function remarks() {
  const wanted = new Map();
  for (const line of result.querySelectorAll("[data-remark]")) {
    const list = lists.get(line.dataset.remark);
    const field = list ? list.at(Number(line.dataset.position || 1)) : document.getElementById(line.dataset.remark);
    if (!field) continue;
    line.querySelector("a").setAttribute("href", `#${field.id}`);
    const words = line.querySelector("[data-words]").textContent;
    wanted.set(field, wanted.has(field) ? `${wanted.get(field)}; ${words}` : words);
  }
  for (const [field, element] of remarked) {
    if (element.isConnected && element.textContent === wanted.get(field)) wanted.delete(field);
    else unremark(field, element);
  }
  for (const [field, words] of wanted) remark(field, words);
}

function remark(field, words) {
  const element = document.createElement("span");
  element.className = "nhsuk-error-message";
  element.id = `remark-${remarkCount += 1}`;
  element.dataset.remarked = "";
  element.textContent = words;
  field.closest("[data-code]")?.prepend(element) ?? field.before(element);
  field.closest(".nhsuk-form-group").classList.add("nhsuk-form-group--error");
  field.closest("details")?.setAttribute("open", "");
  field.classList.add("nhsuk-input--error");
  field.setAttribute("aria-invalid", "true");
  describe(field, null, element.id);
  remarked.set(field, element);
}

function unremark(field, element) {
  const group = field.closest(".nhsuk-form-group");
  element.remove();
  remarked.delete(field);
  if (group && !group.querySelector("[data-remarked]")) group.classList.remove("nhsuk-form-group--error");
  field.classList.remove("nhsuk-input--error");
  field.removeAttribute("aria-invalid");
  describe(field, element.id, null);
}

function describe(field, without, also) {
  const ids = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== without);
  if (also) ids.unshift(also);
  if (ids.length) field.setAttribute("aria-describedby", ids.join(" "));
  else field.removeAttribute("aria-describedby");
}

/** Says beside each code what it means. */
function labels() {
  const known = new Map([...why.querySelectorAll("data")].map((data) => [data.value, data.textContent]));
  for (const list of lists.values()) list.label(known);
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(group, DEBOUNCE);
}

/** Makes lists of codes of the text fields that are not yet. */
function liven() {
  for (const group of form.querySelectorAll("[data-codes]")) {
    const text = group.querySelector("textarea");
    if (!lists.has(text.id) || lists.get(text.id).text !== text) {
      lists.set(text.id, new Codes(group, { changed: soon, release: () => release(form) }));
    }
  }
}

/** Numbers the items as they stand, and forgets lists that are gone. */
function order() {
  [...items.children].forEach((item, place) => renumber(item, place, form.dataset.word));
  lists.clear();
  for (const group of form.querySelectorAll("[data-codes]")) {
    const list = Codes.of(group);
    if (list) lists.set(group.querySelector("textarea").id, list.renamed());
  }
  liven();
  for (const button of form.querySelectorAll('[data-do="remove"]')) button.disabled = items.children.length === 1;
  for (const button of form.querySelectorAll('[data-do="up"]')) button.disabled = button.closest("[data-item]") === items.firstElementChild;
}

function append() {
  items.append(document.getElementById("blank-item").content.cloneNode(true));
}

function add() {
  append();
  order();
  return items.lastElementChild;
}

function shape(count) {
  while (items.children.length < count) append();
  while (items.children.length > count) items.lastElementChild.remove();
  order();
}

/** Fills the form with values, and shows their result. */
function put(entries) {
  const most = entries.map(([name]) => Number.parseInt(name, 10)).filter((number) => !Number.isNaN(number));
  shape(several ? Math.max(0, ...most) + 1 : 1);
  fill(form, entries);
  for (const list of lists.values()) list.read();
  void group();
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("[data-item]");
  if (button.dataset.do === "add") {
    add().querySelector("input, select").focus();
  } else if (button.dataset.do === "remove") {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    order();
    next?.querySelector("input, select").focus();
  } else if (button.dataset.do === "up") {
    item.previousElementSibling.before(item);
    order();
    (button.disabled ? item.querySelector('[data-do="remove"]') : button).focus();
  }
  void group();
});
form.addEventListener("input", (event) => {
  if (event.target.closest("#paste, [data-key]")) return;
  soon();
});

if (several) drags();

/** Items are dragged by their headings; the buttons do the same. */
function drags() {
  const item = (element) => element.closest("[data-item]");
  dragging(items, { handle: "legend [data-title]", of: item, moved: () => {
    order();
    void group();
  } });
}

const paste = document.getElementById("paste");
paste.hidden = false;
document.getElementById("paste-read").addEventListener("click", () => {
  const text = document.getElementById("paste-text");
  const { entries, told } = read(text.value, form.dataset.columns.split(" "), form.dataset.word.toLowerCase());
  document.getElementById("pasted").textContent = told;
  if (!entries) return;
  text.value = "";
  paste.open = false;
  put(entries);
});

watchKey(() => void group());
order();
const given = linked(form);
if (given) {
  document.getElementById("pasted").textContent = given.told;
  put(given.entries);
} else if (values(form).length) {
  // The browser has kept what was entered.
  for (const list of lists.values()) list.read();
  void group();
}
window.addEventListener("hashchange", () => {
  const given = linked(form);
  if (given) put(given.entries);
});
