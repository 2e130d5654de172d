//! The files of admitted patient care, column by column. Source: 07 APC.

use super::Book;
use super::shared::{self, RowResult, unbundled};
use super::sheet::{Column, Line, Sheet, number, word};
use crate::files::row;
use crate::files::run::GroupedSpell;
use crate::grouper::{EpisodeResult, SpellResult};
use crate::record::Field;
use crate::reference::options::EpisodeChoice;
use std::borrow::Cow;

/// A row of a file with one row an episode.
struct EpisodeRow<'a> {
    episode: &'a EpisodeResult,
    spell: &'a SpellResult,
}

/// A row of a file with one row a spell.
struct SpellRow<'a> {
    procodet: Cow<'a, [u8]>,
    provspno: Cow<'a, [u8]>,
    spell: &'a SpellResult,
}

trait HasSpell {
    fn spell(&self) -> &SpellResult;
}

impl HasSpell for EpisodeRow<'_> {
    fn spell(&self) -> &SpellResult {
        self.spell
    }
}

impl HasSpell for SpellRow<'_> {
    fn spell(&self) -> &SpellResult {
        self.spell
    }
}

/// The columns of `_FCE_rel`, which `_FCE` has too.
fn episode_columns<'a>() -> Vec<Column<EpisodeRow<'a>>> {
    vec![
        Column::Value("FCE_HRG", |row, page| word(row.episode.hrg.word(), page)),
        Column::Value("GroupingMethodFlag", |row, page| page.extend_from_slice(row.episode.method.flag().as_bytes())),
        Column::Value("DominantProcedure", |row, page| {
            row.episode.dominant_procedure.iter().for_each(|code| word(code.word(), page));
        }),
        Column::Value("FCE_PBC", |row, page| {
            row.episode.pbc.iter().for_each(|pbc| word(*pbc, page));
        }),
        Column::Value("CalcEpidur", |row, page| {
            row.episode.calc_epidur.iter().for_each(|days| number(*days, page));
        }),
        Column::Empty("ReportingEPIDUR"),
        Column::Empty("FCETrimpoint"),
        Column::Empty("FCEExcessBeddays"),
        Column::Value("SpellReportFlag", |row, page| page.push(if row.episode.report_flag { b'1' } else { b'0' })),
    ]
}

/// The columns of `_spell_rel`, which `_FCE` and `_spell` have too.
fn spell_columns<T: HasSpell>() -> Vec<Column<T>> {
    vec![
        Column::Value("SpellHRG", |row, page| word(row.spell().hrg.word(), page)),
        Column::Value("SpellGroupingMethodFlag", |row, page| {
            page.extend_from_slice(row.spell().method.flag().as_bytes());
        }),
        Column::Value("SpellDominantProcedure", |row, page| {
            row.spell().dominant_procedure.iter().for_each(|code| word(code.word(), page));
        }),
        Column::Value("SpellPDiag", |row, page| {
            row.spell().primary_diagnosis.iter().for_each(|code| word(code.word(), page));
        }),
        Column::Value("SpellSDiag", |row, page| {
            row.spell().secondary_diagnosis.iter().for_each(|code| word(code.word(), page));
        }),
        Column::Value("SpellEpisodeCount", |row, page| number(row.spell().episode_count, page)),
        Column::Value("SpellLOS", |row, page| number(row.spell().length_of_stay, page)),
        Column::Empty("ReportingSpellLOS"),
        Column::Empty("SpellTrimpoint"),
        Column::Empty("SpellExcessBeddays"),
        Column::Value("SpellCCDays", |row, page| number(row.spell().critical_care_days, page)),
        Column::Value("SpellPBC", |row, page| {
            row.spell().pbc.iter().for_each(|pbc| word(*pbc, page));
        }),
    ]
}

/// What names a spell in its own files.
fn key_columns<'a>() -> Vec<Column<SpellRow<'a>>> {
    vec![
        Column::RowNo,
        Column::Value("PROCODET", |row, page| page.extend_from_slice(&row.procodet)),
        Column::Value("PROVSPNO", |row, page| page.extend_from_slice(&row.provspno)),
    ]
}

fn fce<'a>() -> Sheet<EpisodeRow<'a>> {
    let mut columns = vec![Column::Input, Column::RowNo];
    columns.extend(episode_columns());
    columns.push(Column::Counter("FCESSC_Ct", "FCESSCs", 7));
    columns.extend(spell_columns());
    columns.push(Column::Repeated("UnbundledHRGs", |row, place, page| unbundled(&row.episode.unbundled, place, page)));
    Sheet { suffix: "_FCE.csv", columns }
}

fn fce_rel<'a>() -> Sheet<EpisodeRow<'a>> {
    let mut columns = vec![Column::RowNo];
    columns.extend(episode_columns());
    Sheet { suffix: "_FCE_rel.csv", columns }
}

fn spell<'a>() -> Sheet<SpellRow<'a>> {
    let mut columns = key_columns();
    columns.extend(spell_columns());
    columns.extend([
        Column::Counter("SpellSSC_Ct", "SpellSSCs", 7),
        Column::Counter("SpellBP_Ct", "SpellBP", 7),
        Column::Counter("SpellFlag_Ct", "SpellFlag", 7),
        Column::Repeated("UnbundledHRGs", |row: &SpellRow<'_>, place, page| {
            unbundled(&row.spell.unbundled, place, page)
        }),
    ]);
    Sheet { suffix: "_spell.csv", columns }
}

fn spell_rel<'a>() -> Sheet<SpellRow<'a>> {
    let mut columns = key_columns();
    columns.extend(spell_columns());
    Sheet { suffix: "_spell_rel.csv", columns }
}

/// Best practice flags: no release of ours gives any yet.
fn flag_rel<'a>() -> Sheet<SpellRow<'a>> {
    let mut columns = key_columns();
    columns.extend([Column::Iteration, Column::Empty("SpellFlag")]);
    Sheet { suffix: "_flag_rel.csv", columns }
}

/// Writes the pages of some spells.
pub(super) fn write(book: &mut Book<'_>, rows: &[row::Line<'_>], spells: &[GroupedSpell]) {
    shared::write_sort(book, rows);
    let before = book.before;
    let number = |row: usize| before + row as u64 + 1;
    let episodes = || {
        spells.iter().flat_map(|spell| {
            let (places, of) = (spell.first.., &spell.grouping.spell);
            places.zip(&spell.grouping.episodes).filter_map(move |(row, episode)| {
                let of = EpisodeRow { episode, spell: of };
                Some(Line { input: rows.get(row)?, number: number(row), iteration: 1, of })
            })
        })
    };
    fce().write(book, episodes());
    fce_rel().write(book, episodes());
    let (layout, choice) = (book.layout, book.reference.options.spell_row_no);
    let of_spells = || {
        spells.iter().filter_map(|spell| {
            let row = spell.first + row_of_spell(spell, choice);
            let input = rows.get(row)?;
            let (procodet, provspno) = (layout.bytes(Field::Procodet, input), layout.bytes(Field::Provspno, input));
            let of = SpellRow { procodet, provspno, spell: &spell.grouping.spell };
            Some(Line { input, number: number(row), iteration: 1, of })
        })
    };
    self::spell().write(book, of_spells());
    spell_rel().write(book, of_spells());
    flag_rel().write(book, std::iter::empty());
    let results = || {
        episodes().map(|line| RowResult {
            input: line.input,
            number: line.number,
            messages: &line.of.episode.messages,
            unbundled: &line.of.episode.unbundled,
        })
    };
    shared::write_quality(book, results);
    shared::write_unbundled(book, results());
}

/// Which of its episodes lends the spell its RowNo, from 0.
fn row_of_spell(spell: &GroupedSpell, choice: EpisodeChoice) -> usize {
    match choice {
        EpisodeChoice::FirstEpisode => 0,
        EpisodeChoice::LastEpisode => spell.grouping.episodes.len().saturating_sub(1),
        EpisodeChoice::DrivingEpisode => spell.grouping.reported(),
    }
}
