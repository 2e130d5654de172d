// What if: one thing changed and shown beside what was recorded, the single changes that would give another HRG, and the
// same spell in other releases.

import { json } from "./ask.js";
import { attempt, button, byId, el, releases, say, show, table } from "./dom.js";
import { linked } from "./record-link.js";
import { watchKey } from "./session.js";
import { EXAMPLE, FIELDS, SpellForm } from "./spell.js";

const [release, kind, whichEpisode, whichCode, whichField, value] =
  ["release", "change-kind", "change-episode", "change-code", "change-field", "change-value"].map(byId);

/** The changes on offer: words, what they need, and the change that the interface takes. */
const KINDS = {
  "add-diagnosis": ["Add a diagnosis", ["value"], () => ({ change: "insert", field: "diag", value: value.value.trim() })],
  "add-procedure": ["Add a procedure", ["value"], () => ({ change: "insert", field: "oper", value: value.value.trim() })],
  remove: ["Remove a code", ["code"], () => ({ change: "remove", ...code() })],
  replace: ["Put another code in its place", ["code", "value"], () => ({ change: "set", ...code(), value: value.value.trim() })],
  first: ["Put a code first", ["code"], () => ({ change: "move", ...code(), to: 1 })],
  field: ["Change a field", ["field", "value"], () => ({ change: "set", field: whichField.value, value: value.value.trim() })],
  "remove-episode": ["Remove the episode", [], () => ({ change: "remove-episode" })],
};

const code = () => {
  const [field, position] = whichCode.value.split(".");
  return { field, position: Number(position) };
};

const form = new SpellForm(byId("episodes"), () => queueMicrotask(offer));

function offer() {
  const { episodes } = form.read();
  const chosen = [whichEpisode.value, whichCode.value];
  whichEpisode.replaceChildren(...episodes.map((_, i) => el("option", { value: i + 1 }, String(i + 1))));
  whichEpisode.value = episodes[chosen[0] - 1] ? chosen[0] : "1";
  const episode = episodes[whichEpisode.value - 1] ?? {};
  const entries = ["diag", "oper"].flatMap((field) => (episode[field] ?? []).map((text, i) => [`${field}.${i + 1}`, `${field.toUpperCase()}_${String(i + 1).padStart(2, "0")} ${text}`, text]));
  whichCode.replaceChildren(...entries.filter(([, , text]) => text).map(([id, text]) => el("option", { value: id }, text)));
  if (entries.some(([id]) => id === chosen[1])) whichCode.value = chosen[1];
  const needs = KINDS[kind.value]?.[1] ?? [];
  for (const group of document.querySelectorAll("[data-of]")) group.hidden = !needs.includes(group.dataset.of);
}

function request(more) {
  return { reference: release.value, spell: form.read(), ...more };
}

const list = (items) => (items.length ? el("ul", { class: "bench-plain" }, items.map((item) => el("li", {}, item))) : "none");
const named = (result) => `${result.hrg} ${result.label}`;

/** What of a result is shown, as words and a cell. */
const LINES = [
  ["HRG of the spell", ({ spell }) => named(spell)],
  ["Grouping method", ({ spell }) => spell.groupingMethod],
  ["Dominant procedure", ({ spell }) => spell.dominantProcedure ?? "none"],
  ["Primary diagnosis", ({ spell }) => spell.primaryDiagnosis ?? "none"],
  ["Stay, days", ({ spell }) => String(spell.lengthOfStay)],
  ["Episodes", ({ episodes }) => list(episodes.map((episode) => named(episode)))],
  ["Unbundled", ({ spell }) => list(spell.unbundled.map((one) => named(one)))],
  ["Messages", ({ spell, episodes }) => list([...spell.messages, ...episodes.flatMap((episode) => episode.messages)].map((one) => `${one.field} ${one.code} ${one.message}`))],
];

const textOf = (cell) => (typeof cell === "string" ? cell : cell.textContent);

function step(one) {
  if (!one) return "This side never comes to that step";
  const facts = (one.facts ?? []).map((fact) => `${[fact.field, fact.code, fact.name.replaceAll("_", " ")].filter(Boolean).join(" ")}: ${fact.value}`);
  const turned = (one.turnedDown ?? []).map((other) => `not ${other.candidate}: ${other.failed} does not hold, found ${other.found}`);
  const rows = (one.rows ?? []).map((row) => `row ${row}`);
  return el("div", {}, el("p", {}, one.sentence),
    el("details", { class: "nhsuk-details" }, el("summary", {}, "What was read"), list([...facts, ...turned, ...rows])));
}

function parting(difference, [before, after]) {
  if (!difference) return el("p", {}, "Every step says the same.");
  const place = `${difference.step}${difference.rule ? ` (${difference.rule})` : ""}, ${difference.episode ? `episode ${difference.episode}` : "the spell"}`;
  const words = difference.decides ? `The first step that decides otherwise: ${place}` : `Nothing is decided otherwise; the first step that reads something else: ${place}`;
  return table(words, [before, after], [[step(difference.from), step(difference.to)]]);
}

function sides(answer) {
  const variant = answer.variants[0];
  const rows = LINES.map(([words, cell]) => {
    const [before, after] = [cell(answer.base), cell(variant)];
    const differs = textOf(before) !== textOf(after);
    return [differs ? el("span", {}, `${words} `, el("strong", { class: "nhsuk-tag" }, "changed")) : words, before, after];
  });
  const words = variant.spellChanged ? "The HRG of the spell changes" : variant.changed ? "The HRG of the spell stays, another changes" : "No HRG changes";
  show(byId("sides"), el("h3", { class: "nhsuk-heading-s" }, words), el("p", { class: "bench-quiet" }, variant.name),
    table("Before and after", ["", "As recorded", "Changed"], rows), parting(variant.firstDifference, ["As recorded", "Changed"]));
  say(`${words}: ${answer.base.spell.hrg}, ${variant.spell.hrg}`);
}

async function compare(name, changes) {
  sides(await json("/v1/what-if", request({ edits: [{ name, changes }] })));
}

/** The words of a change. */
function told({ change, episode = 1, field = "", position, to, value: given }) {
  const at = position ? `${field.toUpperCase()}_${String(position).padStart(2, "0")}` : field.toUpperCase();
  const words = { set: `${at} ${given}`, insert: `${field.toUpperCase()} ${given} more`, remove: `without ${at}`, move: `${at} in place ${to}`, "remove-episode": "without the episode" }[change];
  return `Episode ${episode}: ${words}`;
}

const tryIt = (outcome) => button("Show", () => void attempt(() => compare(outcome.changes.map(told).join(", "), outcome.changes)), { "aria-label": `Show before and after of ${outcome.hrg}, ${outcome.changes.map(told).join(", ")}` });

function examples(added) {
  const codes = added.examples.map((example) => `${example.entry} ${example.label}`);
  const more = added.codes - codes.length;
  return list(more > 0 ? [...codes, `and ${more} more`] : codes);
}

function codesFound(words, found) {
  const how = (added) => [added.ccScore === undefined ? null : `CC score ${added.ccScore}`, added.dominant ? "becomes dominant" : null].filter(Boolean).join(", ");
  const added = found.added.map((one) => [named(one), how(one), examples(one), tryIt(one)]);
  const removed = found.removed.map((one) => [named(one), `episode ${one.episode}, position ${one.position}`, `${one.code} ${one.label}`, tryIt(one)]);
  return [
    el("h3", { class: "nhsuk-heading-s" }, words),
    found.complete ? null : el("p", {}, `Not every code was tried: ${found.tried} of ${found.of}.`),
    added.length ? table(`One more, at the end of episode ${found.episode}: ${added.length} outcomes`, ["HRG then", "How", "Codes", ""], added) : el("p", {}, "No single code more gives another HRG."),
    removed.length ? table("One less", ["HRG then", "Where", "Code", ""], removed) : el("p", {}, "No single code less gives another HRG."),
  ];
}

function numberFound(words, unit, found) {
  const rows = [["lower", found.below], ["higher", found.above]].filter(([, reached]) => reached)
    .map(([side, reached]) => [`${reached.value} ${unit} (${side})`, named(reached), tryIt(reached)]);
  const now = found.now === null ? "cannot be read from the spell" : `${found.now} ${unit} as recorded`;
  return [el("h3", { class: "nhsuk-heading-s" }, `${words}: ${now}`),
    rows.length ? table(`The nearest ${words.toLowerCase()} that gives another HRG`, [words, "HRG then", ""], rows) : el("p", {}, `No other ${words.toLowerCase()} gives another HRG.`)];
}

async function explore() {
  const asked = [...document.querySelectorAll("[name=explore]:checked")].map((box) => box.value);
  if (!asked.length) throw new Error("Choose what to look among");
  const { explored, base } = await json("/v1/what-if", request({ explore: asked }));
  const parts = [];
  if (explored.secondaryDiagnoses) parts.push(...codesFound("Secondary diagnoses", explored.secondaryDiagnoses));
  if (explored.stay) parts.push(...numberFound("Stay", "days", explored.stay));
  if (explored.age) parts.push(...numberFound("Age", "years", explored.age));
  if (explored.procedures) parts.push(...codesFound("Procedures", explored.procedures));
  show(byId("explored"), el("p", {}, `As recorded: ${named(base.spell)}`), ...parts.filter(Boolean));
  say("Looked");
}

async function compareReleases() {
  const others = [...document.querySelectorAll("[name=other]:checked")].map((box) => box.value).filter((id) => id !== release.value);
  if (!others.length) throw new Error("Choose a release to compare with");
  const { results, firstDifference, sameHrgs } = await json("/v1/compare", { references: [release.value, ...others], spell: form.read() });
  const rows = results.map((one) => [one.reference.id, named(one.spell), one.spell.groupingMethod, list(one.episodes.map((episode) => named(episode))), one.partsFromFirstAt ? `${one.partsFromFirstAt.step}${one.partsFromFirstAt.decides ? "" : " (decides nothing)"}` : "nowhere"]);
  const parts = [el("p", {}, sameHrgs ? "Every release gives the same HRGs." : "The HRGs differ."),
    table("The spell in each release", ["Release", "HRG of the spell", "Method", "Episodes", "Parts from the first at"], rows)];
  if (firstDifference) parts.push(table(`The first step that differs: ${firstDifference.step}`, ["Release", "What it says"], firstDifference.sides.map((side) => [side.reference, step(side.step)])));
  show(byId("compared"), ...parts);
}

async function start() {
  const references = await releases(release);
  byId("others").replaceChildren(...references.map(({ id }) => el("label", {}, el("input", { type: "checkbox", name: "other", value: id }), ` ${id}`)));
  const given = linked();
  if (given?.episodes.length) {
    form.fill({ episodes: given.episodes });
    if (references.some(({ id }) => id === given.release)) release.value = given.release;
  }
  offer();
}

kind.replaceChildren(...Object.entries(KINDS).map(([id, [words]]) => el("option", { value: id }, words)));
whichField.replaceChildren(...FIELDS.map(([name, words]) => el("option", { value: name }, words)));
for (const select of [kind, whichEpisode]) select.addEventListener("change", offer);
byId("add-episode").addEventListener("click", () => form.add());
byId("example").addEventListener("click", () => { form.fill(EXAMPLE); offer(); });
const onSubmit = (id, task) => byId(id).addEventListener("submit", (event) => { event.preventDefault(); void attempt(task); });
onSubmit("change-form", () => {
  const change = { ...KINDS[kind.value][2](), episode: Number(whichEpisode.value) };
  return compare(told(change), [change]);
});
onSubmit("explore-form", explore);
onSubmit("compare-form", compareReleases);
onSubmit("spell-form", () => {});
watchKey(() => void attempt(start));
void attempt(start);
