// The reference browser: search, decision table, a code in all releases, differences.

import { assert, bench, test } from "./bench.js";

async function opened(path = "/reference", options = {}) {
  const page = await bench.open(path, options);
  await page.locator("#release option").first().waitFor({ state: "attached" });
  return page;
}

test("a reader finds an HRG and sees the decision table of its root", async () => {
  const page = await opened();
  await page.getByLabel("Code or words").fill("cerebrovascular accident");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: "AA22C", exact: true }).click();
  await page.getByRole("heading", { name: /AA22C Cerebrovascular Accident/ }).waitFor();
  const table = page.getByRole("table", { name: /Decision table of root AA22/ });
  const rows = await table.locator("tbody tr").allTextContents();
  assert.equal(rows.length, 5);
  assert.match(rows[0], /AA22C.*14\+/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "entry-heading");
  await bench.accessible(page);
  await bench.narrow(page);
  await bench.picture(page, "reference", page.locator("#entry"));
});

test("a reader finds a code by words and sees its life in all releases", async () => {
  const page = await opened();
  await page.getByLabel("What").selectOption("icd10");
  await page.getByLabel("Code or words").fill("cerebral infarction not spec");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: "I639", exact: true }).click();
  const life = page.getByRole("table", { name: "I639 in all releases" });
  await life.waitFor();
  const rows = await life.locator("tbody tr").allTextContents();
  assert.equal(rows.length, 4);
  assert.ok(rows.every((row) => /valid.*Cerebral infarction/.test(row)), rows.join("\n"));
  await bench.accessible(page);
  await bench.narrow(page);
});

test("what differs between two releases is what the interface says", async () => {
  const page = await opened();
  await page.getByLabel("From").selectOption("2022-23.payment");
  await page.getByLabel("To").selectOption("2024-25.payment");
  await page.getByRole("button", { name: "Show differences" }).click();
  const counts = page.getByRole("table", { name: /What differs between/ });
  await counts.waitFor();
  const response = await page.request.get(`${bench.origin}/v1/references/2022-23.payment/diff/2024-25.payment?limit=1`);
  const { counts: expected } = await response.json();
  for (const [name, count] of Object.entries(expected).filter(([, number]) => number > 0)) {
    const row = counts.locator("tr", { has: page.getByRole("rowheader", { name: name.replaceAll("-", " "), exact: true }) });
    assert.equal(await row.locator("td").textContent(), String(count), name);
  }
  await page.getByRole("button", { name: "Show rows of root_max_los" }).click();
  await page.getByRole("table", { name: /^Rows of root_max_los/ }).waitFor();
  await bench.accessible(page);
  await bench.narrow(page);
});

test("a code that no release has is said to be unknown", async () => {
  const page = await opened("/reference#hrgs.ZZ99Z", { expects: [/404/] });
  await page.getByRole("heading", { name: "There is a problem" }).waitFor();
  assert.equal(await page.locator("#problem [data-refusal]").getAttribute("data-refusal"), "unknown-hrg");
  await bench.accessible(page);
});
