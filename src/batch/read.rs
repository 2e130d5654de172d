//! The bytes of one record as a record of its dataset, or why it is rejected.

use super::columns::{Table, is_official, values};
use super::own::{self, Own};
use crate::files::rows;
use crate::grouper::other::{Logic, group_acc, group_em, group_nac, group_ncc, group_nrd, group_pcc};
use crate::grouper::other::{RecordResult, periods};
use crate::record::fault::Fault;
use crate::record::size::{SizeFault, long_lists, size_faults};
use crate::record::{Field, RawAcc, RawEm, RawEpisode, RawNac, RawNccDay, RawNrd, RawPccDay, RawSpell, Text};
use crate::reference::{Dataset, Reference};
use crate::trace::Recorder;
use csv::ByteRecord;

/// A record as it came.
#[derive(Debug)]
pub(super) enum Record {
    /// A row of text.
    Row(ByteRecord),
    /// A whole spell.
    Spell(RawSpell<'static>),
    /// An episode of a spell that its provider and spell number name.
    Episode(Box<RawEpisode<'static>>, [Text<'static>; 2]),
    /// A record of another dataset.
    Other(Box<Other>),
}

/// A record of one of the six logics, from JSON.
#[derive(Debug)]
pub(super) enum Other {
    Nac(RawNac<'static>),
    Em(RawEm<'static>),
    Nrd(RawNrd<'static>),
    Acc(RawAcc<'static>),
    Pcc(RawPccDay<'static>),
    Ncc(RawNccDay<'static>),
}

/// What says that rows belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Rows with the same belong together.
    Of(Box<[u8]>),
    /// The record stands by itself; what it would be known by where it came again.
    Alone(Option<Box<[u8]>>),
    /// It could not be read.
    Unread,
}

/// A record, read or rejected.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) line: u64,
    pub(super) key: Key,
    pub(super) record: Result<Record, Vec<Fault>>,
    pub(super) own: Own,
    /// Bytes that it came as.
    pub(super) bytes: usize,
}

/// How records of a stream are read.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) dataset: Dataset,
    /// For CSV.
    pub(super) table: Option<Table>,
    /// Whether objects may have fields of the caller's own.
    pub(super) own_fields: bool,
}

fn fault(code: &'static str, message: &str) -> Vec<Fault> {
    vec![Fault { pointer: String::new(), code, message: message.to_owned() }]
}

impl Reader {
    /// Reads a record; no bytes stand for too many.
    pub(super) fn take(&self, line: u64, bytes: Option<&[u8]>) -> Taken {
        let length = bytes.map_or(0, <[u8]>::len);
        match bytes.ok_or_else(|| fault("line-too-long", "a line is longer than the limit")).and_then(|b| self.read(b))
        {
            Ok((record, own)) => Taken { line, key: self.key(&record), record: Ok(record), own, bytes: length },
            Err(faults) => Taken { line, key: Key::Unread, record: Err(faults), own: Own::new(), bytes: 0 },
        }
    }

    fn read(&self, bytes: &[u8]) -> Result<(Record, Own), Vec<Fault>> {
        if std::str::from_utf8(bytes).is_err() {
            return Err(fault("invalid-utf8", "a line is UTF-8 text"));
        }
        if memchr::memchr(0, bytes).is_some() {
            return Err(fault("nul-byte", "a line holds no NUL"));
        }
        let Some(table) = &self.table else { return self.object(bytes) };
        let row = values(bytes, table.delimiter, table.quotes);
        let (least, exactly) = table.width;
        let fits = exactly.map_or(row.len() >= least, |exactly| row.len() == exactly);
        if !fits {
            let wanted = exactly.map_or_else(|| format!("at least {least}"), |exactly| exactly.to_string());
            return Err(fault("wrong-columns", &format!("a row has {} values, not {wanted}", row.len())));
        }
        Ok((Record::Row(row), Own::new()))
    }

    fn object(&self, bytes: &[u8]) -> Result<(Record, Own), Vec<Fault>> {
        let (record, own) = match self.dataset {
            Dataset::Apc => apc(bytes)?,
            Dataset::Nac => other(bytes, Other::Nac)?,
            Dataset::Em => other(bytes, Other::Em)?,
            Dataset::Nrd => other(bytes, Other::Nrd)?,
            Dataset::Acc => other(bytes, Other::Acc)?,
            Dataset::Pcc => other(bytes, Other::Pcc)?,
            Dataset::Ncc => other(bytes, Other::Ncc)?,
        };
        if own.iter().any(|(name, _)| !self.own_fields || is_official(name, self.dataset)) {
            let words = if self.own_fields {
                "an official field name stands in lower case, and a repeated field is a list, such as `diag`"
            } else {
                "a field that is not known here"
            };
            return Err(fault("unknown-field", words));
        }
        let faults = record.size_faults();
        if faults.is_empty() { Ok((record, own)) } else { Err(faults) }
    }

    fn key(&self, record: &Record) -> Key {
        let key = |parts: [&[u8]; 2]| {
            let [one, two] = parts.map(<[u8]>::trim_ascii);
            // A byte that no UTF-8 text holds keeps the parts apart.
            [one, b"\xff", two].concat().into_boxed_slice()
        };
        let days = |parts: [&[u8]; 2]| {
            let known = parts.iter().all(|part| !part.trim_ascii().is_empty());
            if known { Key::Of(key(parts)) } else { Key::Alone(None) }
        };
        match (record, &self.table) {
            (Record::Row(row), Some(table)) => {
                let value = |field| table.layout.bytes(field, row);
                match self.dataset {
                    Dataset::Apc => Key::Of(key([&value(Field::Procodet), &value(Field::Provspno)])),
                    Dataset::Pcc | Dataset::Ncc => days([&value(Field::Procodet), &value(Field::CcLocalId)]),
                    _ => Key::Alone(None),
                }
            }
            (Record::Row(_), None) => Key::Unread,
            (Record::Episode(_, [provider, spell]), _) => {
                Key::Of(key([provider.as_str().as_bytes(), spell.as_str().as_bytes()]))
            }
            (Record::Spell(spell), _) => {
                let known = !spell.provspno.is_blank();
                let parts = [spell.procodet.as_str().as_bytes(), spell.provspno.as_str().as_bytes()];
                Key::Alone(known.then(|| key(parts)))
            }
            (Record::Other(other), _) => match other.day() {
                Some([provider, identifier, _]) => days([provider, identifier].map(|text| text.as_str().as_bytes())),
                None => Key::Alone(None),
            },
        }
    }

    /// Provider and spell number of a row.
    pub(super) fn spell<'r>(&self, record: &'r Record) -> [Text<'r>; 2] {
        match (record, &self.table) {
            (Record::Row(row), Some(table)) => {
                [Field::Procodet, Field::Provspno].map(|field| table.layout.text(field, row))
            }
            (Record::Episode(_, named), _) => named.clone(),
            _ => Default::default(),
        }
    }

    /// The episode that a record is.
    pub(super) fn episode<'r>(&self, record: &'r Record) -> Option<RawEpisode<'r>> {
        match (record, &self.table) {
            (Record::Row(row), Some(table)) if self.dataset == Dataset::Apc => Some(rows::episode(&table.layout, row)),
            (Record::Episode(episode, _), _) => Some((**episode).clone()),
            _ => None,
        }
    }

    /// The place of each critical care day's period among those of the days, from 0; nothing for other datasets.
    pub(super) fn periods(&self, records: &[&Record]) -> Option<Vec<usize>> {
        let table = self.table.as_ref();
        match self.dataset {
            Dataset::Pcc => {
                let days = records.iter().filter_map(|record| match (record, table) {
                    (Record::Row(row), Some(table)) => Some(rows::pcc(&table.layout, row)),
                    (Record::Other(other), _) => match &**other {
                        Other::Pcc(day) => Some(day.clone()),
                        _ => None,
                    },
                    _ => None,
                });
                Some(periods(&days.collect::<Vec<_>>()))
            }
            Dataset::Ncc => {
                let days = records.iter().filter_map(|record| match (record, table) {
                    (Record::Row(row), Some(table)) => Some(rows::ncc(&table.layout, row)),
                    (Record::Other(other), _) => match &**other {
                        Other::Ncc(day) => Some(day.clone()),
                        _ => None,
                    },
                    _ => None,
                });
                Some(periods(&days.collect::<Vec<_>>()))
            }
            _ => None,
        }
    }

    /// Groups a record of any dataset but admitted patient care.
    pub(super) fn group<'r, R: Recorder<'r>>(
        &self,
        record: &Record,
        reference: &'r Reference,
        recorder: &mut R,
    ) -> Option<RecordResult> {
        match (record, &self.table) {
            (Record::Row(row), Some(table)) => rows::group_row(&table.layout, row, reference, recorder),
            (Record::Other(other), _) => Some(match &**other {
                Other::Nac(record) => group_nac(record, reference, recorder),
                Other::Em(record) => group_em(record, reference, recorder),
                Other::Nrd(record) => group_nrd(record, reference, recorder),
                Other::Acc(record) => group_acc(record, reference, recorder),
                Other::Pcc(record) => group_pcc(record, reference, recorder),
                Other::Ncc(record) => group_ncc(record, reference, recorder),
            }),
            _ => None,
        }
    }
}

impl Other {
    /// Provider, identifier and date of a critical care day.
    pub(super) fn day(&self) -> Option<[&Text<'static>; 3]> {
        match self {
            Other::Pcc(day) => Some([&day.procodet, &day.cclocalid, &day.ccdate]),
            Other::Ncc(day) => Some([&day.procodet, &day.cclocalid, &day.ccdate]),
            _ => None,
        }
    }
}

fn other<T: for<'de> serde::Deserialize<'de>>(
    bytes: &[u8],
    kind: impl Fn(T) -> Other,
) -> Result<(Record, Own), Vec<Fault>> {
    let (record, own) = own::read::<T>(bytes).map_err(|fault| vec![fault])?;
    Ok((Record::Other(Box::new(kind(record))), own))
}

/// A spell with its episodes, or one episode with the number of its spell.
fn apc(bytes: &[u8]) -> Result<(Record, Own), Vec<Fault>> {
    // Whoever has a text of that name in an episode pays for two attempts, and gets the same answer.
    let may_be_spell = memchr::memmem::find(bytes, b"\"episodes\"").is_some();
    let spell = may_be_spell.then(|| own::read::<RawSpell<'static>>(bytes));
    if let Some(Ok((spell, own))) = spell {
        return Ok((Record::Spell(spell), own));
    }
    let (episode, mut own) = match own::read::<RawEpisode<'static>>(bytes) {
        Ok((_, own)) if own.iter().any(|(name, _)| name == "episodes") => {
            let fault = spell.and_then(Result::err);
            return Err(fault.into_iter().collect());
        }
        Ok(read) => read,
        Err(fault) => return Err(vec![spell.and_then(Result::err).filter(|_| may_be_spell).unwrap_or(fault)]),
    };
    let mut text = |name: &str| -> Result<Option<Text<'static>>, Vec<Fault>> {
        let Some(place) = own.iter().position(|(of, _)| of == name) else { return Ok(None) };
        let (_, value) = own.remove(place);
        let pointer = format!("/{name}");
        if own.iter().any(|(of, _)| of == name) {
            return Err(vec![Fault { pointer, code: "duplicate-field", message: format!("duplicate field `{name}`") }]);
        }
        let wrong = |_| Fault {
            pointer,
            code: "wrong-type",
            message: "a value of the wrong type; expected a string or a whole number".to_owned(),
        };
        serde_json::from_str(value.get()).map(Some).map_err(|fault| vec![wrong(fault)])
    };
    let provider = text("procodet")?.unwrap_or_default();
    let Some(number) = text("provspno")? else {
        let words =
            "a line of admitted patient care has `episodes`, or is one episode with the `provspno` of its spell";
        return Err(fault("missing-field", words));
    };
    Ok((Record::Episode(Box::new(episode), [provider, number]), own))
}

impl Record {
    fn size_faults(&self) -> Vec<Fault> {
        let faults: Vec<SizeFault> = match self {
            Record::Row(_) => Vec::new(), // columns bound it
            Record::Spell(spell) => size_faults(spell),
            Record::Episode(episode, _) => long_lists(&[("diag", episode.diag.len()), ("oper", episode.oper.len())]),
            Record::Other(other) => long_lists(&match &**other {
                Other::Nac(record) => record.lists(),
                Other::Em(record) => record.lists(),
                Other::Nrd(record) => record.lists(),
                Other::Acc(record) => record.lists(),
                Other::Pcc(record) => record.lists(),
                Other::Ncc(record) => record.lists(),
            }),
        };
        let of = |fault: SizeFault| Fault { pointer: fault.pointer, code: fault.code, message: fault.message };
        faults.into_iter().map(of).collect()
    }
}
