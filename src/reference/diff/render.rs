//! A difference as plain text and as CSV: counts first, then rows.

use super::{CellDifference, Difference, RowDifference, Side};
use std::borrow::Cow;
use std::fmt::Write;

/// Writes the difference for a reader at a terminal.
pub fn text(difference: &Difference) -> String {
    let mut text = format!("{} to {}\n\n", named(&difference.from), named(&difference.to));
    for (aspect, count) in &difference.counts {
        _ = writeln!(text, "{count:>7} {}", aspect.words());
    }
    if difference.tables.is_empty() {
        text.push_str("\nNothing differs.\n");
    } else {
        text.push_str("\n  added removed changed renumbered  table\n");
    }
    for table in &difference.tables {
        let (added, removed, changed) = (table.added, table.removed, table.changed);
        _ = writeln!(text, "{added:>7} {removed:>7} {changed:>7} {:>10}  {}", table.renumbered, table.table);
    }
    let mut heading = "";
    for row in &difference.rows {
        if heading != row.table {
            heading = row.table;
            _ = writeln!(text, "\n{heading}");
        }
        entry(&mut text, row);
    }
    if difference.left_out > 0 {
        _ = writeln!(text, "\n{} more rows differ and are left out here", difference.left_out);
    }
    text
}

fn named(side: &Side) -> String {
    match (side.status, &side.digest) {
        (Some(status), Some(digest)) => format!("{} ({status}, {digest})", side.id),
        _ => side.id.clone(),
    }
}

fn entry(text: &mut String, row: &RowDifference) {
    let served = row.served_by.as_ref().map(|other| format!(", there served by {other}")).unwrap_or_default();
    let cells: Vec<String> = row.cells.iter().map(in_words).collect();
    _ = writeln!(text, "  {} {}{served}: {}", row.row, row.change.name(), cells.join("; "));
}

fn in_words(cell: &CellDifference) -> String {
    let shown = |value: &str| if value.is_empty() { "(empty)".to_owned() } else { value.to_owned() };
    match (&cell.from, &cell.to) {
        (Some(from), Some(to)) => format!("{} {} -> {}", cell.column, shown(from), shown(to)),
        (Some(only), None) | (None, Some(only)) => format!("{} {}", cell.column, shown(only)),
        (None, None) => cell.column.to_owned(),
    }
}

/// The columns of the CSV form. A line of part `count` has an aspect or a table and a number; one of part `row` is one
/// cell that differs.
const COLUMNS: [&str; 10] = ["part", "about", "count", "table", "row", "codes", "change", "column", "from", "to"];

/// Writes the difference as CSV.
pub fn csv(difference: &Difference) -> String {
    let mut lines: Vec<[String; 10]> = Vec::new();
    let count = |about: &str, count: usize, table: &str, change: &str| {
        let [part, about, count, table, change] =
            ["count", about, &count.to_string(), table, change].map(str::to_owned);
        let empty = String::new;
        [part, about, count, table, empty(), empty(), change, empty(), empty(), empty()]
    };
    lines.extend(difference.counts.iter().map(|(aspect, number)| count(aspect.name(), *number, "", "")));
    for t in &difference.tables {
        for (change, number) in
            [("added", t.added), ("removed", t.removed), ("changed", t.changed), ("renumbered", t.renumbered)]
        {
            lines.push(count("", number, t.table, change));
        }
    }
    if difference.left_out > 0 {
        lines.push(count("left-out", difference.left_out, "", ""));
    }
    for row in &difference.rows {
        let about = row.about.iter().map(|aspect| aspect.name()).collect::<Vec<_>>().join(" ");
        // A row that says the same as the one that served its codes has no cell to show, and still differs.
        let none = [CellDifference { column: "", from: None, to: None }];
        for cell in if row.cells.is_empty() { &none[..] } else { &row.cells } {
            let value = |value: &Option<String>| value.clone().unwrap_or_default();
            lines.push([
                "row".to_owned(),
                about.clone(),
                String::new(),
                row.table.to_owned(),
                row.row.clone(),
                row.codes.join(" "),
                row.change.name().to_owned(),
                cell.column.to_owned(),
                value(&cell.from),
                value(&cell.to),
            ]);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    _ = writer.write_record(COLUMNS);
    for line in lines {
        _ = writer.write_record(line.iter().map(|cell| defused(cell).into_owned()));
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula.
pub fn defused<'c>(cell: impl Into<Cow<'c, str>>) -> Cow<'c, str> {
    let cell = cell.into();
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@x", "\t=1"] {
            assert!(defused(formula).starts_with('\''), "{formula}");
        }
        assert_eq!(defused("5+"), "5+");
    }
}
