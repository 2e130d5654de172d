//! Results as cells of a CSV row, under the names of the official output files.

use crate::grouper::answer::{EpisodeAnswer, MessageAnswer, SpellAnswer, UnbundledAnswer};
use crate::grouper::other::RecordAnswer;
use crate::reference::Dataset;

/// The columns of a dataset's results.
pub(super) fn names(dataset: Dataset) -> &'static [&'static str] {
    match dataset {
        Dataset::Apc => &[
            "FCE_HRG",
            "GroupingMethodFlag",
            "DominantProcedure",
            "FCE_PBC",
            "CalcEpidur",
            "SpellReportFlag",
            "SpellHRG",
            "SpellGroupingMethodFlag",
            "SpellDominantProcedure",
            "SpellPDiag",
            "SpellSDiag",
            "SpellEpisodeCount",
            "SpellLOS",
            "SpellCCDays",
            "SpellPBC",
            "UnbundledHRGs",
            "Messages",
            "SpellMessages",
        ],
        Dataset::Nac => {
            &["NAC_HRG", "GroupingMethodFlag", "DominantProcedure", "AttendanceHRG", "UnbundledHRGs", "Messages"]
        }
        Dataset::Em => &["EM_HRG", "Messages"],
        Dataset::Nrd => &["NRD_HRG", "Messages"],
        Dataset::Acc => &["ACC_HRG", "Calc_CC_Days", "CC_Warning_Flag", "Messages"],
        Dataset::Pcc => &["PCC_HRG", "Period", "Messages"],
        Dataset::Ncc => &["NCC_HRG", "Period", "Messages"],
    }
}

fn or_blank(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn unbundled(hrgs: &[UnbundledAnswer]) -> String {
    let written = |u: &UnbundledAnswer| u.days.map_or_else(|| u.hrg.clone(), |days| format!("{}*{days}", u.hrg));
    hrgs.iter().map(written).collect::<Vec<_>>().join(";")
}

fn messages(messages: &[MessageAnswer]) -> String {
    messages.iter().map(|m| format!("{}|{}|{}", m.field, m.code, m.message)).collect::<Vec<_>>().join(";")
}

/// An episode with its spell.
pub(super) fn of_episode(episode: &EpisodeAnswer, spell: &SpellAnswer) -> Vec<String> {
    vec![
        episode.hrg.clone(),
        episode.grouping_method.to_owned(),
        or_blank(episode.dominant_procedure.as_ref()),
        or_blank(episode.programme_budgeting_category.as_ref()),
        or_blank(episode.calc_epidur),
        episode.report_flag.to_string(),
        spell.hrg.clone(),
        spell.grouping_method.to_owned(),
        or_blank(spell.dominant_procedure.as_ref()),
        or_blank(spell.primary_diagnosis.as_ref()),
        or_blank(spell.secondary_diagnosis.as_ref()),
        spell.episode_count.to_string(),
        spell.length_of_stay.to_string(),
        spell.critical_care_days.to_string(),
        or_blank(spell.programme_budgeting_category.as_ref()),
        unbundled(&episode.unbundled),
        messages(&episode.messages),
        messages(&spell.messages),
    ]
}

/// A record of another dataset.
pub(super) fn of_record(dataset: Dataset, record: &RecordAnswer, period: Option<usize>) -> Vec<String> {
    let mut cells = vec![record.hrg.clone()];
    match dataset {
        Dataset::Nac => cells.extend([
            or_blank(record.grouping_method),
            or_blank(record.dominant_procedure.as_ref()),
            or_blank(record.attendance_hrg.as_ref()),
            unbundled(&record.unbundled),
        ]),
        Dataset::Acc => cells.extend([or_blank(record.calc_cc_days), or_blank(record.cc_warning_flag)]),
        Dataset::Pcc | Dataset::Ncc => cells.push(or_blank(period)),
        Dataset::Apc | Dataset::Em | Dataset::Nrd => {}
    }
    cells.push(messages(&record.messages));
    cells
}

/// A value of the caller's own as a cell that no spreadsheet takes for a formula.
pub(super) fn defused(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']) && value.parse::<f64>().is_err();
    if formula { format!("'{value}") } else { value.to_owned() }
}

/// Writes a row; a value that holds a comma, a quote or an end of line stands in quotes.
pub(super) fn row(out: &mut Vec<u8>, cells: impl Iterator<Item = String>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.push(b'\n');
}
