// Why: the path of a result, its tables and scales, the rows behind it, the copy and the link.

import { assert, bench, test } from "./bench.js";
import { SPELL, pasted, sheet, shows } from "./spell.js";

/** A spell of one episode with a scan and dialysis among its procedures. */
const UNBUNDLED = { ...SPELL, episodes: [{ ...SPELL.episodes[0], oper: ["W461", "Z943", "U212", "E852"] }] };

test("the path tells what competed, what counted and where the spell falls", async () => {
  const page = await bench.open("/");
  await pasted(page);
  await shows(page, "HT12A");
  const spell = page.locator("[data-section]").first();
  const ranks = spell.getByRole("table", { name: "Procedures that competed" });
  assert.match(await ranks.getByRole("row", { name: /W461/ }).textContent(), /Primary replacement of head of femur.*24.*dominant/s);
  assert.match(await ranks.getByRole("row", { name: /Z943/ }).textContent(), /hierarchy > 24 does not hold/);
  const complications = spell.getByRole("table", { name: "Complications and comorbidities" });
  assert.match(await complications.getByRole("row", { name: /W190/ }).textContent(), /0\s*not on the list/);
  assert.match(await complications.getByRole("row", { name: /N179.*episode 1/ }).textContent(), /4\s*on the list/);
  assert.match(await complications.getByRole("row", { name: /N179.*episode 2/ }).textContent(), /0\s*recorded before/);
  const scale = spell.locator(".bench-scale");
  assert.match(await scale.locator("figcaption").textContent(), /CC score: 17/);
  assert.deepEqual(await scale.locator("li").evaluateAll((bands) => bands.map((band) => band.textContent.split(/\s+/).slice(0, 2).join(" ").trim())),
    ["0-2 HT12E", "3-5 HT12D", "6-8 HT12C", "9-11 HT12B", "12+ HT12A"]);
  assert.match(await scale.locator("[aria-current]").textContent(), /HT12A.*this spell: 17/s);
  assert.ok(await spell.getByText("6 fewer CC points would give HT12B").isVisible());
  await bench.picture(page, "why", spell);
});

test("what was unbundled is shown with the rule that did it", async () => {
  const page = await bench.open("/");
  await pasted(page, sheet(UNBUNDLED));
  await page.getByRole("heading", { name: "Unbundled" }).waitFor();
  assert.match(await page.locator(".bench-result").textContent(), /RD20A/);
  assert.match(await page.locator("[data-step]", { hasText: "U212" }).filter({ hasText: "gives RD20A" }).first().textContent(), /unbundling_rules:/);
});

test("a step opens to its table row, which leads to the reference browser", async () => {
  const page = await bench.open("/");
  await pasted(page);
  await shows(page, "HT12A");
  const step = page.locator("[data-step]", { hasText: "HT12A (Very Major Hip Procedures" }).first();
  await step.locator("summary").click();
  await step.getByRole("link", { name: "splits:HT12/HT12A" }).click();
  const cells = step.locator("[data-cells]");
  await cells.getByText("12+").waitFor();
  assert.equal(await cells.getByRole("link", { name: "In the reference browser" }).getAttribute("href"), "/reference#release=2024-25.payment&row=splits%3AHT12%2FHT12A");
  await bench.accessible(page);
  await bench.narrow(page);
  await page.locator("#i0-epidur").fill("6");
  await page.getByText("SpellLOS 18").waitFor();
  assert.ok(await page.locator("details[data-at][open]").count() > 0, "what was open stays open");
});

test("a link holds the release and the input behind the number sign, and leads back to the result", async () => {
  const page = await bench.open("/");
  await pasted(page);
  await shows(page, "HT12A");
  await page.getByRole("button", { name: "Copy a link to this" }).click();
  await page.waitForFunction(() => location.hash.length > 10);
  const address = new URL(page.url());
  assert.equal(address.search, "?dataset=apc");
  const other = await bench.open(address.pathname + address.search + address.hash);
  await shows(other, "HT12A");
  assert.equal(await other.locator("[data-item]").count(), 2);
  assert.ok(other.seen.addresses.every((asked) => !asked.includes("#") || asked === address.href));
});

test("a link to a release that is not here says so", async () => {
  const page = await bench.open("/");
  await pasted(page);
  await shows(page, "HT12A");
  await page.getByRole("button", { name: "Copy a link to this" }).click();
  await page.waitForFunction(() => location.hash.length > 10);
  const kept = JSON.parse(Buffer.from(new URL(page.url()).hash.slice(1), "base64url").toString());
  const hash = Buffer.from(JSON.stringify({ ...kept, release: "1999-00.payment" })).toString("base64url");
  const other = await bench.open(`/?dataset=apc#${hash}`);
  await other.getByText("The release 1999-00.payment of this link is not here").waitFor();
});

test("the path is copied as text", async () => {
  const page = await bench.open("/");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await pasted(page);
  await shows(page, "HT12A");
  await page.getByRole("button", { name: "Copy as text" }).click();
  await page.locator("#status", { hasText: "Copied." }).waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^HT12A Very Major Hip Procedures for Trauma with CC Score 12\+\nRelease 2024-25\.payment sha256:/);
  assert.match(text, /\n {2}S13 \(A14\) {2}CC score 17 on the list cc_he\n/);
  assert.match(text, /\n +6 fewer CC points would give HT12B\n/);
  assert.match(text, /\nEpisode 2\n {2}A0 /);
});

test("the path of a long spell shows its later episodes when they are opened, and copies them all", async () => {
  const page = await bench.open("/");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await pasted(page, sheet({ ...SPELL, episodes: Array.from({ length: 6 }, (_, place) => ({ ...SPELL.episodes[place % 2], epiorder: `${place + 1}` })) }));
  const later = page.locator("[data-later], .bench-later", { hasText: "Episode 5" });
  await later.locator("summary").first().click();
  await later.getByText("The release knows 5 diagnoses and 2 procedures").waitFor();
  await page.getByRole("button", { name: "Copy as text" }).click();
  await page.locator("#status", { hasText: "Copied." }).waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(text.match(/\nEpisode \d\n {2}A0 /g).length, 6);
});
