//! The answer to a form as a part of a page: HRG, messages, episodes; and with it the path that led there.

use super::answer::{DaysAnswer, Message, Named, Record, RecordAnswer, SpellAnswer, Unbundled};
use super::fields::OF_SPELL;
use super::why::{Labels, Unread, Wanted, Why, labels, unread};
use crate::record::Word;
use crate::reference::Reference;
use crate::reference::row::CodeTable;
use askama::Template;

/// The answer.
#[derive(Debug, Template)]
#[template(path = "parts/outcome.html")]
pub(super) struct Outcome {
    /// Which release answered.
    pub(super) reference: Named,
    /// One result for what was asked: the spell, the record, each day.
    pub(super) results: Vec<Shown>,
    /// Results of the episodes of a spell.
    pub(super) episodes: Vec<EpisodeRow>,
    /// Everything that is wrong, with where it stands in the form.
    pub(super) messages: Vec<Remark>,
}

/// An answer, and why.
pub(super) type Answered = (Outcome, Why);

/// A result.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) title: String,
    pub(super) hrg: String,
    pub(super) label: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) unbundled: Vec<Unbundled>,
}

/// The result of an episode, in one line.
#[derive(Debug)]
pub(super) struct EpisodeRow {
    pub(super) place: usize,
    pub(super) hrg: String,
    pub(super) label: String,
    pub(super) method: &'static str,
    pub(super) dominant: String,
    pub(super) stay: String,
    pub(super) reported: bool,
    pub(super) unbundled: Vec<Unbundled>,
}

/// A message with the field that it is about.
#[derive(Clone, Debug)]
pub(super) struct Remark {
    /// The item, from 0; none for the record as a whole.
    pub(super) item: Option<usize>,
    /// The position of a repeated field, from 1.
    pub(super) position: Option<usize>,
    /// Where the field is in the page.
    pub(super) target: String,
    /// The official field name.
    pub(super) official: String,
    /// What is wrong.
    pub(super) words: String,
}

impl Remark {
    /// Days bear their provider themselves; episodes have it `of_spell`.
    fn of(message: &Message, item: Option<usize>, of_spell: bool) -> Remark {
        let (name, position) = match message.field.rsplit_once('_') {
            Some((name, digits)) if digits.parse::<usize>().is_ok() => (name, digits.parse().ok()),
            _ => (message.field.as_str(), None),
        };
        let field = name.to_ascii_lowercase();
        let target = match item {
            Some(item) if !(of_spell && OF_SPELL.contains(&field.as_str())) => format!("i{item}-{field}"),
            _ => format!("spell-{field}"),
        };
        let value = if message.code.is_empty() { String::new() } else { format!(" ({})", message.code) };
        let words = format!("{}{value}", message.message);
        Remark { item, position, target, official: message.field.clone(), words }
    }
}

/// A grouping method in words.
fn method(flag: &str) -> &'static str {
    match flag {
        "P" => "P, procedure-driven",
        "D" => "D, diagnosis-driven",
        "B" => "B, burns",
        "M" => "M, multiple trauma",
        "G" => "G, global exception",
        "O" => "O, outpatient default",
        "U" => "U, invalid for grouping",
        _ => "",
    }
}

impl Outcome {
    /// Of a spell.
    pub(super) fn of_spell(answer: SpellAnswer, wanted: &Wanted, release: &Reference) -> Answered {
        let steps = answer.trace.unwrap_or_default().steps;
        let labels = labels(&steps);
        let spell = answer.spell;
        let of_episodes = answer.episodes.iter().zip(0..).flat_map(|(episode, item)| {
            episode.messages.iter().map(move |message| Remark::of(message, Some(item), true))
        });
        let of_spell = spell.messages.iter().map(|message| Remark::of(message, None, true));
        let procedure = |code: &String| told(code, &release.codes.procedures, |fact| &fact.label);
        let diagnosis = |code: &String| told(code, &release.codes.diagnoses, |fact| &fact.label);
        let facts = [
            ("Grouping method", Some(method(&spell.grouping_method).to_owned())),
            ("Dominant procedure", spell.dominant_procedure.as_ref().map(procedure)),
            ("Primary diagnosis", spell.primary_diagnosis.as_ref().map(diagnosis)),
            ("Length of stay", Some(days(spell.length_of_stay))),
            ("Critical care", (spell.critical_care_days > 0).then(|| days(spell.critical_care_days))),
            ("Programme budgeting category", spell.programme_budgeting_category),
        ];
        let result = Shown {
            title: "Spell".to_owned(),
            hrg: spell.hrg,
            label: spell.label,
            facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            unbundled: spell.unbundled,
        };
        let messages = of_spell.chain(of_episodes).collect();
        let episodes = answer.episodes.into_iter().zip(1..).map(|(episode, place)| EpisodeRow {
            place,
            hrg: episode.hrg,
            label: episode.label,
            method: method(&episode.grouping_method),
            dominant: episode.dominant_procedure.unwrap_or_default(),
            stay: episode.calc_epidur.map(days).unwrap_or_default(),
            reported: episode.report_flag == 1,
            unbundled: episode.unbundled,
        });
        let outcome =
            Outcome { reference: answer.reference, results: vec![result], episodes: episodes.collect(), messages };
        (outcome, Why::of(unread(steps, "Spell"), labels, wanted, release))
    }

    /// Of one record.
    pub(super) fn of_record(answer: RecordAnswer, wanted: &Wanted, release: &Reference) -> Answered {
        Outcome::of_records(answer.reference, vec![("Record".to_owned(), answer.result)], wanted, release)
    }

    /// Of days.
    pub(super) fn of_days(answer: DaysAnswer, wanted: &Wanted, release: &Reference) -> Answered {
        let named = answer.days.into_iter().zip(1..);
        let days = named.map(|(day, place)| (format!("Day {place}, period {}", day.period), day.result));
        Outcome::of_records(answer.reference, days.collect(), wanted, release)
    }

    fn of_records(reference: Named, records: Vec<(String, Record)>, wanted: &Wanted, release: &Reference) -> Answered {
        let (mut messages, mut path, mut results): (Vec<_>, Vec<Unread>, Vec<_>) = Default::default();
        for (item, (title, record)) in records.into_iter().enumerate() {
            messages.extend(record.messages.iter().map(|message| Remark::of(message, Some(item), false)));
            path.extend(unread(record.trace.unwrap_or_default().steps, &title));
            let facts = [
                ("Grouping method", record.grouping_method.map(|flag| method(&flag).to_owned())),
                ("Dominant procedure", record.dominant_procedure),
                ("The attendance alone", record.attendance_hrg),
                ("Days by the dates", record.calc_cc_days.map(|days| days.to_string())),
                ("Warning", record.cc_warning_flag.filter(|flag| !flag.is_empty())),
            ];
            let facts = facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            let (hrg, label) = (record.hrg, record.label);
            results.push(Shown { title, hrg, label, facts, unbundled: record.unbundled });
        }
        let outcome = Outcome { reference, results, episodes: Vec::new(), messages };
        (outcome, Why::of(path, Labels::new(), wanted, release))
    }
}

/// A code with what the release calls it.
fn told<T>(code: &str, table: &CodeTable<T>, label: impl Fn(&T) -> &String) -> String {
    let row = Word::new(code).and_then(|word| table.find(word));
    row.map_or_else(|| code.to_owned(), |row| format!("{code} {}", label(&row.value.fact)))
}

fn days(days: u32) -> String {
    format!("{days} {}", if days == 1 { "day" } else { "days" })
}
