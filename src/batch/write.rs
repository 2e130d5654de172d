//! Results as bytes of the form that was asked for.

use super::cells::{self, defused};
use super::group::{Of, Outcome};
use super::options::{Form, Options};
use super::read::{Reader, Record, Taken};
use super::summary::{BatchError, Summary};
use crate::grouper::answer::{EpisodeAnswer, SpellAnswer};
use crate::grouper::other::RecordAnswer;
use crate::record::fault::Fault;
use crate::reference::{Dataset, Reference, ReferenceAnswer};
use crate::trace::Trace;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The caller's field that is mirrored beside the line; all others stand in `extra`.
const KEY: &str = "key";

/// The result of one record.
#[derive(Serialize)]
struct Answered<'a> {
    line: u64,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Value<'a>>,
    #[serde(skip_serializing_if = "Extra::is_empty")]
    extra: Extra<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spell: Option<&'a SpellAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    episode: Option<&'a EpisodeAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    episodes: Option<&'a [EpisodeAnswer]>,
    #[serde(flatten)]
    record: Option<&'a RecordAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a Trace<'a>>,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    warnings: &'a [Fault],
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

/// A value of the caller's own.
#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Json(&'a RawValue),
    Text(Cow<'a, str>),
}

/// Fields of the caller's own.
struct Extra<'a>(Vec<(&'a str, Value<'a>)>);

impl Extra<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Extra<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

fn own<'a>(reader: &'a Reader, taken: &'a Taken) -> Vec<(&'a str, Value<'a>)> {
    match (&taken.record, &reader.table) {
        (Ok(Record::Row(row)), Some(table)) => {
            let text = |place: &usize| String::from_utf8_lossy(row.get(*place).unwrap_or_default());
            table.own.iter().map(|(name, place)| (name.as_str(), Value::Text(text(place)))).collect()
        }
        _ => taken.own.iter().map(|(name, value)| (name.as_str(), Value::Json(value))).collect(),
    }
}

/// Writes results in one form.
pub(super) struct Writer<'r> {
    form: Form,
    dataset: Dataset,
    reader: &'r Reader,
    reference: &'r Reference,
    chosen_by: Option<&'static str>,
    apart: [Fault; 1],
}

impl<'r> Writer<'r> {
    pub(super) fn new(options: &Options, reader: &'r Reader, reference: &'r Reference) -> Writer<'r> {
        let message = "rows of the same spell or identifier came before and were grouped apart; send them together, or ask for order=sort";
        Writer {
            form: options.output,
            dataset: options.dataset,
            reader,
            reference,
            chosen_by: options.chosen_by,
            apart: [Fault { pointer: String::new(), code: "spell-apart", message: message.to_owned() }],
        }
    }

    /// What comes before the first result.
    pub(super) fn head(&self) -> Vec<u8> {
        match self.form {
            Form::Ndjson => Vec::new(),
            Form::Json => {
                let reference = ReferenceAnswer { chosen_by: self.chosen_by, ..ReferenceAnswer::of(self.reference) };
                let mut out = b"{\"reference\":".to_vec();
                json(&mut out, &reference);
                out.extend_from_slice(b",\"results\":[");
                out
            }
            Form::Csv => {
                let mut out = Vec::new();
                let own = self.own_names();
                let fixed = ["line", "status"].into_iter().map(str::to_owned);
                let columns = cells::names(self.dataset).iter().map(|name| (*name).to_owned());
                cells::row(&mut out, fixed.chain(own).chain(columns).chain(["warnings", "errors"].map(str::to_owned)));
                out
            }
        }
    }

    /// Results of an array bear a comma before them, but for the first.
    pub(super) fn first(&self, results: &mut Vec<u8>) {
        if self.form == Form::Json && !results.is_empty() {
            results.remove(0);
        }
    }

    /// Columns of the caller's own: those of a CSV input by name; fields of objects differ from one to the next and
    /// stand as JSON in one.
    fn own_names(&self) -> Vec<String> {
        match &self.reader.table {
            Some(table) => table.own.iter().map(|(name, _)| name.clone()).collect(),
            None => vec![KEY.to_owned(), "extra".to_owned()],
        }
    }

    /// One result.
    pub(super) fn result(&self, taken: &Taken, outcome: &Outcome, out: &mut Vec<u8>) {
        if self.form == Form::Csv {
            return self.rows(taken, outcome, out);
        }
        let mut fields = own(self.reader, taken);
        let key = fields.iter().position(|(name, _)| *name == KEY).map(|place| fields.remove(place).1);
        let mut line = Answered {
            line: taken.line,
            status: outcome.status.word(),
            key,
            extra: Extra(fields),
            period: None,
            spell: None,
            episode: None,
            episodes: None,
            record: None,
            trace: outcome.trace.as_ref(),
            warnings: if outcome.apart { &self.apart } else { &[] },
            errors: &[],
        };
        match &outcome.result {
            Of::Spell(spell, episodes) => (line.spell, line.episodes) = (Some(&**spell), Some(episodes.as_slice())),
            Of::Episode(spell, episode) => (line.spell, line.episode) = (Some(&**spell), Some(&**episode)),
            Of::Record(record, period) => (line.record, line.period) = (Some(&**record), *period),
            Of::Rejected(faults) => line.errors = faults,
        }
        if self.form == Form::Json {
            out.push(b','); // the first is cut off where the array begins
        }
        json(out, &line);
        if self.form == Form::Ndjson {
            out.push(b'\n');
        }
    }

    /// One result as rows: one for each episode of a whole spell, otherwise one.
    fn rows(&self, taken: &Taken, outcome: &Outcome, out: &mut Vec<u8>) {
        let mut fields = own(self.reader, taken);
        let own: Vec<String> = match &self.reader.table {
            Some(table) if fields.is_empty() => table.own.iter().map(|_| String::new()).collect(),
            Some(_) => fields.iter().map(|(_, value)| defused(&value.text())).collect(),
            None => {
                let key = fields.iter().position(|(name, _)| *name == KEY).map(|place| fields.remove(place).1);
                let mut extra = Vec::new();
                if !fields.is_empty() {
                    json(&mut extra, &Extra(fields));
                }
                vec![key.map(|key| defused(&key.text())).unwrap_or_default(), lossy(extra)]
            }
        };
        let mut row = |cells: Vec<String>, errors: &[Fault]| {
            let fixed = [taken.line.to_string(), outcome.status.word().to_owned()];
            let said = |faults: &[Fault]| {
                faults.iter().map(|f| format!("{}|{}|{}", f.pointer, f.code, f.message)).collect::<Vec<_>>().join(";")
            };
            let last = [if outcome.apart { said(&self.apart) } else { String::new() }, said(errors)];
            cells::row(out, fixed.into_iter().chain(own.iter().cloned()).chain(cells).chain(last));
        };
        match &outcome.result {
            Of::Spell(spell, episodes) => {
                for episode in episodes {
                    row(cells::of_episode(episode, spell), &[]);
                }
            }
            Of::Episode(spell, episode) => row(cells::of_episode(episode, spell), &[]),
            Of::Record(record, period) => row(cells::of_record(self.dataset, record, *period), &[]),
            Of::Rejected(faults) => row(cells::names(self.dataset).iter().map(|_| String::new()).collect(), faults),
        }
    }

    /// The last line, which says that all is there.
    pub(super) fn end(&self, summary: &Summary) -> Vec<u8> {
        let mut out = Vec::new();
        match self.form {
            Form::Ndjson => {
                out.extend_from_slice(b"{\"summary\":");
                json(&mut out, summary);
                out.extend_from_slice(b"}\n");
            }
            Form::Json => {
                out.extend_from_slice(b"],\"summary\":");
                json(&mut out, summary);
                out.push(b'}');
            }
            Form::Csv => {
                let mut said = Vec::new();
                json(&mut said, summary);
                self.last_row(&mut out, "summary", lossy(said));
            }
        }
        out
    }

    /// The last line of a stream that ends before its end: no summary.
    pub(super) fn broken(&self, fault: &BatchError) -> Vec<u8> {
        #[derive(Serialize)]
        struct Broken {
            code: &'static str,
            message: String,
        }
        let broken = Broken { code: fault.code(), message: fault.to_string() };
        let mut out = Vec::new();
        match self.form {
            Form::Ndjson => {
                out.extend_from_slice(b"{\"error\":");
                json(&mut out, &broken);
                out.extend_from_slice(b"}\n");
            }
            Form::Json => {
                out.extend_from_slice(b"],\"error\":");
                json(&mut out, &broken);
                out.push(b'}');
            }
            Form::Csv => self.last_row(&mut out, "error", format!("|{}|{}", broken.code, broken.message)),
        }
        out
    }

    fn last_row(&self, out: &mut Vec<u8>, status: &str, said: String) {
        let blanks = self.own_names().len() + cells::names(self.dataset).len() + 1;
        let blanks = std::iter::repeat_n(String::new(), blanks);
        cells::row(out, [String::new(), status.to_owned()].into_iter().chain(blanks).chain([said]));
    }
}

impl Value<'_> {
    /// The value as text; a JSON text without its quotes.
    fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Json(value) => {
                serde_json::from_str::<String>(value.get()).map_or(Cow::Borrowed(value.get()), Cow::Owned)
            }
            Value::Text(text) => Cow::Borrowed(text),
        }
    }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writing to memory does not fail, and none of the values has a key that is no text.
fn json(out: &mut Vec<u8>, value: &impl Serialize) {
    let _ = serde_json::to_writer(out, value);
}
