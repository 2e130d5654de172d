// Files of records in the browser: rows, record definitions, headers.

/** The rows of a CSV text, each with the line it begins on; at most so many. */
export function rows(text, most = Infinity, delimiter = ",") {
  const found = [];
  let [cells, cell, quoted, line, began] = [[], "", false, 1, 1];
  const end = () => {
    cells.push(cell.endsWith("\r") ? cell.slice(0, -1) : cell);
    cell = "";
  };
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; at < text.length && found.length < most; at += 1) {
    const character = text[at];
    if (character === "\n") line += 1;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') { cell += '"'; at += 1; } else quoted = false;
    } else if (character === '"' && cell === "") quoted = true;
    else if (character === delimiter) end();
    else if (character === "\n") {
      end();
      if (cells.length > 1 || cells[0] !== "") found.push({ line: began, cells });
      [cells, began] = [[], line];
    } else cell += character;
  }
  if (found.length < most && (cell !== "" || cells.length)) {
    end();
    found.push({ line: began, cells });
  }
  return found;
}

/** The official names of the columns by a record definition: name, label, column. */
export function columnsOf(definition) {
  const [head = "", ...lines] = definition.split(/\r?\n/);
  const delimiter = /^TAB/i.test(head) ? "\t" : ",";
  const names = [];
  for (const line of lines) {
    const [name, , column] = line.split(",");
    if (name && Number(column) > 0) names[Number(column) - 1] = name.trim().toUpperCase();
  }
  return { names: Array.from(names, (name) => name ?? ""), delimiter };
}

/** A line of CSV. */
export const lineOf = (cells) => cells.map((cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");

/** The official names of a dataset's columns: `DIAG:99` stands for DIAG_01 to DIAG_99. */
export function official(columns) {
  return columns.split(" ").flatMap((entry) => {
    const [name, positions] = entry.split(":");
    return positions ? Array.from({ length: Number(positions) }, (_, i) => `${name}_${String(i + 1).padStart(2, "0")}`) : [name];
  });
}

/** The fields of a record by name, lists of codes as lists. */
export function recordOf(names, cells) {
  const record = {};
  names.forEach((name, i) => {
    const [, list, position] = /^(DIAG|OPER|INV|TREAT)_(\d\d)$/.exec(name) ?? [];
    if (list) {
      const codes = (record[list.toLowerCase()] ??= []);
      codes[Number(position) - 1] = cells[i] ?? "";
    } else if (name) record[name.toLowerCase()] = cells[i] ?? "";
  });
  for (const [name, value] of Object.entries(record)) {
    if (!Array.isArray(value)) continue;
    record[name] = Array.from(value, (code) => code ?? "");
    while (record[name].length && !record[name].at(-1)) record[name].pop();
  }
  return record;
}
