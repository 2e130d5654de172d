// Without a mouse, without scripts, and how heavy and how quick the page is.

import { existsSync, readFileSync } from "node:fs";
import { assert, bench, test } from "./bench.js";
import { SPELL, pasted, sheet, shows } from "./spell.js";

test("with the keyboard alone a spell is entered, corrected and explained", async () => {
  const page = await bench.open("/");
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
  /** Goes on with the tab key until the focus is where it should be, as somebody would who sees it. */
  const reach = async (wanted, key = "Tab") => {
    for (let steps = 0; steps < 120; steps += 1) {
      if (wanted.test(await focused())) return;
      await page.keyboard.press(key);
    }
    assert.fail(`${wanted} cannot be reached with ${key}; the focus is on ${await focused()}`);
  };
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to main content");
  await page.keyboard.press("Enter");
  const [episode] = SPELL.episodes;
  for (const [name, value] of Object.entries(episode)) {
    if (name === "epiorder") continue;
    const values = [value].flat();
    await reach(new RegExp(`^i0-${name}(-1)?$`));
    for (const [place, code] of values.entries()) {
      if (place > 0) await page.keyboard.press("Enter");
      await page.keyboard.type(code);
      await page.keyboard.press("Escape");
    }
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(ring, "none", `the focus on ${name} is seen`);
  }
  await shows(page, "HT12B");
  await reach(/^i0-sex$/, "Shift+Tab");
  await page.keyboard.type("7");
  await shows(page, "UZ01Z");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("2");
  await shows(page, "HT12B");
  await reach(/^What it looked at/);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("details[data-at][open]").count(), 1);
});

test("without scripts the form is sent, and answered with the result, its messages and why", async () => {
  const page = await bench.open("/", { scripts: false });
  const fill = async (place, episode) => {
    for (const [name, value] of Object.entries(episode)) {
      if (name !== "epiorder") await page.locator(`#i${place}-${name}`).fill([value].flat().join("\n"));
    }
  };
  await fill(0, SPELL.episodes[0]);
  await page.getByRole("button", { name: "Add episode" }).click();
  await fill(1, SPELL.episodes[1]);
  await page.getByRole("button", { name: "Group", exact: true }).click();
  await shows(page, "HT12A");
  assert.ok(await page.getByText("CC score 17 on the list cc_he").isVisible());
  await page.locator("summary", { hasText: "What it looked at" }).first().click();
  await bench.narrow(page);
  await page.locator("#i1-sex").fill("7");
  await page.locator("#i1-sex").press("Enter");
  await shows(page, "UZ01Z");
  assert.match(await page.locator("#i1-sex-remark-1").textContent(), /Sex is invalid \(7\)/);
  await page.getByRole("link", { name: /SEX: Sex is invalid/ }).click();
  assert.equal(new URL(page.url()).hash, "#i1-sex");
  await page.getByRole("button", { name: "Move up Episode 2" }).click();
  assert.equal(await page.locator("#i0-sex").inputValue(), "7");
  await page.getByRole("button", { name: "Remove Episode 1" }).click();
  assert.equal(await page.locator("[data-item]").count(), 1);
  assert.ok(page.seen.addresses.every((address) => [ "", "?dataset=apc" ].includes(new URL(address).search)), "nothing that was entered is in an address");
});

test("without scripts a key is sent in the body of the form", async () => {
  const page = await bench.open("/", { origin: bench.known.origin, scripts: false, expects: [/401/] });
  await page.getByRole("button", { name: "Group", exact: true }).click();
  await page.getByRole("heading", { name: "There is a problem" }).waitFor();
  await page.getByLabel("API key or access token").fill(bench.known.key);
  await page.getByRole("button", { name: "Group", exact: true }).click();
  await shows(page, "UZ01Z");
  assert.ok(page.seen.addresses.every((address) => !address.includes(bench.known.key)));
});

test("the page with its styles and scripts weighs 250 kB or less, packed as it is sent", async () => {
  const page = await bench.open("/");
  await page.waitForLoadState("networkidle");
  const weight = await bench.weight(page);
  console.log(`page weight: ${(weight / 1000).toFixed(1)} kB`);
  assert.ok(weight > 10_000 && weight <= 250_000, `${weight} bytes`);
});

test("the result of the longest spell of the sample follows each key", async () => {
  const page = await bench.open("/");
  await pasted(page, longest());
  await page.locator("[data-outcome]").waitFor();
  const took = await page.evaluate(async () => {
    const field = document.querySelector("#i0-epidur");
    const { value } = field;
    const times = [];
    for (let round = 0; round < 40; round += 1) {
      const answered = new Promise((resolve) => {
        new PerformanceObserver((list, observer) => {
          observer.disconnect();
          resolve(list.getEntries().at(-1).duration);
        }).observe({ type: "measure" });
      });
      field.value = round % 2 ? value : `${Number(value) + 1}`;
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      times.push(await answered);
    }
    return times.sort((one, other) => one - other);
  });
  assert.equal(took.length, 40);
  const at = (share) => took[Math.ceil(took.length * share) - 1].toFixed(1);
  console.log(`from the key to the new result, debounce left out: median ${at(0.5)} ms, 95th percentile ${at(0.95)} ms, ${await page.locator("[data-item]").count()} episodes`);
});

/** The longest spell of the official sample where it lies beside the project, else one of forty invented episodes. */
function longest() {
  const sample = new URL("../../../shared/data/apc-sample/apc-sample.csv", import.meta.url);
  if (!existsSync(sample)) {
    const episodes = Array.from({ length: 40 }, (_, place) => ({ ...SPELL.episodes[place % 2], epiorder: `${place + 1}` }));
    return sheet({ ...SPELL, episodes });
  }
  const [header, ...rows] = readFileSync(sample, "utf8").trim().split(/\r?\n/).map((line) => line.split(","));
  const spells = new Map();
  for (const row of rows) spells.set(`${row[0]}/${row[1]}`, [...(spells.get(`${row[0]}/${row[1]}`) ?? []), row]);
  const filled = (spell) => spell.flat().filter(Boolean).length;
  const [most] = [...spells.values()].sort((one, other) => other.length - one.length || filled(other) - filled(one));
  return [header, ...most].map((cells) => cells.join("\t")).join("\n");
}
