// The reference browser: codes and HRGs of a release, the decision table of a root, a code in all releases, and what differs
// between two releases. What is open stands in the fragment of the address: #icd10.I639, #hrgs.AA22C.

import { json } from "./ask.js";
import { attempt, button, byId, el, releases, say, show, table } from "./dom.js";
import { watchKey } from "./session.js";

const [release, kind, query] = ["release", "kind", "query"].map(byId);
const KINDS = { hrgs: "HRGs", icd10: "Diagnoses", opcs4: "Procedures" };
/** Rows of a difference that are asked for at once. */
const ROWS = 200;
/** Codes that lead to a root, shown before all are asked for. */
const LEADING = 25;

let known = [];
const of = (id) => `/v1/references/${encodeURIComponent(id)}`;
const hrgLink = (hrg) => el("a", { href: `#hrgs.${hrg}` }, hrg);
const codeLink = (system, code) => el("a", { href: `#${system}.${code.replace("*", "")}` }, code);

async function search(cursor) {
  const path = kind.value === "hrgs" ? `${of(release.value)}/hrgs` : `${of(release.value)}/codes/${kind.value}`;
  const asked = new URLSearchParams({ q: query.value.trim(), limit: "50" });
  if (cursor) asked.set("cursor", cursor);
  const found = await json(`${path}?${asked}`);
  const rows = kind.value === "hrgs"
    ? found.hrgs.map((one) => [hrgLink(one.hrg), one.label, one.kind])
    : found.codes.map((one) => [codeLink(kind.value, one.code), one.label, one.valid ? "valid" : "retired"]);
  const words = `${found.count} ${KINDS[kind.value]} found${rows.length < found.count ? `, ${rows.length} shown` : ""}`;
  const more = found.next ? button("Next page", () => void attempt(() => search(found.next))) : null;
  byId("found").replaceChildren(...[rows.length ? table(words, [kind.value === "hrgs" ? "HRG" : "Code", "Label", "Kind"], rows) : el("p", {}, "Nothing was found."), more].filter(Boolean));
  say(words);
}

function decisions(answer) {
  const rows = [...answer.splits, ...answer.siblings].sort((a, b) => (a.order ?? 1e9) - (b.order ?? 1e9) || a.row.localeCompare(b.row));
  const cells = rows.map((row) => {
    const own = row.hrg.hrg === answer.hrg;
    return [el("span", {}, hrgLink(row.hrg.hrg), own ? " (this one)" : ""), row.hrg.label, row.order ?? "", row.cc, row.age, row.stay, row.interventions, row.when ?? "", el("code", {}, row.row)];
  });
  const heads = ["HRG", "Label", "Tried first", "CC score", "Age", "Stay", "Interventions", "Condition", "Row"];
  return cells.length ? table(`Decision table of root ${answer.decoded.root}${answer.root ? `, ${answer.root.label}` : ""}`, heads, cells) : el("p", {}, "No root leads to it.");
}

function leading(answer) {
  const lead = (one) => [codeLink(one.system, one.code), one.label ?? "", one.leads.map((way) => way.when ?? "always, unless a rule holds").join("; ")];
  const all = answer.leadingCodes;
  const place = el("div", {});
  const fill = (count) => place.replaceChildren(...[
    table(`Codes that can lead to the root: ${all.length}`, ["Code", "Label", "When"], all.slice(0, count).map(lead)),
    count < all.length ? button(`Show all ${all.length}`, () => fill(all.length)) : null].filter(Boolean));
  if (all.length) fill(LEADING);
  return place;
}

async function showHrg(hrg) {
  const answer = await json(`${of(release.value)}/hrgs/${encodeURIComponent(hrg)}`);
  const { chapter, subchapter } = answer.decoded;
  const given = answer.givenBy.map((one) => [el("code", {}, one.row), [one.code, one.label].filter(Boolean).join(" "), one.when]);
  open(`${answer.hrg} ${answer.label}`, [
    el("p", {}, `${answer.kind === "core" ? "Core" : "Unbundled"} HRG of ${release.value}. Chapter ${chapter.code} ${chapter.label}, subchapter ${subchapter.code} ${subchapter.label}.`),
    decisions(answer), given.length ? table("How else it is given", ["Row", "Code", "When"], given) : null, leading(answer),
  ]);
}

async function life(system, code) {
  const answers = await Promise.all(known.map(async (id) => {
    try {
      return [id, await json(`${of(id)}/codes/${system}/${encodeURIComponent(code)}`)];
    } catch (error) {
      if (error.problem?.code === "unknown-code") return [id, undefined];
      throw error;
    }
  }));
  const rows = answers.map(([id, one]) => [id, one ? (one.valid ? "valid" : "retired") : "not known", one?.label ?? "", one?.hierarchy ?? "", one?.root ? `${one.root.root} ${one.root.label}` : "", one ? String(one.rootRules.length) : ""]);
  return table(`${code} in all releases`, ["Release", "State", "Label", "Hierarchy", "Root", "Rules for other roots"], rows);
}

async function showCode(system, code) {
  const path = `${of(release.value)}/codes/${system}/${encodeURIComponent(code)}`;
  const [answer, inAll] = await Promise.all([json(path), life(system, code)]);
  const rules = answer.rootRules.map((rule) => [String(rule.order), rule.when, `${rule.root.root} ${rule.root.label}`, el("code", {}, rule.row)]);
  const unbundling = answer.unbundling.map((rule) => [rule.hrg ? hrgLink(rule.hrg.hrg ?? rule.hrg) : "", rule.when ?? "", el("code", {}, rule.row)]);
  const scores = (answer.complication?.lists ?? []).map((one) => [one.list, one.subchapters.join(", "), String(one.score), el("code", {}, one.row)]);
  const root = answer.root;
  open(`${answer.code} ${answer.label}`, [
    el("p", {}, `${KINDS[system]}, ${answer.valid ? "valid" : "retired"} in ${release.value}. Hierarchy ${answer.hierarchy ?? "none"}.`),
    root ? el("p", {}, `Base root ${root.root} ${root.label}: `, root.hrgs.flatMap((one, i) => [i ? ", " : "", hrgLink(one.hrg)])) : el("p", {}, "It leads to no root by itself."),
    inAll,
    rules.length ? table("Rules that lead it to other roots", ["Order", "When", "Root", "Row"], rules) : null,
    unbundling.length ? table("Unbundled HRGs", ["HRG", "When", "Row"], unbundling) : null,
    scores.length ? table("CC score as a secondary diagnosis", ["List", "Subchapters", "Score", "Row"], scores, { numbers: [2] }) : null,
    answer.lists.length ? table("Lists that hold it", ["List", "Row"], answer.lists.map((one) => [one.name, el("code", {}, one.row)])) : null,
  ]);
}

function open(heading, parts) {
  const title = byId("entry-heading");
  title.textContent = heading;
  byId("entry-body").replaceChildren(...parts.filter(Boolean));
  byId("entry").hidden = false;
  title.focus();
}

function follow() {
  const [what, name] = location.hash.slice(1).split(".");
  if (!name || !(what in KINDS)) return;
  void attempt(() => (what === "hrgs" ? showHrg(name) : showCode(what, name)));
}

async function differences(tableName) {
  const [from, to] = [byId("from").value, byId("to").value];
  const asked = new URLSearchParams({ limit: String(ROWS), ...(tableName ? { table: tableName } : {}) });
  const answer = await json(`${of(from)}/diff/${encodeURIComponent(to)}?${asked}`);
  const counts = Object.entries(answer.counts).filter(([, count]) => count > 0).map(([name, count]) => [name.replaceAll("-", " "), String(count)]);
  const only = (name) => button("Show rows", () => void attempt(() => differences(name)), { "aria-label": `Show rows of ${name}` });
  const tables = answer.tables.map((one) => [one.table, String(one.added), String(one.removed), String(one.changed), only(one.table)]);
  const cell = ({ column, from: was, to: is }) => el("li", {}, `${column}: ${was ?? "nothing"} → ${is ?? "nothing"}`);
  const rows = answer.rows.map((row) => [el("code", {}, `${row.table}:${row.row}`), row.change, el("ul", { class: "bench-plain" }, row.cells.map(cell))]);
  const left = answer.leftOut ? `, ${answer.leftOut} more are left out` : "";
  const parts = counts.length ? [
    table(`What differs between ${from} and ${to}`, ["What", "Count"], counts, { numbers: [1] }),
    table("By table", ["Table", "Added", "Removed", "Changed", ""], tables, { numbers: [1, 2, 3] }),
    table(`Rows${tableName ? ` of ${tableName}` : ""}: ${rows.length}${left}`, ["Row", "Change", "Cells"], rows),
  ] : [el("p", {}, "They do not differ.")];
  show(byId("differences"), ...parts);
}

async function start() {
  known = (await releases(release, byId("from"), byId("to"))).map(({ id }) => id);
  const purpose = release.value.split(".")[1];
  byId("from").value = known.find((id) => id.endsWith(purpose)) ?? known[0];
  follow();
}

byId("search-form").addEventListener("submit", (event) => { event.preventDefault(); void attempt(() => search()); });
byId("diff-form").addEventListener("submit", (event) => { event.preventDefault(); void attempt(() => differences()); });
release.addEventListener("change", follow);
addEventListener("hashchange", follow);
watchKey(() => void attempt(start));
void attempt(start);
