//! The bytes of one record as a record of its dataset, or why it is rejected.

use super::apc_line::ApcLine;
use super::columns::{EpisodeRow, Lists, Table, is_official};
use super::cut::Sent;
use super::lent;
use super::own::{self, Own, Value};
use crate::grouper::other::{Logic, group_acc, group_em, group_nac, group_ncc, group_nrd, group_pcc};
use crate::grouper::other::{RecordResult, periods};
use crate::record::fault::Fault;
use crate::record::size::{SizeFault, long_lists, size_faults};
use crate::record::slots::{Keep, Slots};
use crate::record::{RawAcc, RawEm, RawEpisode, RawNac, RawNccDay, RawNrd, RawPccDay, RawSpell, Text};
use crate::reference::{Dataset, Reference};
use crate::trace::Recorder;
use foldhash::quality::RandomState;
use serde::Deserialize;
use std::hash::{BuildHasher, Hasher};

/// A record as it came; its values stand in the bytes that it was read from.
#[derive(Debug)]
pub(super) enum Record<'b> {
    /// A whole spell.
    Spell(RawSpell<'b>),
    /// An episode of a spell that its provider and spell number name.
    Episode(Box<RawEpisode<'b>>, [Text<'b>; 2]),
    /// The same as a row.
    Row(EpisodeRow<'b>, [Text<'b>; 2]),
    /// A record of another dataset.
    Other(Box<Other<'b>>),
}

/// A record of one of the six logics.
#[derive(Debug)]
pub(super) enum Other<'b> {
    Nac(RawNac<'b>),
    Em(RawEm<'b>),
    Nrd(RawNrd<'b>),
    Acc(RawAcc<'b>),
    Pcc(RawPccDay<'b>),
    Ncc(RawNccDay<'b>),
}

/// What says that records belong together: a hash, under a key of this stream's own, of what names their spell or stay.
/// Where two names have the same, records side by side are told apart by the names themselves; the worst that comes of it
/// is a warning, to whoever sent both, that a spell had come before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Records that come together and have the same names belong together.
    Of(u64),
    /// The record stands by itself; what it would be known by where it came again.
    Alone(Option<u64>),
    /// It could not be read.
    Unread,
}

/// A record, read or rejected.
#[derive(Debug)]
pub(super) struct Taken<'b> {
    pub(super) line: u64,
    pub(super) key: Key,
    pub(super) record: Result<Record<'b>, Vec<Fault>>,
    pub(super) own: Own<'b>,
    /// Bytes that it came as.
    pub(super) bytes: usize,
}

impl<'b> Taken<'b> {
    /// Takes the record out of its place.
    pub(super) fn lift(&mut self) -> Taken<'b> {
        let unread = Taken { line: self.line, key: Key::Unread, record: Err(Vec::new()), own: Own::new(), bytes: 0 };
        std::mem::replace(self, unread)
    }

    /// The same, borrowing nothing.
    pub(super) fn keep(self) -> Taken<'static> {
        let Taken { line, key, record, own, bytes } = self;
        Taken { line, key, record: record.map(Record::keep), own: own::keep(own), bytes }
    }
}

/// How records of a stream are read.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) dataset: Dataset,
    /// For CSV.
    pub(super) table: Option<Table>,
    /// Whether objects may have fields of the caller's own.
    pub(super) own_fields: bool,
    hasher: RandomState,
}

type Read<'b> = Result<(Record<'b>, Own<'b>), Vec<Fault>>;

fn fault(code: &'static str, message: &str) -> Vec<Fault> {
    vec![Fault { pointer: String::new(), code, message: message.to_owned() }]
}

/// A line as text.
fn looked_at(line: &[u8]) -> Result<&str, Vec<Fault>> {
    let Ok(text) = std::str::from_utf8(line) else {
        return Err(fault("invalid-utf8", "a line is UTF-8 text"));
    };
    if text.contains('\0') {
        return Err(fault("nul-byte", "a line holds no NUL"));
    }
    Ok(text)
}

impl Reader {
    /// A reader of one stream.
    pub(super) fn new(dataset: Dataset, table: Option<Table>, own_fields: bool) -> Reader {
        Reader { dataset, table, own_fields, hasher: RandomState::default() }
    }

    /// Reads a record; no bytes stand for too many.
    pub(super) fn take<'b>(&'b self, line: u64, sent: Option<Sent<'b>>) -> Taken<'b> {
        let read = match sent {
            Some(sent) => self.read(sent),
            None => Err(fault("line-too-long", "a line is longer than the limit")),
        };
        match read {
            Ok((record, own)) => {
                let bytes = sent.map_or(0, |sent| sent.bytes.len());
                Taken { line, key: self.key(&record), record: Ok(record), own, bytes }
            }
            Err(faults) => Taken { line, key: Key::Unread, record: Err(faults), own: Own::new(), bytes: 0 },
        }
    }

    fn read<'b>(&'b self, sent: Sent<'b>) -> Read<'b> {
        let line = match sent.text {
            Some(line) => line,
            None => looked_at(sent.bytes)?,
        };
        let Some(table) = &self.table else { return self.object(line) };
        table
            .read(line, sent.quotes)
            .map_err(|(wanted, found)| fault("wrong-columns", &format!("a row has {found} values, not {wanted}")))
    }

    fn object<'b>(&self, line: &'b str) -> Read<'b> {
        let (record, own) = match self.dataset {
            Dataset::Apc => apc(line)?,
            Dataset::Nac => other(line, Other::Nac, |copied: RawNac<'static>| Other::Nac(copied))?,
            Dataset::Em => other(line, Other::Em, |copied: RawEm<'static>| Other::Em(copied))?,
            Dataset::Nrd => other(line, Other::Nrd, |copied: RawNrd<'static>| Other::Nrd(copied))?,
            Dataset::Acc => other(line, Other::Acc, |copied: RawAcc<'static>| Other::Acc(copied))?,
            Dataset::Pcc => other(line, Other::Pcc, |copied: RawPccDay<'static>| Other::Pcc(copied))?,
            Dataset::Ncc => other(line, Other::Ncc, |copied: RawNccDay<'static>| Other::Ncc(copied))?,
        };
        if own.iter().any(|(name, _)| !self.own_fields || is_official(name, self.dataset)) {
            let words = if self.own_fields {
                "an official field name stands in lower case, and a repeated field is a list, such as `diag`"
            } else {
                "a field that is not known here"
            };
            return Err(fault("unknown-field", words));
        }
        if own.iter().any(|(_, value)| !value.is_readable()) {
            let words = "a field of the caller's own is nested too deep, or holds half a character";
            return Err(fault("malformed-json", words));
        }
        let faults = record.size_faults();
        if faults.is_empty() { Ok((record, own)) } else { Err(faults) }
    }

    /// Provider and spell number, or provider and critical care identifier, as they name what a record belongs to.
    pub(super) fn names<'r>(&self, record: &'r Record<'_>) -> [&'r [u8]; 2] {
        let names = match record {
            Record::Spell(spell) => [&spell.procodet, &spell.provspno],
            Record::Episode(_, [provider, number]) | Record::Row(_, [provider, number]) => [provider, number],
            Record::Other(other) => match other.day() {
                Some([provider, identifier, _]) => [provider, identifier],
                None => return [b"", b""],
            },
        };
        let pictured = self.table.as_ref().map_or([false; 2], |table| table.pictured);
        let [one, two] = names;
        let trim = |text: &'r Text<'_>, pictured| if pictured { text.trimmed() } else { text.trimmed_ascii() };
        [trim(one, pictured[0]).as_bytes(), trim(two, pictured[1]).as_bytes()]
    }

    fn key(&self, record: &Record<'_>) -> Key {
        let names = self.names(record);
        let hash = || {
            let mut hasher = self.hasher.build_hasher();
            // A byte that no UTF-8 text holds keeps the names apart.
            for name in names {
                hasher.write(name);
                hasher.write_u8(0xff);
            }
            hasher.finish()
        };
        match record {
            Record::Episode(..) | Record::Row(..) => Key::Of(hash()),
            Record::Spell(spell) => Key::Alone((!spell.provspno.is_blank()).then(hash)),
            Record::Other(other) if other.day().is_some() && names.iter().all(|name| !name.is_empty()) => {
                Key::Of(hash())
            }
            Record::Other(_) => Key::Alone(None),
        }
    }

    /// The place of each critical care day's period among those of the days, from 0; nothing for other datasets.
    pub(super) fn periods(&self, records: &[&Record<'_>]) -> Option<Vec<usize>> {
        match self.dataset {
            Dataset::Pcc => Some(periods(&days(records, |other| match other {
                Other::Pcc(day) => Some(day),
                _ => None,
            }))),
            Dataset::Ncc => Some(periods(&days(records, |other| match other {
                Other::Ncc(day) => Some(day),
                _ => None,
            }))),
            _ => None,
        }
    }
}

/// The critical care days among records.
fn days<'r, 'b: 'r, D: Clone + 'r>(records: &[&'r Record<'b>], day: impl Fn(&'r Other<'b>) -> Option<&'r D>) -> Vec<D> {
    let days = records.iter().filter_map(|record| match record {
        Record::Other(other) => day(other),
        _ => None,
    });
    days.cloned().collect()
}

impl<'b> Other<'b> {
    /// Groups the record.
    pub(super) fn group<'r, R: Recorder<'r>>(&self, reference: &'r Reference, recorder: &mut R) -> RecordResult {
        match self {
            Other::Nac(record) => group_nac(record, reference, recorder),
            Other::Em(record) => group_em(record, reference, recorder),
            Other::Nrd(record) => group_nrd(record, reference, recorder),
            Other::Acc(record) => group_acc(record, reference, recorder),
            Other::Pcc(record) => group_pcc(record, reference, recorder),
            Other::Ncc(record) => group_ncc(record, reference, recorder),
        }
    }

    /// Provider, identifier and date of a critical care day.
    pub(super) fn day(&self) -> Option<[&Text<'b>; 3]> {
        match self {
            Other::Pcc(day) => Some([&day.procodet, &day.cclocalid, &day.ccdate]),
            Other::Ncc(day) => Some([&day.procodet, &day.cclocalid, &day.ccdate]),
            _ => None,
        }
    }

    fn keep(self) -> Other<'static> {
        match self {
            Other::Nac(record) => Other::Nac(record.keep()),
            Other::Em(record) => Other::Em(record.keep()),
            Other::Nrd(record) => Other::Nrd(record.keep()),
            Other::Acc(record) => Other::Acc(record.keep()),
            Other::Pcc(record) => Other::Pcc(record.keep()),
            Other::Ncc(record) => Other::Ncc(record.keep()),
        }
    }
}

/// A record of another dataset, lent where that goes.
fn other<'b, R: Slots<'b>, O: for<'de> Deserialize<'de>>(
    line: &'b str,
    lend: impl Fn(R) -> Other<'b>,
    copy: impl Fn(O) -> Other<'b>,
) -> Read<'b> {
    let mut record = R::default();
    if let Some((own, _)) = lent::read(line, &mut record) {
        return Ok((Record::Other(Box::new(lend(record))), own));
    }
    let (record, own) = own::read::<O>(line.as_bytes()).map_err(|fault| vec![fault])?;
    Ok((Record::Other(Box::new(copy(record))), own))
}

/// A spell with its episodes, or one episode with the number of its spell.
fn apc(line: &str) -> Read<'_> {
    const NUMBER: u64 = 1 << ApcLine::NUMBER;
    const SPELL: u64 = 1 << ApcLine::PROVIDER | NUMBER | 1 << ApcLine::EPISODES;
    let mut read = ApcLine::default();
    if let Some((own, seen)) = lent::read(line, &mut read) {
        let ApcLine { spell: [procodet, provspno], episode, episodes } = read;
        match episodes {
            Some(episodes) if seen & !SPELL == 0 => {
                return Ok((Record::Spell(RawSpell { procodet, provspno, episodes }), own));
            }
            None if seen & NUMBER != 0 => return Ok((Record::Episode(episode, [procodet, provspno]), own)),
            _ => {}
        }
    }
    copied_apc(line.as_bytes())
}

/// The same with copies, and what is wrong.
fn copied_apc(bytes: &[u8]) -> Read<'static> {
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
            message: format!("a value of the wrong type; expected {}", Text::EXPECTED),
        };
        let Value::Json(value) = value else { return Ok(None) };
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

impl Record<'_> {
    fn size_faults(&self) -> Vec<Fault> {
        let faults: Vec<SizeFault> = match self {
            Record::Spell(spell) => size_faults(spell),
            Record::Episode(episode, _) => long_lists(&[("diag", episode.diag.len()), ("oper", episode.oper.len())]),
            Record::Row(..) => Vec::new(), // its columns are those of the dataset
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

    /// The same, borrowing nothing.
    pub(super) fn keep(self) -> Record<'static> {
        match self {
            Record::Spell(RawSpell { procodet, provspno, episodes }) => Record::Spell(RawSpell {
                procodet: procodet.keep(),
                provspno: provspno.keep(),
                episodes: episodes.keep(),
            }),
            Record::Episode(episode, spell) => Record::Episode(Box::new(episode.keep()), spell.map(Keep::keep)),
            Record::Row(row, spell) => {
                Record::Episode(Box::new(row.episode(Lists::default()).keep()), spell.map(Keep::keep))
            }
            Record::Other(other) => Record::Other(Box::new(other.keep())),
        }
    }
}
