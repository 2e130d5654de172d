// What a batch came to: counts by kind, each with the records behind it.

const METHODS = { P: "P procedure", D: "D diagnosis", B: "B burns", M: "M multiple trauma", G: "G global exception", O: "O outpatient default", U: "U error" };
const STAYS = [[0, 0], [1, 1], [2, 2], [3, 4], [5, 7], [8, 14], [15, 28], [29, Infinity]];
const INVALID = "UZ01Z";
/** Records that are held for a click; all are counted. */
export const HELD = 200_000;

const stayOf = (days) => {
  const [least, most] = STAYS.find(([, end]) => days <= end);
  return most === Infinity ? `${least} days and more` : least === most ? `${least} ${least === 1 ? "day" : "days"}` : `${least} to ${most} days`;
};

/** Counts by name, with the places of the records held. */
class Counts {
  constructor() {
    this.of = new Map();
  }

  add(name, place) {
    const entry = this.of.get(name) ?? { name, count: 0, places: [] };
    entry.count += 1;
    if (place !== undefined && entry.places.at(-1) !== place) entry.places.push(place);
    this.of.set(name, entry);
  }

  /** The entries, the commonest first or by name. */
  entries(byName = false) {
    const all = [...this.of.values()];
    return all.sort((a, b) => (byName ? 0 : b.count - a.count) || a.name.localeCompare(b.name, "en", { numeric: true }));
  }
}

export class Tally {
  constructor() {
    this.held = [];
    this.read = 0;
    this.kinds = { outcome: new Counts(), spell: new Counts(), errors: new Counts(), chapters: new Counts(), hrgs: new Counts(), methods: new Counts(), unbundled: new Counts(), stays: new Counts() };
    this.labels = new Map();
    this.summary = undefined;
  }

  /** Takes one line of the result. */
  add(result) {
    if (result.summary) {
      this.summary = result.summary;
      return;
    }
    this.read += 1;
    const place = this.held.length < HELD ? this.held.push(result) - 1 : undefined;
    const { outcome, errors } = this.kinds;
    const own = result.episode ?? result;
    if (result.status === "rejected") {
      outcome.add("rejected", place);
      for (const fault of result.errors ?? []) errors.add(fault.message, place);
      return;
    }
    outcome.add(own.hrg === INVALID ? `${INVALID}, data invalid for grouping` : "with an HRG", place);
    for (const message of own.messages ?? []) errors.add(message.message, place);
    for (const one of own.unbundled ?? []) this.kinds.unbundled.add(one.hrg.slice(0, 2), place);
    if (result.spell) this.spell(result, place);
    else this.group(own, place);
  }

  /** A spell stands on the row of each of its episodes; it is counted on the one it was grouped by. */
  spell({ spell, episode }, place) {
    if (episode.reportFlag !== 1) return;
    this.kinds.spell.add(spell.hrg === INVALID ? `${INVALID}, data invalid for grouping` : "with an HRG", place);
    this.kinds.methods.add(METHODS[spell.groupingMethod] ?? spell.groupingMethod, place);
    this.kinds.stays.add(stayOf(spell.lengthOfStay), place);
    this.group(spell, place);
  }

  group({ hrg, label }, place) {
    this.kinds.hrgs.add(hrg, place);
    this.kinds.chapters.add(hrg.slice(0, 1), place);
    this.labels.set(hrg, label);
  }

  count(kind, name) {
    return this.kinds[kind].of.get(name)?.count ?? 0;
  }
}
