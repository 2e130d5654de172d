// A bar chart with its table beside it: the table says all of it, to every reader, and leads to the records.

import { el } from "./dom.js";

const [WIDTH, BAR, GAP, LABEL, COUNT] = [480, 20, 8, 190, 60];

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const short = (text) => (text.length > 27 ? `${text.slice(0, 26)}…` : text);

/** Entries with name, words and count; `choose` is told which was chosen. */
export function chart(title, entries, choose, unit) {
  const most = Math.max(1, ...entries.map((entry) => entry.count));
  const height = entries.length * (BAR + GAP) + GAP;
  const bars = entries.flatMap((entry, i) => {
    const top = GAP + i * (BAR + GAP);
    const long = Math.max(1, Math.round(((WIDTH - LABEL - COUNT) * entry.count) / most));
    const bar = svg("rect", { x: LABEL, y: top, width: long, height: BAR, class: entry.bad ? "bar bar-invalid" : "bar" });
    bar.addEventListener("click", () => choose(entry));
    const base = top + BAR * 0.72;
    return [svg("text", { x: 6, y: base }, short(entry.words ?? entry.name)), bar, svg("text", { x: LABEL + long + 6, y: base }, String(entry.count))];
  });
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, "aria-hidden": "true", focusable: "false" }, ...bars);
  const row = (entry) => el("tr", {},
    el("th", { scope: "row" }, entry.words ?? entry.name),
    el("td", { class: "number" }, String(entry.count)),
    el("td", {}, el("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary bench-small", "aria-label": `Records of ${entry.words ?? entry.name}`, click: () => choose(entry) }, "Records")));
  const table = el("table", { class: "nhsuk-table" },
    el("caption", { class: "nhsuk-u-visually-hidden" }, title),
    el("thead", {}, el("tr", {}, ["What", unit, ""].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, entries.map(row)));
  return el("section", { class: "bench-chart", "data-chart": title }, el("h3", { class: "nhsuk-heading-s" }, title), picture,
    el("div", { class: "bench-scroll", tabindex: "0", role: "region", "aria-label": `${title}, as a table` }, table));
}
