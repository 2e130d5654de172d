// The single-spell page: entering, pasting, completing, ordering; messages; other datasets; keys.

import { assert, bench, CANARY, test } from "./bench.js";
import { SPELL, pasted, sheet, shows, typed } from "./spell.js";

const codes = (page, list) => page.locator(`#${list} ~ ol input`).evaluateAll((fields) => fields.map((field) => field.value));

test("a spell is entered field by field, and its result appears as it is typed", async () => {
  const page = await bench.open("/");
  await typed(page, 0, SPELL.episodes[0]);
  await shows(page, "HT12B");
  await page.getByRole("button", { name: "Add episode" }).click();
  await typed(page, 1, SPELL.episodes[1]);
  await shows(page, "HT12A");
  assert.match(await page.locator("#status").textContent(), /HT12A Very Major Hip Procedures/);
  assert.match(await page.locator(".bench-result").textContent(), /2024-25\.payment\s+demonstration/);
  await page.locator("[data-means]", { hasText: "Fracture of neck of femur closed" }).first().waitFor();
  await bench.accessible(page);
  await bench.narrow(page);
  await bench.picture(page, "single");
});

test("what a change leaves as it is stays in the page, and a message is said once", async () => {
  const page = await bench.open("/");
  await pasted(page);
  await shows(page, "HT12A");
  await page.locator("#i0-sex").evaluate((field) => {
    field.value = "7";
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
  await shows(page, "UZ01Z");
  assert.equal(await page.locator("#i0-sex").getAttribute("aria-invalid"), "true");
  const said = page.locator('[data-field="sex"]').first().locator("[data-remarked]");
  assert.equal(await said.count(), 1);
  const admission = await page.locator("#i0-admimeth").inputValue();
  await page.locator("#i0-admimeth").fill("ZZ");
  await page.locator('[data-field="admimeth"] [data-remarked]').first().waitFor();
  assert.equal(await said.count(), 1);
  await page.locator("#i0-sex").fill(SPELL.episodes[0].sex);
  await page.locator("#i0-admimeth").fill(admission);
  await shows(page, "HT12");
  assert.equal(await page.locator("[data-remarked], .nhsuk-input--error, .nhsuk-form-group--error").count(), 0);
  assert.equal(await page.locator("#i0-sex").getAttribute("aria-invalid"), null);
  const [first, second] = [page.locator("#result tbody tr").first(), page.locator("#result tbody tr").nth(1)];
  const before = await first.textContent();
  await second.evaluate((element) => { element.firstChild.met = true; });
  await page.locator("#i0-epidur").fill(`${Number(SPELL.episodes[0].epidur) + 7}`);
  await first.filter({ hasNotText: before }).waitFor();
  assert.ok(await second.evaluate((element) => element.firstChild.met), "the row of the other episode is the same element");
});

test("a code is completed by its label, with the keyboard", async () => {
  const page = await bench.open("/");
  const field = page.locator("#i0-diag-1");
  await field.pressSequentially("pneumonia unsp");
  const first = page.locator(".bench-options [role=option]").first();
  await first.waitFor();
  const [code, ...label] = (await first.textContent()).split(" ");
  assert.match(label.join(" "), /pneumonia.*unsp/i);
  await bench.accessible(page);
  await field.press("ArrowDown");
  await field.press("Enter");
  assert.equal(await field.inputValue(), code);
  await page.locator("[data-means]", { hasText: label.join(" ") }).first().waitFor();
  await field.press("Enter");
  await page.keyboard.type("I10");
  assert.deepEqual(await codes(page, "i0-diag"), [code, "I10"]);
});

test("codes and episodes are put in order by buttons and by dragging", async () => {
  const page = await bench.open("/");
  await pasted(page);
  await shows(page, "HT12A");
  await page.getByRole("button", { name: "Move down DIAG_01" }).first().click();
  assert.deepEqual((await codes(page, "i0-diag")).slice(0, 2), ["W190", "S7200"]);
  // What the answer writes beside the codes moves them: it is waited for, lest the drag miss its place.
  await page.waitForTimeout(300);
  await page.waitForFunction(() => !document.querySelector("#why").hasAttribute("aria-busy"));
  await page.locator("#i0-diag ~ ol [data-position]").nth(1).dragTo(page.locator("#i0-diag ~ ol > li").first(), { targetPosition: { x: 60, y: 2 } });
  assert.deepEqual((await codes(page, "i0-diag")).slice(0, 2), ["S7200", "W190"]);
  await page.getByRole("button", { name: "Remove DIAG_02" }).first().click();
  assert.deepEqual((await codes(page, "i0-diag")).slice(0, 2), ["S7200", "F03X"]);
  await page.getByRole("button", { name: "Move up Episode 2" }).click();
  assert.equal(await page.locator("#i0-mainspef").inputValue(), "430");
  await page.getByRole("button", { name: "Remove Episode 1" }).click();
  assert.equal(await page.locator("[data-item]").count(), 1);
  await shows(page, "HT12");
});

test("rows, columns and cells are pasted with headers and without", async () => {
  const page = await bench.open("/");
  await pasted(page, sheet());
  await shows(page, "HT12A");
  assert.match(await page.locator("#pasted").textContent(), /^2 episodes read\.$/);
  const [names, row] = sheet({ ...SPELL, episodes: [{ ...SPELL.episodes[0], oper: ["W461"] }] }).split("\n").map((line) => line.split("\t"));
  await pasted(page, [...names.map((name, place) => `${name}\t${row[place]}`), "WARD\t7"].join("\n"));
  await shows(page, "HT12B");
  assert.match(await page.locator("#pasted").textContent(), /1 episode read\. Not used: WARD\./);
  const order = (await page.locator("#single").getAttribute("data-columns")).split(" ");
  await pasted(page, order.map((name) => row[names.indexOf(name)] ?? "").join("\t"));
  await shows(page, "HT12B");
  await page.locator("#i0-diag-2").focus();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text", "N179\nI489\nE119");
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  assert.deepEqual((await codes(page, "i0-diag")).slice(0, 4), ["S7200", "N179", "I489", "E119"]);
  await pasted(page, "S7200\tW190");
  assert.match(await page.locator("#pasted").textContent(), /Without official field names a row has \d+ columns/);
  await pasted(page, "PROVSPNO\tSEX\n1\t1\n2\t2");
  assert.match(await page.locator("#pasted").textContent(), /rows are of 2 spells/);
});

test("a message stands beside its field and in the summary, which leads to it", async () => {
  const page = await bench.open("/");
  await pasted(page);
  await shows(page, "HT12A");
  await page.locator("#i1-sex").fill("7");
  await page.locator("#i0-diag-3").fill("ZZZ");
  await shows(page, "UZ01Z");
  const field = page.locator("#i1-sex");
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  const words = await field.evaluate((element) => element.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent).join(" "));
  assert.match(words, /Sex is invalid \(7\)/);
  await page.getByRole("link", { name: /DIAG_03/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id || location.hash), "i0-diag-3");
  assert.match(await page.locator("#status").textContent(), /UZ01Z .* \d messages/);
  await bench.accessible(page);
  await field.fill("2");
  await page.locator("#i0-diag-3").fill("F03X");
  await shows(page, "HT12A");
  assert.equal(await page.locator("[aria-invalid]").count(), 0);
});

test("records of the other datasets are grouped with their official fields", async () => {
  for (const [dataset, fields, hrg] of [
    ["em", { age: "27", inv: ["01"], treat: ["46"] }, "VB"],
    ["nac", { startage: "40", sex: "1", mainspef: "100", tretspef: "100", firstatt: "1" }, "WF01"],
    ["nrd", { renalmod: "01", renalsite: "01", renalaccess: "03", hbv: "NEG", hcv: "NEG", hiv: "NEG", age: "63" }, "LD"],
    ["acc", { ccuf: "01", brsd: "2", arsd: "1" }, "XC"],
  ]) {
    const page = await bench.open(`/?dataset=${dataset}`);
    await typed(page, 0, fields);
    await page.locator("[data-outcome]").waitFor();
    await shows(page, hrg);
  }
  const page = await bench.open("/?dataset=ncc");
  await page.getByRole("button", { name: "Add day" }).click();
  await page.locator(".bench-result__title", { hasText: "Day 2" }).waitFor();
  assert.equal(await page.locator(".bench-result").count(), 2);
  await bench.accessible(page);
});

test("where callers must be known, a key is sent in a header and kept for the tab alone", async () => {
  const page = await bench.open("/", { origin: bench.known.origin, expects: [/401/] });
  await pasted(page);
  await page.getByRole("heading", { name: "There is a problem" }).waitFor();
  const sent = page.waitForRequest((request) => request.url().includes("/parts/single"));
  await page.getByLabel("API key or access token").fill(bench.known.key);
  await page.getByLabel("API key or access token").blur();
  const request = await sent;
  assert.equal(await request.headerValue("x-api-key"), bench.known.key);
  assert.ok(!request.postData().includes(bench.known.key));
  await shows(page, "HT12A");
  await page.reload();
  assert.equal(await page.getByLabel("API key or access token").inputValue(), bench.known.key);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  assert.ok(page.seen.addresses.every((address) => !address.includes(bench.known.key)));
});

test("an identifier that is entered anywhere is in no address and no log", async () => {
  const page = await bench.open("/");
  await pasted(page, sheet({ ...SPELL, provspno: CANARY, procodet: CANARY }));
  await shows(page, "HT12A");
  await page.locator("#i0-diag-2").fill(CANARY);
  await page.locator("#i0-sex").fill(CANARY);
  await shows(page, "UZ01Z");
  await page.locator("#i0-diag-2").press("End");
  await page.keyboard.type("Z");
  await page.waitForTimeout(400);
  assert.ok(page.seen.addresses.some((address) => address.endsWith("/parts/codes")), "a completion was asked for");
  await page.getByRole("button", { name: "Copy a link to this" }).click();
  await page.waitForFunction(() => location.hash.length > 10);
  assert.ok(!atob(new URL(page.url()).hash.slice(1).replaceAll("-", "+").replaceAll("_", "/")).includes(`"spell.provspno","${CANARY}"`));
});
