//! Results as cells of a CSV row, under the names of the official output files, from the packed grouping straight into the
//! buffer.

use super::json;
use crate::grouper::other::RecordResult;
use crate::grouper::{EpisodeResult, Message, SpellResult, Unbundled};
use crate::record::Word;
use crate::reference::{Dataset, diff};
use std::borrow::Cow;

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

/// A row that is being written. Every cell is followed by a comma; that of the last becomes the end of the line.
pub(super) struct Row<'o>(pub(super) &'o mut Vec<u8>);

impl Row<'_> {
    /// A text; one that holds a comma, a quote or an end of line stands in quotes.
    pub(super) fn text(&mut self, text: &str) {
        let quote = |byte: u8| {
            [b',', b'"', b'\n', b'\r'].map(|asked| u8::from(byte == asked)).into_iter().fold(0, |a, b| a | b)
        };
        // Looked at as a whole, which the processor does many bytes at a time.
        if text.bytes().fold(0, |found, byte| found | quote(byte)) != 0 {
            self.0.push(b'"');
            self.0.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            self.0.push(b'"');
        } else {
            self.0.extend_from_slice(text.as_bytes());
        }
        self.blank();
    }

    /// A value of this program that holds nothing that is quoted.
    pub(super) fn plain(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
        self.blank();
    }

    /// A whole number.
    pub(super) fn number(&mut self, number: impl itoa::Integer) {
        json::number(self.0, number);
        self.blank();
    }

    /// A code of letters and digits, where there is one.
    fn code(&mut self, code: Option<Word>) {
        if let Some(code) = code {
            code.push_to(self.0);
        }
        self.blank();
    }

    /// A word of the release's own, where there is one.
    fn word(&mut self, word: Option<Word>) {
        match word {
            Some(word) if word.holds(b',') || word.holds(b'"') => self.text(&word.to_string()),
            plain => self.code(plain),
        }
    }

    /// An empty cell, or the end of one.
    pub(super) fn blank(&mut self) {
        self.0.push(b',');
    }

    /// Ends the row.
    pub(super) fn end(self) {
        self.0.pop();
        self.0.push(b'\n');
    }

    fn unbundled(&mut self, hrgs: &[Unbundled]) {
        for (place, unbundled) in hrgs.iter().enumerate() {
            if place > 0 {
                self.0.push(b';');
            }
            unbundled.hrg.word().push_to(self.0);
            if let Some(days) = unbundled.days {
                self.0.push(b'*');
                json::number(self.0, days);
            }
        }
        self.blank();
    }

    fn messages(&mut self, messages: &[Message]) {
        if messages.is_empty() {
            return self.blank();
        }
        self.text(&messages.iter().map(Message::piped).collect::<Vec<_>>().join(";"));
    }

    /// An episode with its spell.
    pub(super) fn episode(&mut self, episode: &EpisodeResult, spell: &SpellResult) {
        self.code(Some(episode.hrg.word()));
        self.plain(episode.method.flag());
        self.code(episode.dominant_procedure.map(|code| code.word()));
        self.word(episode.pbc);
        self.or_blank(episode.calc_epidur);
        self.plain(if episode.report_flag { "1" } else { "0" });
        self.code(Some(spell.hrg.word()));
        self.plain(spell.method.flag());
        self.code(spell.dominant_procedure.map(|code| code.word()));
        self.code(spell.primary_diagnosis.map(|code| code.word()));
        self.code(spell.secondary_diagnosis.map(|code| code.word()));
        self.number(spell.episode_count);
        self.number(spell.length_of_stay);
        self.number(spell.critical_care_days);
        self.word(spell.pbc);
        self.unbundled(&episode.unbundled);
        self.messages(&episode.messages);
        self.messages(&spell.messages);
    }

    /// A record of another dataset.
    pub(super) fn record(&mut self, dataset: Dataset, record: &RecordResult, period: Option<usize>) {
        self.code(Some(record.hrg.word()));
        match dataset {
            Dataset::Nac => {
                self.plain(record.method.map_or("", |method| method.flag()));
                self.code(record.dominant_procedure.map(|code| code.word()));
                self.code(record.attendance_hrg.map(|hrg| hrg.word()));
                self.unbundled(&record.unbundled);
            }
            Dataset::Acc => {
                self.or_blank(record.calc_cc_days);
                self.plain(if record.cc_warning { "F" } else { "" });
            }
            Dataset::Pcc | Dataset::Ncc => self.or_blank(period),
            Dataset::Apc | Dataset::Em | Dataset::Nrd => {}
        }
        self.messages(&record.messages);
    }

    fn or_blank(&mut self, number: Option<impl itoa::Integer>) {
        match number {
            Some(number) => self.number(number),
            None => self.blank(),
        }
    }
}

/// A value of the caller's own as a cell that no spreadsheet takes for a formula; a number below zero is none.
pub(super) fn defused(value: Cow<'_, str>) -> Cow<'_, str> {
    let below_zero = value.starts_with('-') && value.parse::<f64>().is_ok();
    if below_zero { value } else { diff::defused(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_of_the_callers_is_a_formula_and_a_number_below_zero_stays() {
        for formula in ["=1+1", "+1", "+0", "-1+1", "-", "@x", "\t=1", "\r=1"] {
            assert_eq!(defused(formula.into()), format!("'{formula}"), "{formula:?}");
        }
        for plain in ["", "-1", "-0.5", "5+", "a=b"] {
            assert_eq!(defused(plain.into()), plain);
        }
    }
}
