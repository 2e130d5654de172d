// What if: one change before and after, the single changes that would matter, the same spell in other releases.

import { readFileSync } from "node:fs";
import { assert, bench, CANARY, test } from "./bench.js";

const RELEASE = "2024-25.payment";

async function example() {
  const page = await bench.open("/what-if");
  await page.locator("#release option").first().waitFor({ state: "attached" });
  await page.getByLabel("Release", { exact: true }).selectOption(RELEASE);
  await page.getByRole("button", { name: "Fill in an example" }).click();
  return page;
}

/** What the interface itself says. */
async function asked(page, path, body) {
  const response = await page.request.post(bench.origin + path, { data: body });
  return response.json();
}

test("a coder changes one thing and sees both sides, with the first step that decides otherwise", async () => {
  const page = await example();
  assert.match(await page.locator("#note").textContent(), /Coding follows the record, not the tariff/);
  await page.getByLabel("What changes").selectOption("remove");
  await page.getByLabel("Which code").selectOption({ label: "OPER_01 W461" });
  await page.getByRole("button", { name: "Show before and after" }).click();
  await page.getByRole("heading", { name: "The HRG of the spell changes" }).waitFor();
  const row = page.locator("#sides tr", { hasText: "HRG of the spell" }).first();
  assert.match(await row.textContent(), /changed.*HT12A/);
  assert.match(await page.locator("#sides").textContent(), /The first step that decides otherwise: A9/);
  await bench.accessible(page);
  await bench.narrow(page);
  await bench.picture(page, "what-if", page.locator("section", { has: page.locator("#sides") }));
});

test("the single changes that give another HRG are those of the interface, and each can be looked at", async () => {
  const page = await example();
  await page.getByLabel("procedures", { exact: true }).check();
  await page.getByRole("button", { name: "Look" }).click();
  await page.getByText("As recorded: HT12A").waitFor();
  const { spell } = JSON.parse(readFileSync("tests/examples/request.json", "utf8"));
  const explored = (await asked(page, "/v1/what-if", { reference: RELEASE, spell, explore: ["procedures"] })).explored.procedures;
  assert.equal(await page.getByText(`One more, at the end of episode ${explored.episode}: ${explored.added.length} outcomes`).count(), 1);
  const first = explored.removed[0];
  await page.getByRole("button", { name: new RegExp(`before and after of ${first.hrg}, Episode ${first.episode}: without OPER_0${first.position}`) }).click();
  await page.getByRole("heading", { name: "The HRG of the spell changes" }).waitFor();
  assert.match(await page.locator("#sides").textContent(), new RegExp(first.hrg));
  await bench.accessible(page);
  await bench.narrow(page);
});

test("the same spell in other releases stands side by side", async () => {
  const page = await example();
  for (const id of ["2022-23.payment", "2024-25.costing"]) await page.getByLabel(id, { exact: true }).check();
  await page.getByRole("button", { name: "Compare releases" }).click();
  await page.locator("#compared table").first().waitFor();
  const rows = await page.locator("#compared table").first().locator("tbody tr").count();
  assert.equal(rows, 3);
  await bench.accessible(page);
});

test("what cannot be asked is said where the reader is", async () => {
  const page = await bench.open("/what-if", { expects: [/422/] });
  await page.locator("#release option").first().waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Compare releases" }).click();
  assert.match(await page.locator("#problem").textContent(), /Choose a release to compare with/);
  await page.getByLabel("Diagnoses, primary first, one a line").fill(Array(100).fill(CANARY).join("\n"));
  await page.getByRole("button", { name: "Look" }).click();
  await page.getByText("/spell/episodes/0/diag: at most 99 positions", { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.refusal), "invalid-body");
  await bench.accessible(page);
});

test("the page is used by keyboard alone", async () => {
  const page = await example();
  await page.getByLabel("What changes").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("I269");
  await page.keyboard.press("Enter");
  await page.locator("#sides h3").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "sides", "the reader is taken to the result");
});
