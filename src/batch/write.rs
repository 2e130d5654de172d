//! Results as bytes of the form that was asked for.

use super::cells::{self, Row, defused};
use super::group::{Of, Outcome};
use super::json;
use super::options::{Form, Options};
use super::own::{Own, Value};
use super::read::{Reader, Taken};
use super::summary::{BatchError, Broken, Summary};
use crate::record::fault::Fault;
use crate::reference::{Dataset, Reference, ReferenceAnswer};
use smallvec::SmallVec;
use std::borrow::Cow;

/// The caller's field that is mirrored beside the line; all others stand in `extra`.
const KEY: &str = "key";

/// Where the key stands among the caller's own.
fn key(own: &Own<'_>) -> Option<usize> {
    own.iter().position(|(name, _)| name == KEY)
}

/// Fields of the caller's own as an object, without the key.
fn extra(out: &mut Vec<u8>, own: &Own<'_>, key: Option<usize>) {
    out.push(b'{');
    for (_, (name, value)) in own.iter().enumerate().filter(|(place, _)| Some(*place) != key) {
        json::text(out, name);
        out.push(b':');
        sent(out, value);
        out.push(b',');
    }
    out.pop();
    out.push(b'}');
}

/// A value as it was sent.
fn sent(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Json(value) => out.extend_from_slice(value.get().as_bytes()),
        Value::Text(text) => json::text(out, text),
    }
}

/// Writes results in one form.
pub(super) struct Writer<'r> {
    form: Form,
    dataset: Dataset,
    reader: &'r Reader,
    reference: &'r Reference,
    chosen_by: Option<&'static str>,
    /// What a result has in its warnings where its spell had come before.
    apart: Vec<u8>,
}

/// Where warnings go into a result, in its bytes: at one place, or in every row of a spell.
pub(super) type Places = SmallVec<[usize; 1]>;

impl<'r> Writer<'r> {
    pub(super) fn new(options: &Options, reader: &'r Reader, reference: &'r Reference) -> Writer<'r> {
        let (form, dataset, chosen_by) = (options.output, options.dataset, options.chosen_by);
        Writer { form, dataset, reader, reference, chosen_by, apart: apart(form) }
    }

    /// Bytes that most results without a trace keep to.
    pub(super) fn usual_bytes(&self) -> usize {
        match self.form {
            Form::Csv => 128,
            Form::Ndjson | Form::Json => 768,
        }
    }

    /// What comes before the first result.
    pub(super) fn head(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self.form {
            Form::Ndjson => {}
            Form::Json => {
                let reference = ReferenceAnswer { chosen_by: self.chosen_by, ..ReferenceAnswer::of(self.reference) };
                out.extend_from_slice(b"{\"reference\":");
                json::value(&mut out, &reference);
                out.extend_from_slice(b",\"results\":[");
            }
            Form::Csv => {
                let mut row = Row(&mut out);
                let own = self.own_names();
                let names = ["line", "status"]
                    .into_iter()
                    .chain(own.iter().map(|name| &**name))
                    .chain(cells::names(self.dataset).iter().copied());
                for name in names.chain(["warnings", "errors"]) {
                    row.text(name);
                }
                row.end();
            }
        }
        out
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
            Some(table) => table.own.clone(),
            None => vec![KEY.to_owned(), "extra".to_owned()],
        }
    }

    /// One result, without warnings; gives where they would go.
    pub(super) fn result(&self, taken: &Taken<'_>, outcome: &Outcome<'_>, out: &mut Vec<u8>) -> Places {
        match self.form {
            Form::Csv => self.rows(taken, outcome, out),
            Form::Json => {
                out.push(b','); // the first is cut off where the array begins
                self.object(taken, outcome, out)
            }
            Form::Ndjson => {
                let places = self.object(taken, outcome, out);
                out.push(b'\n');
                places
            }
        }
    }

    /// Results with the warning that their spell had come before at all these places, which are in order.
    pub(super) fn warned(&self, results: &[u8], places: impl Iterator<Item = usize>) -> Vec<u8> {
        let mut out = Vec::with_capacity(results.len() * 2);
        let mut from = 0;
        for place in places {
            out.extend_from_slice(results.get(from..place).unwrap_or_default());
            out.extend_from_slice(&self.apart);
            from = place;
        }
        out.extend_from_slice(results.get(from..).unwrap_or_default());
        out
    }

    /// One result as an object.
    fn object(&self, taken: &Taken<'_>, outcome: &Outcome<'_>, out: &mut Vec<u8>) -> Places {
        out.extend_from_slice(b"{\"line\":");
        json::number(out, taken.line);
        out.extend_from_slice(b",\"status\":\"");
        out.extend_from_slice(outcome.status.word().as_bytes());
        out.push(b'"');
        let key = key(&taken.own);
        if let Some((_, value)) = key.and_then(|place| taken.own.get(place)) {
            out.extend_from_slice(b",\"key\":");
            sent(out, value);
        }
        if taken.own.len() > usize::from(key.is_some()) {
            out.extend_from_slice(b",\"extra\":");
            extra(out, &taken.own, key);
        }
        let mut errors: &[Fault] = &[];
        match &outcome.of {
            Of::Spell(grouping) => {
                out.extend_from_slice(b",\"spell\":");
                json::spell(out, &grouping.spell, self.reference);
                out.extend_from_slice(b",\"episodes\":");
                json::episodes(out, &grouping.episodes, self.reference);
            }
            Of::Episode(spell, episode) => {
                out.extend_from_slice(b",\"spell\":");
                json::spell(out, spell, self.reference);
                out.extend_from_slice(b",\"episode\":");
                json::episode(out, episode, self.reference);
            }
            Of::Record(record, period) => {
                if let Some(period) = period {
                    out.extend_from_slice(b",\"period\":");
                    json::number(out, *period);
                }
                out.push(b',');
                json::record(out, record, self.reference);
            }
            Of::Rejected(faults) => errors = faults,
        }
        if let Some(trace) = outcome.trace {
            out.extend_from_slice(b",\"trace\":");
            json::value(out, trace);
        }
        let place = out.len();
        if !errors.is_empty() {
            out.extend_from_slice(b",\"errors\":");
            json::value(out, &errors);
        }
        out.push(b'}');
        Places::from_buf([place])
    }

    /// One result as rows: one for each episode of a whole spell, otherwise one.
    fn rows(&self, taken: &Taken<'_>, outcome: &Outcome<'_>, out: &mut Vec<u8>) -> Places {
        let mut places = Places::new();
        let mut row = |cells: &dyn Fn(&mut Row<'_>), errors: &[Fault]| {
            let mut row = Row(&mut *out);
            row.number(taken.line);
            row.plain(outcome.status.word());
            self.own(taken, &mut row);
            cells(&mut row);
            places.push(row.0.len());
            row.blank();
            row.text(&said(errors));
            row.end();
        };
        match &outcome.of {
            Of::Spell(grouping) => {
                for episode in &grouping.episodes {
                    row(&|row| row.episode(episode, &grouping.spell), &[]);
                }
            }
            Of::Episode(spell, episode) => row(&|row| row.episode(episode, spell), &[]),
            Of::Record(record, period) => row(&|row| row.record(self.dataset, record, *period), &[]),
            Of::Rejected(faults) => {
                row(&|row| cells::names(self.dataset).iter().for_each(|_| row.blank()), faults);
            }
        }
        places
    }

    /// The caller's own as cells; blank for a row that could not be read.
    fn own(&self, taken: &Taken<'_>, row: &mut Row<'_>) {
        match &self.reader.table {
            Some(table) if taken.own.is_empty() => table.own.iter().for_each(|_| row.blank()),
            Some(_) => taken.own.iter().for_each(|(_, value)| row.text(&defused(value.text()))),
            None => {
                let key = key(&taken.own);
                let value = key.and_then(|place| taken.own.get(place)).map(|(_, value)| defused(value.text()));
                row.text(&value.unwrap_or_default());
                let mut others = Vec::new();
                if taken.own.len() > usize::from(key.is_some()) {
                    extra(&mut others, &taken.own, key);
                }
                row.text(&lossy(others));
            }
        }
    }

    /// The last line, which says that all is there.
    pub(super) fn end(&self, summary: &Summary) -> Vec<u8> {
        let mut out = Vec::new();
        match self.form {
            Form::Ndjson => {
                out.extend_from_slice(b"{\"summary\":");
                json::value(&mut out, summary);
                out.extend_from_slice(b"}\n");
            }
            Form::Json => {
                out.extend_from_slice(b"],\"summary\":");
                json::value(&mut out, summary);
                out.push(b'}');
            }
            Form::Csv => {
                let mut said = Vec::new();
                json::value(&mut said, summary);
                self.last_row(&mut out, "summary", &lossy(said));
            }
        }
        out
    }

    /// The last line of a stream that ends before its end: no summary.
    pub(super) fn broken(&self, fault: &BatchError) -> Vec<u8> {
        let broken = Broken::from(fault);
        let mut out = Vec::new();
        match self.form {
            Form::Ndjson => {
                out.extend_from_slice(b"{\"error\":");
                json::value(&mut out, &broken);
                out.extend_from_slice(b"}\n");
            }
            Form::Json => {
                out.extend_from_slice(b"],\"error\":");
                json::value(&mut out, &broken);
                out.push(b'}');
            }
            Form::Csv => self.last_row(&mut out, "error", &format!("|{}|{}", broken.code, broken.message)),
        }
        out
    }

    fn last_row(&self, out: &mut Vec<u8>, status: &str, said: &str) {
        let mut row = Row(out);
        row.blank();
        row.plain(status);
        let blanks = self.own_names().len() + cells::names(self.dataset).len() + 1;
        (0..blanks).for_each(|_| row.blank());
        row.text(said);
        row.end();
    }
}

/// The warning of a form that a spell had come before.
fn apart(form: Form) -> Vec<u8> {
    let message = "rows of the same spell or identifier came before and were grouped apart; send them together, or ask for order=sort";
    let warnings = [Fault { pointer: String::new(), code: "spell-apart", message: message.to_owned() }];
    let mut out = Vec::new();
    if form == Form::Csv {
        Row(&mut out).text(&said(&warnings));
        out.pop(); // the comma after the cell, which is there
    } else {
        out.extend_from_slice(b",\"warnings\":");
        json::value(&mut out, &warnings);
    }
    out
}

/// Faults as a cell.
fn said(faults: &[Fault]) -> Cow<'static, str> {
    if faults.is_empty() {
        return Cow::Borrowed("");
    }
    let said = faults.iter().map(|fault| format!("{}|{}|{}", fault.pointer, fault.code, fault.message));
    Cow::Owned(said.collect::<Vec<_>>().join(";"))
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}
