// Reading what was copied from a spreadsheet: rows with official field names above, names beside values, or rows in the
// official order.

/** Reads text into the names and values of a form. `columns` are the official columns in order, `word` what a row is. */
export function read(text, columns, word) {
  let rows = text.split(/\r?\n/).filter((line) => line.trim()).map((line) => line.split("\t").map((cell) => cell.trim()));
  if (!rows.length) return { told: "There is nothing to read." };
  const known = (cell) => place(cell, columns);
  const down = rows.every((row) => row.length >= 2) && share(rows.map((row) => row[0]), known) > 0.5 && share(rows[0], known) <= 0.5;
  if (down) rows = rows[0].map((_, column) => rows.map((row) => row[column] ?? ""));
  let names = columns;
  if (share(rows[0], known) > 0.5) {
    names = rows.shift();
  } else if (rows[0].length === 1 && rows.length === columns.length) {
    rows = [rows.map(([cell]) => cell)];
  } else if (rows.some((row) => row.length !== columns.length)) {
    return { told: `Without official field names a row has ${columns.length} columns, in the order ${columns[0]}, ${columns[1]}, to ${columns.at(-1)}.` };
  }
  if (!rows.length) return { told: "There are names, and nothing under them." };
  const unused = names.filter((name) => name && !known(name));
  const read = rows.map((row) => record(row, names, known));
  const spells = new Set(read.map(({ provspno }) => provspno ?? ""));
  if (spells.size > 1) return { told: `These rows are of ${spells.size} spells. Paste one spell, or use the page Batch.` };
  const numbered = read.every(({ epiorder }) => /^\d+$/.test(epiorder ?? ""));
  if (numbered) read.sort((one, other) => Number(one.epiorder) - Number(other.epiorder));
  const entries = read.flatMap((fields, item) =>
    Object.entries(fields).filter(([name]) => name !== "epiorder").map(([name, value]) => [of(name, item), value]));
  const count = `${read.length} ${word}${read.length === 1 ? "" : "s"} read.`;
  return { entries, told: unused.length ? `${count} Not used: ${unused.join(", ")}.` : count };
}

/** The field and position of a column's name; DIAG and DIAG_01 are the same column. */
function place(name, columns) {
  const plain = name.toUpperCase().replace(/[\s-]+/g, "_");
  const official = new Map(columns.map((column) => [column.toUpperCase(), column]));
  const padded = plain.replace(/_?(\d+)$/, (_, digits) => `_${digits.padStart(2, "0")}`);
  for (const candidate of [plain, padded, `${plain}_01`]) {
    if (official.has(candidate)) return split(candidate);
  }
  // Positions beyond those of the official order are the same field.
  const [, field] = padded.match(/^(.*)_\d+$/) ?? [];
  return field && official.has(`${field}_01`) ? split(padded) : null;
}

function split(column) {
  const [, field, position] = column.match(/^(.*?)_(\d+)$/) ?? [null, column, null];
  return { field: field.toLowerCase(), position: position && Number(position) };
}

function share(cells, known) {
  return cells.filter((cell) => known(cell)).length / cells.length;
}

function record(row, names, known) {
  const fields = {};
  const codes = {};
  names.forEach((name, column) => {
    const at = known(name);
    if (!at) return;
    if (at.position) (codes[at.field] ??= [])[at.position - 1] = row[column] ?? "";
    else fields[at.field] = row[column] ?? "";
  });
  for (const [field, values] of Object.entries(codes)) {
    const list = Array.from(values, (value) => value ?? "");
    while (list.length && !list.at(-1)) list.pop();
    fields[field] = list.join("\n");
  }
  return fields;
}

function of(name, item) {
  return name === "procodet" || name === "provspno" ? `spell.${name}` : `${item}.${name}`;
}
