//! A record tried against a row: whether its trace cites the row as deciding, and whether the answer is the row's.

use super::book::Book;
use super::draft::Draft;
use hrg_grouper::grouper::{Grouping, Method, group};
use hrg_grouper::record::RawSpell;
use hrg_grouper::reference::{Hrg, Reference, Root, RowRef, TableId};
use hrg_grouper::trace::{Blank, Draft as StepDraft, Recorder, Recording, Rows};
use std::collections::HashSet;

/// What trials came to.
#[derive(Default)]
pub struct Tally {
    /// Every row that was hit.
    pub rows: Rows,
    /// Records grouped.
    pub records: usize,
    /// Rows whose own result the answer was held against.
    pub confirmed: usize,
    /// Answers that are not what the row says.
    pub wrong: Vec<String>,
}

impl Tally {
    pub fn joined(mut self, other: Tally) -> Tally {
        self.wrong.extend(other.wrong);
        Tally {
            rows: self.rows.joined(other.rows),
            records: self.records + other.records,
            confirmed: self.confirmed + other.confirmed,
            wrong: self.wrong,
        }
    }
}

/// Keeps the rows for the coverage, and for the trial those of the last record.
#[derive(Default)]
pub struct Hits {
    pub rows: Rows,
    hit: HashSet<RowRef>,
    /// The CC score of the last record.
    pub cc_score: Option<u32>,
}

impl<'r> Recorder<'r> for Hits {
    const ON: bool = true;

    fn step(&mut self, make: impl for<'p> FnOnce(Blank<'p, 'r>) -> StepDraft<'p, 'r>) {
        let mut recording = Recording::default();
        recording.step(make);
        let steps = recording.into_steps();
        self.hit.extend(steps.deciding_rows().map(RowRef::owned));
        for fact in steps.iter().flat_map(|step| step.facts).filter(|fact| fact.name == "cc_score") {
            self.cc_score = fact.value.to_string().parse().ok();
        }
        self.rows.of(&steps);
    }
}

impl Hits {
    /// Before another record.
    pub fn forget(&mut self) {
        self.hit.clear();
        self.cc_score = None;
    }

    pub fn has(&self, table: TableId, row: &str) -> bool {
        self.hit.contains(&RowRef { table, row: row.into() })
    }
}

/// Groups a spell, and notes what it was given.
pub fn grouped(spell: &RawSpell<'_>, release: &Reference, hits: &mut Hits) -> Grouping {
    let grouping = group(spell, release, hits);
    hits.rows.given(grouping.spell.hrg);
    for episode in &grouping.episodes {
        hits.rows.given(episode.hrg);
        episode.unbundled.iter().for_each(|unbundled| hits.rows.given(unbundled.hrg));
    }
    grouping
}

/// What a row says of the answer to a record that it decides.
#[derive(Clone, Copy)]
pub enum Says {
    /// Nothing by itself.
    Nothing,
    /// The HRG, and how it is reached.
    Hrg(Hrg, Method),
    /// One of the HRGs of the split.
    Split(Hrg),
    /// The root of a dominant procedure or of a primary diagnosis.
    Root(Root, Method),
    /// An unbundled HRG; `UZ01Z` is an error.
    Unbundled(Hrg),
    /// How the record is grouped.
    Method(Method),
}

impl Says {
    /// Whether the answer is what the row says; none where something else decided after it.
    fn holds(self, grouping: &Grouping) -> Option<bool> {
        let spell = &grouping.spell;
        match self {
            Says::Nothing => None,
            Says::Hrg(hrg, method) => Some(spell.hrg == hrg && spell.method == method),
            Says::Split(hrg) => Some(spell.hrg == hrg),
            Says::Root(root, method) => (spell.method == method).then(|| spell.hrg.root() == root),
            Says::Unbundled(Hrg::INVALID) => Some(spell.hrg == Hrg::INVALID && spell.method == Method::Error),
            Says::Unbundled(hrg) => Some(spell.unbundled.iter().any(|unbundled| unbundled.hrg == hrg)),
            Says::Method(method) => Some(spell.method == method),
        }
    }
}

/// Tries drafts until one reaches the row and, where the row says something of the answer, has that answer.
pub fn reach(book: &Book<'_>, table: TableId, row: &str, says: Says, drafts: impl IntoIterator<Item = Draft>) -> Tally {
    let mut hits = Hits::default();
    let mut tally = Tally::default();
    for spell in drafts.into_iter().filter_map(|draft| draft.spell(book)).take(60) {
        hits.forget();
        let grouping = grouped(&spell, book.release, &mut hits);
        tally.records += 1;
        if !hits.has(table, row) {
            continue;
        }
        match says.holds(&grouping) {
            Some(true) => tally.confirmed += 1,
            Some(false) => {
                let (hrg, flag) = (grouping.spell.hrg, grouping.spell.method.flag());
                tally.wrong.push(format!("{}:{row} decides a record that is given {hrg} {flag}", table.name()));
            }
            None if matches!(says, Says::Nothing) => {}
            None => continue,
        }
        break;
    }
    tally.rows = hits.rows;
    tally
}
