// The service page: releases, known issues, limits; with a key where callers must be known.

import { assert, bench, test } from "./bench.js";

test("support sees releases, digests, known issues and limits", async () => {
  const page = await bench.open("/service");
  const release = page.locator("section", { has: page.getByRole("heading", { name: /2024-25\.payment/ }) });
  assert.match(await release.textContent(), /sha256:[0-9a-f]{64}/);
  assert.match(await release.textContent(), /demonstration/);
  assert.match(await release.textContent(), /Known issues/);
  assert.equal(await page.locator("tr", { hasText: "single.episodes" }).locator("td").nth(1).textContent(), "200");
  assert.ok(await page.getByText("Demonstration releases.").isVisible());
  assert.match(await page.locator("footer").textContent(), /hrg-grouper \d+\.\d+\.\d+/);
  await bench.accessible(page);
  await bench.narrow(page);
  await bench.picture(page, "service");
});

test("where callers must be known, a key that is not is refused and a key that is shows the releases", async () => {
  const page = await bench.open("/service", { origin: bench.known.origin, expects: [/401/] });
  const field = page.getByLabel("API key or access token");
  assert.equal(await page.getByText("2024-25.payment").count(), 0);
  await field.fill("hrg_not_a_key");
  await page.getByRole("button", { name: "Show releases and limits" }).click();
  await page.getByRole("heading", { name: "There is a problem" }).waitFor();
  await bench.accessible(page);
  await field.fill(bench.known.key);
  await page.getByRole("button", { name: "Show releases and limits" }).click();
  await page.getByRole("heading", { name: /2024-25\.payment/ }).waitFor();
  assert.ok(page.seen.addresses.every((address) => !address.includes(bench.known.key)));
});

test("without scripts a key is sent in the body of the form", async () => {
  const page = await bench.open("/service", { origin: bench.known.origin, scripts: false });
  await page.getByLabel("API key or access token").fill(bench.known.key);
  await page.getByRole("button", { name: "Show releases and limits" }).click();
  await page.getByRole("heading", { name: /2024-25\.payment/ }).waitFor();
  assert.equal(new URL(page.url()).search, "");
});
