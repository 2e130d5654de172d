// Batch: a file looked at, grouped with progress, shown as charts with tables, and followed down to a record. The numbers are
// those of the official files that `hrg group` writes of the same file.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { rows } from "../../src/workbench/assets/csv.js";
import { assert, bench, CANARY, test } from "./bench.js";

const RELEASE = "2024-25.payment";
const OWN = ["tests/data/apc/apc.csv", "tests/data/apc/apc.rdf"];
const OFFICIAL = ["../shared/data/apc-sample/apc-sample.csv", "../shared/data/apc-sample/default-apc.rdf"];
const place = mkdtempSync(join(tmpdir(), "batch-"));
after(() => rmSync(place, { recursive: true }));

const INVALID = "UZ01Z, data invalid for grouping";

/** The records of a CSV file by its header. */
function table(path) {
  const [{ cells: head }, ...others] = rows(readFileSync(path, "utf8"));
  return others.map(({ cells }) => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ""])));
}

function tallied(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** What the official files of `hrg group` say. */
function official([csv, rdf]) {
  const out = join(place, "grouped");
  execFileSync(process.env.BENCH_PROGRAM, ["group", "-i", csv, "-o", out, "-d", rdf, "-l", "APC", "-h", "--reference", RELEASE]);
  const [summary] = table(`${out}_summary.csv`);
  const number = (name) => Number(summary[name]);
  const spells = table(`${out}_spell.csv`);
  const both = (all, wrong) => Object.fromEntries([["with an HRG", all - wrong], [INVALID, wrong]].filter(([, count]) => count));
  return {
    "Episodes grouped and not": both(number("FCE Count"), number("FCE Error Count")),
    "Spells grouped and not": both(number("Spell Count"), number("Spell Error Count")),
    "Top errors": tallied(table(`${out}_quality_rel.csv`).map((row) => row["Error Message"])),
    "HRGs by chapter": tallied(spells.map((row) => row.SpellHRG[0])),
    "Grouping method": tallied(spells.map((row) => row.SpellGroupingMethodFlag)),
    "Unbundled families": tallied(table(`${out}_ub_rel.csv`).map((row) => row.UnbundledHRGs.slice(0, 2))),
    "Length of stay": spells.length,
  };
}

/** What a chart's table says, by name. */
async function shown(page, title) {
  const cells = await page.locator(`[data-chart="${title}"] tbody tr`).evaluateAll((all) => all.map((row) => [row.querySelector("th").textContent, Number(row.querySelector("td").textContent)]));
  return Object.fromEntries(cells);
}

const initial = (counts) => Object.fromEntries(Object.entries(counts).map(([name, count]) => [name[0], count]));

async function opened(options) {
  const page = await bench.open("/batch", options);
  await page.locator("#release option").first().waitFor({ state: "attached" });
  await page.getByLabel("Release", { exact: true }).selectOption(RELEASE);
  return page;
}

/** The file with its record definition up to the results. */
async function grouped(page, [csv, rdf]) {
  await page.getByLabel("File of records (CSV)").setInputFiles(csv);
  await page.getByLabel("A record definition file (RDF) says it").check();
  await page.getByLabel("Record definition file", { exact: true }).setInputFiles(rdf);
  await page.getByRole("button", { name: "Look at the file first" }).click();
  await page.locator("#findings-heading").waitFor();
  const found = await page.locator("#findings-list").textContent();
  await page.getByRole("button", { name: "Group the file" }).click();
  await page.locator("#results-heading").waitFor({ timeout: 60_000 });
  return found;
}

for (const [words, files] of [["the project's own sample", OWN], ["the official sample", OFFICIAL]]) {
  test(`the numbers shown for ${words} are those of the official files`, async (context) => {
    if (!files.every((path) => existsSync(path))) {
      context.skip("it is not beside this clone");
      return;
    }
    const expected = official(files);
    const page = await opened();
    const found = await grouped(page, files);
    assert.match(found, new RegExp(`${expected["Episodes grouped and not"][INVALID]} of `), "the look beforehand counts the same records");
    for (const [title, counts] of Object.entries(expected)) {
      const own = await shown(page, title);
      if (title === "HRGs by chapter" || title === "Grouping method") assert.deepEqual(initial(own), counts, title);
      else if (title === "Length of stay") assert.equal(Object.values(own).reduce((sum, count) => sum + count), counts, title);
      else assert.deepEqual(own, counts, title);
    }
    assert.match(await page.locator("#progress").textContent(), /^Finished: \d+ records/);
    await bench.accessible(page);
    await bench.narrow(page);
    if (files === OWN) await bench.picture(page, "batch", page.locator("#charts"));
  });
}

test("from a bar to the records, from a record to the single spell and to what if", async () => {
  const page = await opened();
  await grouped(page, OWN);
  await page.locator('[data-chart="Spells grouped and not"] rect').first().click();
  assert.match(await page.locator("#records-heading").textContent(), /^Records: with an HRG/);
  await page.getByRole("button", { name: `Records of ${INVALID}` }).first().click();
  assert.match(await page.locator("#records-heading").textContent(), /^Records: UZ01Z/);
  await page.getByRole("button", { name: "Records of with an HRG" }).last().click();
  const row = page.locator("#records-table tbody tr").first();
    const hrg = (await row.locator("td").first().textContent()).slice(0, 5);
  const href = await row.getByRole("link", { name: "Open" }).getAttribute("href");
  const [before, behind] = href.split("#");
  assert.equal(before, "/?dataset=apc");
  const { fields } = JSON.parse(Buffer.from(behind, "base64url"));
  const names = fields.filter(([name, value]) => /procodet|provspno|local/.test(name) && value !== "1");
  assert.deepEqual(names, [], "no identifier is in a link");
  await row.getByRole("link", { name: "What if" }).click();
  await page.locator("#release option").first().waitFor({ state: "attached" });
  assert.equal(await page.getByLabel("Release", { exact: true }).inputValue(), RELEASE);
  await page.getByRole("button", { name: "Look" }).click();
  await page.getByText(`As recorded: ${hrg}`).waitFor();
  await page.goto(bench.origin + href);
  await page.locator("[data-result], .bench-hrg", { hasText: hrg }).first().waitFor();
});

test("columns are mapped in the preview, and the file gives what it gives with its own names", async () => {
  const [{ cells: head }, ...others] = rows(readFileSync(OWN[0], "utf8"));
  const csv = join(place, "renamed.csv");
  writeFileSync(csv, [head.map((_, i) => `c${i}`), ...others.map(({ cells }) => cells)].map((cells) => cells.join(",")).join("\n"));
  const page = await opened();
  await page.getByLabel("File of records (CSV)").setInputFiles(csv);
  await page.getByLabel("I map the columns in the preview").check();
  for (const [i, name] of head.entries()) {
    if (/^(?!LOCAL|dummy)/i.test(name)) await page.getByLabel(`Column ${i + 1}, c${i}`, { exact: true }).fill(name);
  }
  await bench.accessible(page);
  await bench.narrow(page);
  await page.getByRole("button", { name: "Look at the file first" }).click();
  await page.getByRole("button", { name: "Group the file" }).click();
  await page.locator("#results-heading").waitFor({ timeout: 60_000 });
  const expected = official(OWN);
  assert.deepEqual(await shown(page, "Spells grouped and not"), expected["Spells grouped and not"]);
});

test("the official files are downloaded, and the job is erased", async () => {
  const page = await opened();
  await grouped(page, OWN);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /The official files/ }).click()]);
  assert.equal(readFileSync(await file.path()).subarray(0, 2).toString(), "PK");
  await page.getByRole("button", { name: "Cancel and erase" }).click();
  await page.locator("#results").waitFor({ state: "hidden" });
});

test("with a key, where callers must be known", async () => {
  const page = await bench.open("/batch", { origin: bench.known.origin, expects: [/401/] });
  await page.getByLabel("API key or access token").fill(bench.known.key);
  await page.getByLabel("API key or access token").press("Tab");
  await page.locator("#release option").first().waitFor({ state: "attached" });
  await page.getByLabel("Release", { exact: true }).selectOption(RELEASE);
  await grouped(page, OWN);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /The official files/ }).click()]);
  assert.equal(readFileSync(await file.path()).subarray(0, 2).toString(), "PK");
});

test("a file without the fields that are needed is refused, and says which", async () => {
  const csv = join(place, "short.csv");
  writeFileSync(csv, `PROCODET,PROVSPNO,SEX\nR0A,${CANARY},1\n`);
  const page = await opened({ expects: [/422/] });
  await page.getByLabel("File of records (CSV)").setInputFiles(csv);
  await page.getByRole("button", { name: "Look at the file first" }).click();
  await page.locator("#problem li", { hasText: "mandatory fields of APC have no column" }).waitFor();
  assert.equal(await page.locator("#findings").isVisible(), false);
  await bench.accessible(page);
});
