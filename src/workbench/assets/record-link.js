// Links to the single spell with records of a file, in the form of its own links: release and input stand behind the number
// sign, which a browser sends to no server. Names and numbers of patients, spells and providers are left out.

const LEFT_OUT = ["procodet", "provspno", "cclocalid", "epiorder"];
const LISTS = ["diag", "oper"];

const encode = (text) => {
  let raw = "";
  for (const byte of new TextEncoder().encode(text)) raw += String.fromCharCode(byte);
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const decode = (text) => {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(raw, (character) => character.charCodeAt(0)));
};

/** What stands in place of the provider and the number of a spell: a record must have both. */
const NOBODY = [["spell.procodet", "1"], ["spell.provspno", "1"]];

/** The part of a link behind the number sign; records are the episodes of a spell, or one record. */
export function fragment(release, records, isSpell) {
  const entered = records.flatMap((record, i) => Object.entries(record)
    .filter(([name]) => !LEFT_OUT.includes(name))
    .map(([name, value]) => [`${i}.${name}`, Array.isArray(value) ? value.join("\n") : String(value)])
    .filter(([, value]) => value.trim()));
  return `#${encode(JSON.stringify({ release, fields: isSpell ? [...NOBODY, ...entered] : entered }))}`;
}

/** The release and the episodes of the link to this page, or nothing. */
export function linked() {
  try {
    const { release, fields } = JSON.parse(decode(location.hash.slice(1)));
    const episodes = [];
    for (const [name, value] of fields) {
      const [, place, field] = /^(\d{1,3})\.(\w+)$/.exec(name) ?? [];
      if (!field) continue;
      (episodes[Number(place)] ??= {})[field] = LISTS.includes(field) ? value.split("\n") : value;
    }
    return { release, episodes: episodes.filter(Boolean) };
  } catch {
    return undefined;
  }
}
