// What every test of the pages stands on: a browser, pages that tell of every fault, axe, pictures.
//
//   import { bench, test } from "./bench.js";
//   test("a sentence", async () => {
//     const page = await bench.open("/service");
//     ...
//   });
//
// A page fails its test on a request to another origin, on a breach of the content security policy, and on any error on the
// console. `bench.open` takes { origin, scripts, dark, width, expects }: `expects` names errors that a test provokes.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { chromium } from "playwright-core";

export { assert, test };

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** The rules of WCAG 2.2, levels A and AA. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** Text that is as good as a patient's identifier: it may be in no address and in no log. */
export const CANARY = "ZZ9430000001ZZ";

const { BENCH_ORIGIN, BENCH_LOG, BENCH_KNOWN_ORIGIN, BENCH_KNOWN_LOG, BENCH_KEY, BENCH_PICTURES, BENCH_ASSETS, BENCH_BROWSER } = process.env;

/** Styles and scripts from a folder in place of those in the program, to work on them without building it: BENCH_ASSETS. */
async function fromDisk(route) {
  const path = join(BENCH_ASSETS, basename(new URL(route.request().url()).pathname));
  await (existsSync(path) ? route.fulfill({ path }) : route.continue());
}

export const bench = {
  /** The service that knows no callers. */
  origin: BENCH_ORIGIN,
  /** The service that does, and a key that it takes. */
  known: { origin: BENCH_KNOWN_ORIGIN, key: BENCH_KEY },
  browser: null,
  opened: [],

  /** A page at a path, in a context of its own. */
  async open(path, { origin = BENCH_ORIGIN, scripts = true, dark = false, width = 1200, height = 900, expects = [] } = {}) {
    const context = await this.browser.newContext({
      javaScriptEnabled: scripts,
      colorScheme: dark ? "dark" : "light",
      viewport: { width, height },
      reducedMotion: "reduce",
      permissions: [],
    });
    context.setDefaultTimeout(20_000);
    if (BENCH_ASSETS) await context.route("**/assets/*/*", fromDisk);
    const page = await context.newPage();
    const seen = { page, context, faults: [], addresses: [], weight: 0, waits: [] };
    context.on("request", (request) => {
      seen.addresses.push(request.url());
      if (!request.url().startsWith(`${origin}/`)) seen.faults.push(`a request left the origin: ${request.url()}`);
    });
    context.on("requestfinished", (request) => {
      seen.waits.push(request.sizes().then((sizes) => { seen.weight += sizes.responseBodySize; }, () => {}));
    });
    const unexpected = (text) => !expects.some((expected) => expected.test(text));
    page.on("console", (message) => {
      if (message.type() === "error" && unexpected(message.text())) seen.faults.push(`on the console: ${message.text()}`);
    });
    page.on("pageerror", (error) => seen.faults.push(`a script failed: ${error.stack}`));
    this.opened.push(seen);
    await page.goto(origin + path, { waitUntil: "load" });
    page.seen = seen;
    return page;
  },

  /** No rule of WCAG 2.2 AA is broken, in light and in dark. */
  async accessible(page) {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate((source) => { if (!window.axe) (0, eval)(source); }, axe).catch(async () => {
        await page.addInitScript(axe);
      });
      const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
      const told = violations.map((rule) => `${rule.id}: ${rule.help}\n` + rule.nodes.map((node) => `    ${node.html.slice(0, 200)}\n    ${node.failureSummary.replaceAll("\n", " ")}`).join("\n"));
      assert.deepEqual(told, [], `${page.url()} in ${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: "light" });
  },

  /** At 320 pixels nothing has to be scrolled sideways but what scrolls by itself. */
  async narrow(page) {
    const size = page.viewportSize();
    await page.setViewportSize({ width: 320, height: 640 });
    const { needed, wide } = await page.evaluate(() => {
      const beyond = [...document.body.querySelectorAll("*")].filter((element) => {
        const scrolls = element.closest(".bench-scroll, .nhsuk-u-visually-hidden, .nhsuk-skip-link");
        return !scrolls && element.getBoundingClientRect().right > 321;
      });
      return { needed: document.documentElement.scrollWidth, wide: beyond.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)) };
    });
    await page.setViewportSize(size);
    assert.ok(needed <= 320, `${page.url()} needs ${needed} pixels: ${wide.join("\n")}`);
  },

  /** A picture of the page, or of one element of it, in the target folder; `make screenshots` puts it into the documentation. */
  async picture(page, name, of = null) {
    mkdirSync(BENCH_PICTURES, { recursive: true });
    await page.evaluate(() => {
      document.activeElement?.blur();
      window.scrollTo(0, 0);
    });
    const options = { path: join(BENCH_PICTURES, `${name}.png`), animations: "disabled", caret: "hide" };
    await (of ? of.screenshot(options) : page.screenshot(options));
  },

  /** Bytes that came over the line for a page, packed as they were. */
  async weight(page) {
    await Promise.all(page.seen.waits);
    return page.seen.weight;
  },

  /** The logs of both services. */
  logs() {
    return [BENCH_LOG, BENCH_KNOWN_LOG].map((path) => readFileSync(path, "utf8")).join("\n");
  },
};

before(async () => {
  assert.ok(BENCH_ORIGIN, "run tests/browser.sh, which starts the service");
  const args = ["--disable-background-networking", "--disable-component-update", "--no-first-run"];
  bench.browser = await chromium.launch({ executablePath: BENCH_BROWSER, args, chromiumSandbox: process.getuid() !== 0 });
});

afterEach(async () => {
  const opened = bench.opened.splice(0);
  const faults = [];
  for (const { context, faults: own, addresses } of opened) {
    faults.push(...own, ...addresses.filter((address) => address.includes(CANARY)).map((address) => `the canary is in ${address}`));
    await context.close();
  }
  assert.deepEqual(faults, []);
});

after(async () => {
  await bench.browser?.close();
  assert.ok(!bench.logs().includes(CANARY), "the canary is in a log");
});
