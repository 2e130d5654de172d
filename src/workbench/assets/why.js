// The path of a result: rows open where they are cited, all of it can be copied, and a link leads back to it.

import { json, place } from "./ask.js";

/** Brings the path in an element to life. `section` asks for a section that is not there yet, `address` for the link. */
export function watchWhy(element, { result, section, told, address }) {
  const actions = element.querySelector("[data-actions]");
  actions.hidden = false;
  const onto = (name, text) => actions.querySelector(name).addEventListener("click", async () => {
    await write(await text());
    told("Copied.");
  });
  const later = [...element.querySelectorAll("[data-later]")];
  for (const details of later) details.addEventListener("toggle", () => details.open && fetched(details, section));
  onto("[data-copy]", async () => {
    for (const details of later) await fetched(details, section);
    return text(result, element);
  });
  onto("[data-link]", () => {
    const link = address();
    history.replaceState(null, "", link);
    return link;
  });
  rows(element);
}

/** Puts a section in its place when it is first asked for. */
async function fetched(details, section) {
  if (!details.dataset.later) return;
  const at = details.dataset.later;
  delete details.dataset.later;
  const { html } = await section(at);
  const held = details.querySelector("[data-place]");
  place(held, html);
  held.querySelector("h3").hidden = true;
  rows(held);
}

function rows(element) {
  for (const row of element.querySelectorAll("a[data-row]")) row.addEventListener("click", (event) => {
    event.preventDefault();
    void open(row);
  });
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Where the clipboard is closed to pages, the text is shown to be copied by hand.
    const field = Object.assign(document.createElement("textarea"), { value: text, className: "nhsuk-textarea", rows: 6 });
    field.setAttribute("aria-label", "To be copied");
    document.querySelector("[data-actions]").after(field);
    field.select();
  }
}

/** Shows the cells of a row below where it is cited. */
async function open(row) {
  const shown = row.nextElementSibling;
  row.setAttribute("aria-expanded", String(!shown?.matches("[data-cells]")));
  if (shown?.matches("[data-cells]")) {
    shown.remove();
    return;
  }
  const cells = document.createElement("div");
  cells.dataset.cells = "";
  cells.className = "bench-cells";
  row.after(cells);
  try {
    const answer = await json(row.getAttribute("href"));
    const list = Object.assign(document.createElement("dl"), { className: "bench-facts" });
    for (const { column, value } of answer.cells) {
      const pair = document.createElement("div");
      pair.append(Object.assign(document.createElement("dt"), { textContent: column }), Object.assign(document.createElement("dd"), { textContent: value || "–" }));
      list.append(pair);
    }
    const more = Object.assign(document.createElement("a"), { href: row.dataset.browser, textContent: "In the reference browser" });
    cells.append(list, more);
  } catch (fault) {
    cells.textContent = fault.message;
  }
}

const words = (element) => element.textContent.replace(/\s+/g, " ").trim();

/** The result and its path as plain text. */
function text(result, path) {
  const lines = [];
  for (const shown of result.querySelectorAll(".bench-result")) {
    lines.push(`${words(shown.querySelector("[data-hrg]"))} ${words(shown.querySelector(".bench-hrg-label"))}`);
  }
  const { id, digest } = result.querySelector("[data-outcome]").dataset;
  lines.push(`Release ${id} ${digest}`);
  for (const section of path.querySelectorAll("[data-section]")) {
    lines.push("", words(section.querySelector("h3")));
    for (const step of section.querySelectorAll("[data-step]")) {
      lines.push(`  ${words(step.querySelector(".bench-step__name")).padEnd(10)} ${words(step.querySelector("[data-sentence]"))}`);
      for (const line of step.querySelectorAll("[data-line]")) lines.push(`             ${words(line)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
