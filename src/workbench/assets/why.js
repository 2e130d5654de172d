// The path of a result: rows open where they are cited, all of it can be copied, and a link leads back to it.

import { json } from "./ask.js";

/** Brings the path in an element to life. */
export function watchWhy(element, { copied, address }) {
  const actions = element.querySelector("[data-actions]");
  if (!actions) return;
  actions.hidden = false;
  const onto = (name, text) => actions.querySelector(name).addEventListener("click", async () => {
    await write(text());
    copied();
  });
  onto("[data-copy]", () => told(element));
  onto("[data-link]", () => {
    const link = address();
    history.replaceState(null, "", link);
    return link;
  });
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
function told(element) {
  const lines = [];
  for (const result of element.querySelectorAll(".bench-result")) {
    lines.push(`${words(result.querySelector("[data-hrg]"))} ${words(result.querySelector(".bench-hrg-label"))}`);
  }
  const outcome = element.querySelector("[data-outcome]");
  lines.push(`Release ${outcome.dataset.id} ${outcome.dataset.digest}`);
  for (const section of element.querySelectorAll("[data-section]")) {
    lines.push("", words(section.querySelector("h3")));
    for (const step of section.querySelectorAll("[data-step]")) {
      lines.push(`  ${words(step.querySelector(".bench-step__name")).padEnd(10)} ${words(step.querySelector("[data-sentence]"))}`);
      for (const line of step.querySelectorAll("[data-line]")) lines.push(`             ${words(line)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
