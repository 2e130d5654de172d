//! Results as JSON, from the packed grouping straight into the buffer. The shape is that of `grouper::answer`, whose own
//! serialisation a test compares.

use crate::grouper::other::RecordResult;
use crate::grouper::{EpisodeResult, Message, SpellResult, Unbundled};
use crate::record::Word;
use crate::record::text::is_plain;
use crate::reference::{Hrg, Reference};
use serde::Serialize;

/// Writing to memory does not fail, and none of the values has a key that is no text.
pub(crate) fn value(out: &mut Vec<u8>, value: &impl Serialize) {
    let _ = serde_json::to_writer(out, value);
}

/// A text.
pub(crate) fn text(out: &mut Vec<u8>, text: &str) {
    if is_plain(text) { quoted(out, text) } else { value(out, &text) }
}

/// A text that holds nothing to escape.
fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// A whole number.
pub(crate) fn number(out: &mut Vec<u8>, number: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A whole number or null.
fn or_null(out: &mut Vec<u8>, value: Option<u32>) {
    match value {
        Some(value) => number(out, value),
        None => out.extend_from_slice(b"null"),
    }
}

/// A code, which holds nothing that is escaped but perhaps the two characters that text knows of.
fn word(out: &mut Vec<u8>, word: Word) {
    if word.holds(b'"') || word.holds(b'\\') {
        return value(out, &word);
    }
    out.push(b'"');
    word.push_to(out);
    out.push(b'"');
}

/// A code or null.
fn word_or_null(out: &mut Vec<u8>, code: Option<Word>) {
    match code {
        Some(code) => word(out, code),
        None => out.extend_from_slice(b"null"),
    }
}

/// A list of objects.
fn list<T>(out: &mut Vec<u8>, items: &[T], mut item: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (place, of) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        item(out, of);
    }
    out.push(b']');
}

/// The fields of an HRG.
fn hrg(out: &mut Vec<u8>, hrg: Hrg, reference: &Reference) {
    out.extend_from_slice(b"\"hrg\":\"");
    hrg.word().push_to(out);
    out.extend_from_slice(b"\",\"label\":");
    match reference.labels.hrgs.get(&hrg) {
        Some(row) if row.is_plain => quoted(out, &row.label),
        Some(row) => text(out, &row.label),
        None => quoted(out, ""),
    }
}

/// What every result ends with.
fn last(out: &mut Vec<u8>, unbundled: &[Unbundled], messages: &[Message], reference: &Reference) {
    if unbundled.is_empty() && messages.is_empty() {
        return out.extend_from_slice(b",\"unbundled\":[],\"messages\":[]}"); // as of most results, in one piece
    }
    out.extend_from_slice(b",\"unbundled\":");
    list(out, unbundled, |out, of| {
        out.push(b'{');
        hrg(out, of.hrg, reference);
        if let Some(days) = of.days {
            out.extend_from_slice(b",\"days\":");
            number(out, days);
        }
        out.push(b'}');
    });
    out.extend_from_slice(b",\"messages\":");
    list(out, messages, |out, of| {
        out.extend_from_slice(b"{\"field\":");
        value(out, &of.field.to_string());
        out.extend_from_slice(b",\"code\":");
        text(out, &of.code);
        out.extend_from_slice(b",\"message\":");
        text(out, &of.text);
        out.extend_from_slice(b",\"situation\":\"");
        out.extend_from_slice(of.situation.name().as_bytes());
        out.extend_from_slice(b"\"}");
    });
    out.push(b'}');
}

/// A spell's result, as [`SpellAnswer`](crate::grouper::answer::SpellAnswer).
pub(crate) fn spell(out: &mut Vec<u8>, spell: &SpellResult, reference: &Reference) {
    out.push(b'{');
    hrg(out, spell.hrg, reference);
    out.extend_from_slice(b",\"groupingMethod\":\"");
    out.extend_from_slice(spell.method.flag().as_bytes());
    out.extend_from_slice(b"\",\"dominantProcedure\":");
    word_or_null(out, spell.dominant_procedure.map(|code| code.word()));
    out.extend_from_slice(b",\"primaryDiagnosis\":");
    word_or_null(out, spell.primary_diagnosis.map(|code| code.word()));
    out.extend_from_slice(b",\"secondaryDiagnosis\":");
    word_or_null(out, spell.secondary_diagnosis.map(|code| code.word()));
    out.extend_from_slice(b",\"episodeCount\":");
    number(out, spell.episode_count);
    out.extend_from_slice(b",\"lengthOfStay\":");
    number(out, spell.length_of_stay);
    out.extend_from_slice(b",\"criticalCareDays\":");
    number(out, spell.critical_care_days);
    out.extend_from_slice(b",\"programmeBudgetingCategory\":");
    word_or_null(out, spell.pbc);
    last(out, &spell.unbundled, &spell.messages, reference);
}

/// An episode's result, as [`EpisodeAnswer`](crate::grouper::answer::EpisodeAnswer).
pub(crate) fn episode(out: &mut Vec<u8>, episode: &EpisodeResult, reference: &Reference) {
    // The number comes before what all results begin with.
    out.extend_from_slice(b"{\"epiorder\":");
    or_null(out, episode.epiorder);
    out.push(b',');
    hrg(out, episode.hrg, reference);
    out.extend_from_slice(b",\"groupingMethod\":\"");
    out.extend_from_slice(episode.method.flag().as_bytes());
    out.extend_from_slice(b"\",\"dominantProcedure\":");
    word_or_null(out, episode.dominant_procedure.map(|code| code.word()));
    out.extend_from_slice(b",\"calcEpidur\":");
    or_null(out, episode.calc_epidur);
    out.extend_from_slice(if episode.report_flag { b",\"reportFlag\":1" } else { b",\"reportFlag\":0" });
    out.extend_from_slice(b",\"programmeBudgetingCategory\":");
    word_or_null(out, episode.pbc);
    last(out, &episode.unbundled, &episode.messages, reference);
}

/// The episodes of a spell.
pub(crate) fn episodes(out: &mut Vec<u8>, episodes: &[EpisodeResult], reference: &Reference) {
    list(out, episodes, |out, of| episode(out, of, reference));
}

/// The fields of a record's result, as [`RecordAnswer`](crate::grouper::other::RecordAnswer), without the braces.
pub(crate) fn record(out: &mut Vec<u8>, record: &RecordResult, reference: &Reference) {
    hrg(out, record.hrg, reference);
    if let Some(method) = record.method {
        out.extend_from_slice(b",\"groupingMethod\":\"");
        out.extend_from_slice(method.flag().as_bytes());
        out.push(b'"');
    }
    if let Some(code) = record.dominant_procedure {
        out.extend_from_slice(b",\"dominantProcedure\":");
        word(out, code.word());
    }
    if let Some(hrg) = record.attendance_hrg {
        out.extend_from_slice(b",\"attendanceHrg\":");
        word(out, hrg.word());
    }
    if let Some(days) = record.calc_cc_days {
        out.extend_from_slice(b",\"calcCcDays\":");
        number(out, days);
        out.extend_from_slice(if record.cc_warning {
            b",\"ccWarningFlag\":\"F\""
        } else {
            b",\"ccWarningFlag\":\"\"" as &[u8]
        });
    }
    last(out, &record.unbundled, &record.messages, reference);
    out.pop(); // the brace that closes the result is the caller's
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Columns;
    use crate::batch::cut::Sent;
    use crate::batch::read::{Reader, Record};
    use crate::bundle::Shelf;
    use crate::grouper::other::RecordAnswer;
    use crate::grouper::{Answer, group};
    use crate::record::RawSpell;
    use crate::reference::Dataset;
    use crate::sample::{Order, Sample, columns};
    use crate::trace::Off;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn results_are_written_as_their_answers_are_serialised() {
        let (shelf, _) = Shelf::load(None).expect("loads");
        let reference = shelf.find("2024-25.payment").expect("is there");
        for dataset in Dataset::ALL {
            let header = columns(dataset).iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let table = Columns::Header.bind(dataset, Some(header.as_bytes())).expect("binds");
            let reader = Reader::new(dataset, Some(table), true);
            for row in Sample::new(Order { dataset, records: 500, seed: 3, errors: 0.4 }, &reference) {
                let row = row.join(",");
                let sent = Sent { bytes: row.as_bytes(), text: Some(&row), quotes: false };
                match reader.take(1, Some(sent)).record.expect("reads").keep() {
                    Record::Episode(episode, [procodet, provspno]) => {
                        let episodes = vec![*episode.clone(), *episode];
                        let grouping = group(&RawSpell { procodet, provspno, episodes }, &reference, &mut Off);
                        let answer = Answer::of(&grouping, &reference);
                        let ours = written(|out| spell(out, &grouping.spell, &reference));
                        assert_eq!(ours, serde_json::to_string(&answer.spell).expect("serialises"));
                        let ours = written(|out| super::episodes(out, &grouping.episodes, &reference));
                        assert_eq!(ours, serde_json::to_string(&answer.episodes).expect("serialises"));
                    }
                    Record::Other(other) => {
                        let found = other.group(&reference, &mut Off);
                        let ours = written(|out| record(out, &found, &reference));
                        let answer = serde_json::to_string(&RecordAnswer::of(&found, &reference)).expect("serialises");
                        assert_eq!(format!("{{{ours}}}"), answer);
                    }
                    Record::Spell(_) | Record::Row(..) => unreachable!("a row that is kept is an episode"),
                }
            }
        }
    }

    #[test]
    fn every_text_is_written_as_it_is_serialised() {
        for sent in
            ["", "plain", "a \"quoted\" one", "back\\slash", "line\nend", "\u{0}\u{1f}\u{7f}", "ünï©ode \u{2028}"]
        {
            assert_eq!(written(|out| text(out, sent)), serde_json::to_string(sent).expect("serialises"));
        }
        for code in ["J189", "A\"B", "\\"] {
            let code = Word::new(code).expect("packs");
            assert_eq!(written(|out| word(out, code)), serde_json::to_string(&code).expect("serialises"));
        }
    }
}
