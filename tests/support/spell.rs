//! Spells of the worked examples.

use hrg_grouper::record::{RawEpisode, RawSpell, Text};
use toml::{Table, Value};

/// The spell of a case, defaults filled in.
pub fn of_case(case: &Table) -> RawSpell<'static> {
    let episodes = case.get("episodes").and_then(Value::as_array).expect("an APC case has episodes");
    let first = episodes.first().and_then(Value::as_table).expect("an episode is a table");
    let of = |table: &Table, key: &str, default: &str| -> Text<'static> {
        Text::from(table.get(key).and_then(Value::as_str).unwrap_or(default).to_owned())
    };
    let list = |table: &Table, key: &str| -> Vec<Text<'static>> {
        let values = table.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        values.iter().map(|v| Text::from(v.as_str().unwrap_or_default().to_owned())).collect()
    };
    RawSpell {
        procodet: of(first, "procodet", "TOY"),
        provspno: of(first, "provspno", "1"),
        episodes: episodes
            .iter()
            .filter_map(Value::as_table)
            .zip(1..)
            .map(|(e, place): (&Table, usize)| RawEpisode {
                epiorder: of(e, "epiorder", &place.to_string()),
                startage: of(e, "startage", "40"),
                sex: of(e, "sex", "1"),
                classpat: of(e, "classpat", "1"),
                admisorc: of(e, "admisorc", "19"),
                admimeth: of(e, "admimeth", "11"),
                disdest: of(e, "disdest", "19"),
                dismeth: of(e, "dismeth", "1"),
                epidur: of(e, "epidur", "1"),
                mainspef: of(e, "mainspef", "100"),
                neocare: of(e, "neocare", ""),
                tretspef: of(e, "tretspef", "100"),
                diag: list(e, "diag"),
                oper: list(e, "oper"),
                criticalcaredays: of(e, "criticalcaredays", ""),
                rehabilitationdays: of(e, "rehabilitationdays", ""),
                spcdays: of(e, "spcdays", ""),
            })
            .collect(),
    }
}
