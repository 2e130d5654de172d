// An invented spell, and how a reader enters one.

import { readFileSync } from "node:fs";

const { spell } = JSON.parse(readFileSync(new URL("../examples/request.json", import.meta.url)));
/** The spell of the README: HT12A. */
export const SPELL = spell;

/** The spell as rows of a spreadsheet, with a header of official field names. */
export function sheet({ procodet, provspno, episodes } = SPELL) {
  const single = Object.keys(episodes[0]).filter((name) => !Array.isArray(episodes[0][name]));
  const longest = (list) => Math.max(1, ...episodes.map((episode) => episode[list].length));
  const columns = (list) => Array.from({ length: longest(list) }, (_, place) => `${list.toUpperCase()}_${String(place + 1).padStart(2, "0")}`);
  const header = ["PROCODET", "PROVSPNO", ...single.map((name) => name.toUpperCase()), ...columns("diag"), ...columns("oper")];
  const row = (episode) => [procodet, provspno, ...single.map((name) => episode[name]),
    ...columns("diag").map((_, place) => episode.diag[place] ?? ""), ...columns("oper").map((_, place) => episode.oper[place] ?? "")];
  return [header, ...episodes.map(row)].map((cells) => cells.join("\t")).join("\n");
}

/** Puts rows into the form by the field for pasting. */
export async function pasted(page, text = sheet()) {
  const paste = page.locator("#paste");
  if (await paste.getAttribute("open") === null) await page.getByText("Paste from a spreadsheet").click();
  await page.locator("#paste-text").fill(text);
  await page.getByRole("button", { name: "Put into the form" }).click();
}

/** Waits until the page shows that HRG. */
export async function shows(page, hrg) {
  await page.locator("[data-hrg]", { hasText: hrg }).first().waitFor();
}

/** Fills an episode field by field, codes one after the other. */
export async function typed(page, place, episode) {
  for (const [name, value] of Object.entries(episode)) {
    if (name === "epiorder") continue;
    if (!Array.isArray(value)) {
      await page.locator(`#i${place}-${name}`).fill(value);
      continue;
    }
    for (const [index, code] of value.entries()) {
      const field = page.locator(`#i${place}-${name}-${index + 1}`);
      if (index > 0) await page.locator(`#i${place}-${name}-${index}`).press("Enter");
      await field.fill(code);
      await field.press("Escape");
    }
  }
}
