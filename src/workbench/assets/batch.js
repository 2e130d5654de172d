// Batch: a file looked at, grouped as a job, and shown as charts, tables and records. Rows and results stay in memory.

import { json } from "./ask.js";
import { chart } from "./chart.js";
import { columnsOf, lineOf, official, recordOf, rows as rowsOf } from "./csv.js";
import { attempt, byId, el, releases, table } from "./dom.js";
import { blob, erase, follow, post, records } from "./job.js";
import { fragment } from "./record-link.js";
import { key, watchKey } from "./session.js";
import { HELD, Tally } from "./tally.js";

const [release, dataset, fileInput, definitionInput, first] = ["release", "dataset", "file", "definition", "first"].map(byId);
const PREVIEW = 6;
/** Records that are listed at once. */
const LISTED = 50;
/** Entries of a chart. */
const BARS = 15;

/** What is in hand: the file and its text, the definition, the job and what it came to. */
const hand = { file: undefined, text: "", definition: "", job: undefined, tally: undefined, rows: undefined };

const by = () => document.querySelector("[name=by]:checked").value;
const columns = () => official(dataset.selectedOptions[0].dataset.columns);
const path = () => dataset.value.toLowerCase();

function hide(...ids) {
  for (const id of ids) byId(id).hidden = true;
}

/** What stands between the file's columns and the official names. */
function layout() {
  if (by() === "definition") return columnsOf(hand.definition);
  const head = rowsOf(hand.text, 1)[0]?.cells ?? [];
  if (by() === "header") return { names: head.map((name) => name.trim().toUpperCase()), delimiter: "," };
  const names = [...document.querySelectorAll("#preview-table input")].map((input) => input.value.trim().toUpperCase());
  return { names, delimiter: "," };
}

const hasHeader = () => by() === "header" || first.checked;

function preview() {
  hide("preview", "findings", "running", "results");
  byId("definition-group").hidden = by() !== "definition";
  byId("first-group").hidden = by() === "header";
  if (!hand.text || (by() === "definition" && !hand.definition)) return;
  const known = columns();
  const { names: declared, delimiter } = by() === "map" ? { names: [], delimiter: "," } : layout();
  const sample = rowsOf(hand.text.slice(0, 100_000), PREVIEW, delimiter);
  const head = hasHeader() ? sample.shift()?.cells ?? [] : [];
  const width = Math.max(head.length, ...sample.map((row) => row.cells.length), 0);
  const guess = (i) => [head[i], declared[i]].map((name) => name?.trim().toUpperCase()).find((name) => known.includes(name)) ?? "";
  const title = (i) => {
    if (by() !== "map") return declared[i] || head[i] || `column ${i + 1}`;
    const label = `Column ${i + 1}${head[i] ? `, ${head[i]}` : ""}`;
    return el("span", {}, el("label", { for: `column-${i}` }, label), el("input", { class: "nhsuk-input bench-column", id: `column-${i}`, list: "official", value: guess(i), spellcheck: "false" }));
  };
  const heads = Array.from({ length: width }, (_, i) => el("th", { scope: "col" }, title(i)));
  const body = sample.map((row) => el("tr", {}, Array.from({ length: width }, (_, i) => el("td", {}, row.cells[i] ?? ""))));
  byId("preview-table").replaceChildren(
    el("table", { class: "nhsuk-table" }, el("caption", { class: "nhsuk-table__caption" }, `The first rows of ${hand.file.name}, ${hand.file.size.toLocaleString("en-GB")} bytes`), el("thead", {}, el("tr", {}, heads)), el("tbody", {}, body)),
    el("datalist", { id: "official" }, by() === "map" ? known.map((name) => el("option", { value: name })) : []));
  byId("preview").hidden = false;
}

/** The file as it is sent: with a definition as it is, mapped with a header of official names. */
function sent() {
  if (by() !== "map") return hand.file;
  const { names } = layout();
  const used = names.filter(Boolean);
  const twice = used.find((name, i) => used.indexOf(name) !== i);
  if (twice) throw new Error(`${twice} is given to two columns`);
  const unknown = used.find((name) => !columns().includes(name));
  if (unknown) throw new Error(`${dataset.value} has no field ${unknown}`);
  const header = `${lineOf(names.map((name, i) => name || `column_${i + 1}`))}\n`;
  const rest = first.checked ? hand.text.slice(hand.text.indexOf("\n") + 1) : hand.text;
  return new Blob([header, rest], { type: "text/csv" });
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;
const linesOf = (found) => found.lines.join(", ");

async function check() {
  hide("findings", "running", "results");
  const file = sent();
  const asked = new URLSearchParams({ reference: release.value, header: String(hasHeader() || by() === "map") });
  const where = `/v1/check/${path()}?${asked}`;
  let parts;
  try {
    const found = by() === "definition"
      ? await json(where, { definition: hand.definition, data: hand.text })
      : await post(where, file, "text/csv");
    const reasons = found.reasons.map((one) => [one.message, one.field, String(one.count), percent(one.share), linesOf(one)]);
    const patterns = found.findings.map((one) => [el("span", { class: one.severity === "error" ? "bench-bad" : null }, one.severity), one.message, one.field ?? "", String(one.count), percent(one.share), linesOf(one)]);
    parts = [
      el("p", {}, `${found.failing} of ${found.records} records would be UZ01Z (${percent(found.failingShare)}).`),
      reasons.length ? table("The commonest reasons", ["Message", "Field", "Records", "Share", "First lines"], reasons, { numbers: [2, 3] }) : null,
      patterns.length ? table("Patterns of the file as a whole", ["Weight", "What", "Field", "Count", "Share", "First lines"], patterns, { numbers: [3, 4] }) : el("p", {}, "No pattern was found that needs a look."),
    ];
  } catch (error) {
    if (error.problem?.code !== "too-large") throw error;
    parts = [el("p", {}, "The file is too large to be looked at beforehand. It can be grouped.")];
  }
  byId("findings-list").replaceChildren(...parts.filter(Boolean));
  byId("findings").hidden = false;
  byId("findings-heading").focus();
}

function progress(name, job) {
  const { share = name === "finished" ? 1 : 0, records: done = 0, recordsPerSecond = 0, secondsLeft } = job.progress ?? {};
  byId("share").value = share;
  const left = secondsLeft === undefined ? "" : `, about ${Math.ceil(secondsLeft)} seconds left`;
  byId("progress").textContent = job.counts ? `Finished: ${job.counts.read} records` : `${job.state ?? name}: ${done} records, ${Math.round(recordsPerSecond)} a second${left}`;
}

async function group() {
  hide("results");
  const asked = new URLSearchParams({ kind: "group", dataset: path(), reference: release.value, order: "sort" });
  if (by() === "definition") {
    asked.set("definition", hand.definition);
    asked.set("header", String(first.checked));
  }
  const { names, delimiter } = layout();
  const job = await post(`/v1/jobs?${asked}`, sent(), "text/csv");
  hand.job = job.id;
  byId("running").hidden = false;
  progress("progress", job);
  const { name, job: ended } = await follow(job.id, progress);
  if (name !== "finished") throw new Error(`The job ended as ${name}${ended.failure ? `: ${ended.failure.detail ?? ended.failure.code}` : ""}`);
  hand.tally = new Tally();
  for await (const result of records(job.id)) hand.tally.add(result);
  if (!hand.tally.summary) throw new Error("The result is not complete");
  // Lines of the answer count a header; where one was put before the file, they are one more than the file's own.
  const shift = by() === "map" && !first.checked ? 1 : 0;
  hand.rows = { names, delimiter, shift, of: undefined, spells: undefined };
  await results(ended);
}

const unit = () => (hand.tally.kinds.spell.of.size ? "Spells" : "Records");

async function results(job) {
  const { tally } = hand;
  const { kinds } = tally;
  const bad = (entries) => entries.map((entry) => ({ ...entry, bad: /^UZ01Z|^rejected|^U error/.test(entry.name) }));
  const chapters = await Promise.all(kinds.chapters.entries(true).map(async (entry) => ({ ...entry, words: await chapter(entry) })));
  const charts = [
    [kinds.spell.of.size ? "Episodes grouped and not" : "Records grouped and not", bad(kinds.outcome.entries()), kinds.spell.of.size ? "Episodes" : "Records"],
    ["Spells grouped and not", bad(kinds.spell.entries()), "Spells"],
    ["Top errors", kinds.errors.entries(), "Messages"],
    ["HRGs by chapter", chapters, unit()],
    ["Commonest HRGs", kinds.hrgs.entries().slice(0, BARS).map((entry) => ({ ...entry, words: `${entry.name} ${tally.labels.get(entry.name)}` })), unit()],
    ["Grouping method", bad(kinds.methods.entries()), "Spells"],
    ["Unbundled families", kinds.unbundled.entries(), "Unbundled HRGs"],
    ["Length of stay", kinds.stays.entries(true), "Spells"],
  ];
  const shown = charts.filter(([, entries]) => entries.length).map(([title, entries, of]) => chart(title, entries, list, of));
  const held = tally.read > HELD ? el("p", {}, `All records are counted; the first ${HELD.toLocaleString("en-GB")} can be listed.`) : null;
  byId("charts").replaceChildren(...[el("p", {}, `${tally.read} records read. Release ${tally.summary.reference}.`), held, ...shown].filter(Boolean));
  byId("files").replaceChildren(el("ul", {}, job.results.map((result) => el("li", {}, download(result)))));
  hide("records");
  byId("results").hidden = false;
  byId("results-heading").focus();
}

/** The chapter with its label, by any of its HRGs. */
async function chapter(entry) {
  const any = [...hand.tally.labels.keys()].find((hrg) => hrg.startsWith(entry.name));
  try {
    const { decoded } = await json(`/v1/references/${encodeURIComponent(hand.tally.summary.reference)}/hrgs/${any}`);
    return `${entry.name} ${decoded.chapter.label}`;
  } catch {
    return entry.name;
  }
}

const FORMS = { zip: "The official files (zip)", csv: "Results as CSV", ndjson: "Results as NDJSON" };

function download({ format, href, bytes }) {
  const words = `${FORMS[format] ?? format}, ${bytes.toLocaleString("en-GB")} bytes`;
  const name = `grouped.${format}`;
  if (!key()) return el("a", { href, download: name }, words);
  const fetchIt = (event) => {
    event.preventDefault();
    void attempt(async () => {
      const address = URL.createObjectURL(await blob(hand.job, format));
      el("a", { href: address, download: name }).click();
      URL.revokeObjectURL(address);
    });
  };
  return el("a", { href, click: fetchIt }, words);
}

/** The rows of the file by their lines, and those of each spell; read when they are first asked for. */
function source() {
  const { rows } = hand;
  if (!rows.of) {
    rows.of = new Map();
    rows.spells = new Map();
    for (const { line, cells } of rowsOf(hand.text, Infinity, rows.delimiter)) {
      const record = recordOf(rows.names, cells);
      rows.of.set(line + rows.shift, record);
      const name = `${record.procodet}\n${record.provspno}`;
      rows.spells.set(name, [...(rows.spells.get(name) ?? []), record]);
    }
  }
  return rows;
}

/** The links from a record to the single spell, and of a spell to what if. */
function single(line) {
  const { of, spells } = source();
  const record = of.get(line);
  if (!record) return "";
  const isSpell = dataset.value === "APC";
  const all = isSpell ? spells.get(`${record.procodet}\n${record.provspno}`) : [record];
  const inOrder = [...all].sort((a, b) => Number(a.epiorder) - Number(b.epiorder));
  const known = new Set(columns().map((name) => name.toLowerCase().replace(/_\d\d$/, "")));
  const kept = inOrder.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => known.has(name))));
  const behind = fragment(hand.tally.summary.reference, kept, isSpell);
  const open = el("a", { href: `/?dataset=${path()}${behind}` }, "Open");
  return isSpell ? el("span", {}, open, " · ", el("a", { href: `/what-if${behind}` }, "What if")) : open;
}

function list(entry, count = LISTED) {
  const cells = entry.places.slice(0, count).map((place) => {
    const result = hand.tally.held[place];
    const own = result.episode ?? result;
    const messages = (own.messages ?? result.errors ?? []).map((one) => el("li", {}, [one.field, one.code, one.message].filter(Boolean).join(" ")));
    return [String(result.line), result.spell ? `${result.spell.hrg} ${result.spell.label}` : "", own.hrg ? `${own.hrg} ${own.label}` : "rejected", el("ul", { class: "bench-plain" }, messages), single(result.line)];
  });
  byId("records-heading").textContent = `Records: ${entry.words ?? entry.name}, ${entry.places.length} of ${entry.count}`;
  byId("records-table").replaceChildren(table("One row for each record", ["Line", "HRG of the spell", "HRG", "Messages", "Single view"], cells));
  const more = byId("more");
  more.hidden = count >= entry.places.length;
  more.onclick = () => list(entry, count + LISTED);
  byId("records").hidden = false;
  if (count === LISTED) byId("records-heading").focus();
}

async function take(file) {
  if (!file) return;
  Object.assign(hand, { file, text: await file.text(), job: undefined, tally: undefined });
  preview();
}

async function start() {
  await releases(release);
}

fileInput.addEventListener("change", () => void attempt(() => take(fileInput.files[0])));
definitionInput.addEventListener("change", () => void attempt(async () => {
  hand.definition = definitionInput.files[0] ? await definitionInput.files[0].text() : "";
  preview();
}));
for (const input of [...document.querySelectorAll("[name=by]"), dataset, first]) input.addEventListener("change", preview);
release.addEventListener("change", () => hide("findings", "running", "results"));
const drop = byId("drop");
for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.toggleAttribute("data-over", true); });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.toggleAttribute("data-over", false));
drop.addEventListener("drop", (event) => { event.preventDefault(); void attempt(() => take(event.dataTransfer.files[0])); });
byId("file-form").addEventListener("submit", (event) => event.preventDefault());
byId("check").addEventListener("click", () => void attempt(check));
byId("start").addEventListener("click", () => void attempt(group));
byId("erase").addEventListener("click", () => void attempt(async () => {
  if (hand.job) await erase(hand.job);
  hand.job = undefined;
  hide("running", "results");
  byId("findings-heading").focus();
}));
watchKey(() => void attempt(start));
void attempt(start);
