// A spell as a form: one block an episode, codes in a text field, one a line.

import { el } from "./dom.js";

/** The fields of an episode that hold one value, in the order of the dataset. */
export const FIELDS = [
  ["startage", "Age at start"], ["sex", "Sex"], ["classpat", "Patient classification"], ["admisorc", "Source of admission"],
  ["admimeth", "Admission method"], ["disdest", "Discharge destination"], ["dismeth", "Discharge method"], ["epidur", "Episode duration, days"],
  ["mainspef", "Main specialty"], ["neocare", "Neonatal level of care"], ["tretspef", "Treatment function"],
  ["criticalcaredays", "Critical care days"], ["rehabilitationdays", "Rehabilitation days"], ["spcdays", "Specialist palliative care days"],
];
const LISTS = [["diag", "Diagnoses, primary first"], ["oper", "Procedures"]];

export const EXAMPLE = {
  procodet: "R0A", provspno: "EXAMPLE-1",
  episodes: [
    { epiorder: "1", startage: "84", sex: "2", classpat: "1", admisorc: "19", admimeth: "21", disdest: "98", dismeth: "8", epidur: "5", mainspef: "110", tretspef: "115", diag: ["S7200", "W190", "F03X", "I489", "N179"], oper: ["W461", "Z943"] },
    { epiorder: "2", startage: "84", sex: "2", classpat: "1", admisorc: "19", admimeth: "21", disdest: "19", dismeth: "1", epidur: "12", mainspef: "430", tretspef: "430", diag: ["J189", "S7200", "N179", "F03X", "F051", "Z602"], oper: [] },
  ],
};

const codes = (text) => {
  const lines = text.split(/\r?\n/).flatMap((line) => (line.trim() ? line.trim().split(/[\s,;]+/) : [""]));
  while (lines.length && !lines.at(-1)) lines.pop();
  return lines;
};

/** Shows the episodes of a spell in a place; `changed` is told of every entry. */
export class SpellForm {
  constructor(place, changed) {
    this.place = place;
    this.changed = changed;
    this.procodet = "1";
    this.provspno = "1";
    this.fill({ episodes: [{}] });
    place.addEventListener("input", changed);
  }

  fill(spell) {
    this.procodet = spell.procodet ?? "1";
    this.provspno = spell.provspno ?? "1";
    this.place.replaceChildren();
    for (const episode of spell.episodes ?? [{}]) this.add(episode);
  }

  add(episode = {}) {
    const number = this.place.children.length + 1;
    const field = ([name, label]) => el("div", { class: "nhsuk-form-group" },
      el("label", { class: "nhsuk-label", for: `e${number}-${name}` }, label),
      el("input", { class: "nhsuk-input", id: `e${number}-${name}`, name, value: String(episode[name] ?? ""), inputmode: "numeric", spellcheck: "false" }));
    const list = ([name, label]) => {
      const area = el("textarea", { class: "nhsuk-textarea", id: `e${number}-${name}`, name, rows: "5", spellcheck: "false" });
      area.value = (episode[name] ?? []).join("\n");
      return el("div", { class: "nhsuk-form-group" }, el("label", { class: "nhsuk-label", for: area.id }, `${label}, one a line`), area);
    };
    const remove = () => {
      const episodes = this.read().episodes;
      episodes.splice(number - 1, 1);
      this.fill({ procodet: this.procodet, provspno: this.provspno, episodes: episodes.length ? episodes : [{}] });
      this.changed();
    };
    this.place.append(el("fieldset", { class: "bench-card" },
      el("legend", {}, `Episode ${number}`),
      el("div", { class: "bench-columns" }, LISTS.map(list)),
      el("details", { class: "nhsuk-details", open: !episode.startage }, el("summary", {}, "Other fields"), el("div", { class: "bench-of-episode" }, FIELDS.map(field))),
      el("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary bench-small", click: remove }, `Remove episode ${number}`)));
    this.changed();
  }

  read() {
    const episodes = [...this.place.children].map((block, i) => {
      const episode = { epiorder: String(i + 1) };
      for (const input of block.querySelectorAll("input")) episode[input.name] = input.value.trim();
      for (const area of block.querySelectorAll("textarea")) episode[area.name] = codes(area.value);
      return episode;
    });
    return { procodet: this.procodet, provspno: this.provspno, episodes };
  }
}
