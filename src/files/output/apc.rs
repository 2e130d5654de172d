//! The files of admitted patient care, column by column. Source: 07 APC.

use super::Book;
use super::pen::Pen;
use super::shared::{self, RowResult, unbundled};
use super::sheet::{Column, Line, Sheet, word};
use crate::files::form::Form;
use crate::files::row;
use crate::files::run::GroupedSpell;
use crate::grouper::{EpisodeResult, SpellResult};
use crate::record::Field;
use crate::reference::options::EpisodeChoice;
use std::borrow::Cow;
use std::ops::Range;

/// A row of a file with one row an episode.
struct EpisodeRow<'a> {
    episode: &'a EpisodeResult,
    spell: &'a SpellResult,
    /// The columns of each as they were written for all files.
    episode_part: &'a [u8],
    spell_part: &'a [u8],
}

/// A row of a file with one row a spell.
struct SpellRow<'a> {
    procodet: Cow<'a, [u8]>,
    provspno: Cow<'a, [u8]>,
    spell: &'a SpellResult,
    spell_part: &'a [u8],
}

trait HasSpell {
    fn spell(&self) -> &SpellResult;
    fn part(&self) -> &[u8];
}

impl HasSpell for EpisodeRow<'_> {
    fn spell(&self) -> &SpellResult {
        self.spell
    }

    fn part(&self) -> &[u8] {
        self.spell_part
    }
}

impl HasSpell for SpellRow<'_> {
    fn spell(&self) -> &SpellResult {
        self.spell
    }

    fn part(&self) -> &[u8] {
        self.spell_part
    }
}

impl HasSpell for &SpellResult {
    fn spell(&self) -> &SpellResult {
        self
    }

    fn part(&self) -> &[u8] {
        b""
    }
}

/// The columns that several files have, as delimited text, for each spell and episode. Other forms do without.
#[derive(Default)]
struct Parts {
    bytes: Vec<u8>,
    spells: Vec<Range<usize>>,
    episodes: Vec<Range<usize>>,
}

impl Parts {
    fn of(spells: &[GroupedSpell]) -> Parts {
        let Parts { mut bytes, spells: mut of_spells, episodes: mut of_episodes } = Parts::default();
        let mut pen = Pen::new(&mut bytes, Form::Csv);
        let (spell_columns, episode_columns) = (spell_columns(), episode_columns());
        for grouping in spells.iter().map(|spell| &spell.grouping) {
            of_spells.push(written(&spell_columns, &&grouping.spell, &mut pen));
            for episode in &grouping.episodes {
                let row = EpisodeRow { episode, spell: &grouping.spell, episode_part: b"", spell_part: b"" };
                of_episodes.push(written(&episode_columns, &row, &mut pen));
            }
        }
        Parts { bytes, spells: of_spells, episodes: of_episodes }
    }

    fn get(&self, place: Option<&Range<usize>>) -> &[u8] {
        place.and_then(|place| self.bytes.get(place.clone())).unwrap_or_default()
    }
}

/// Writes columns; gives their place.
fn written<T>(columns: &[Column<T>], of: &T, pen: &mut Pen<'_>) -> Range<usize> {
    let start = pen.len();
    for column in columns {
        column.write_own(of, pen);
    }
    start..pen.len()
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
        Column::Number("CalcEpidur", |row| row.episode.calc_epidur.map(i64::from)),
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
        Column::Number("SpellEpisodeCount", |row| i64::try_from(row.spell().episode_count).ok()),
        Column::Number("SpellLOS", |row| Some(i64::from(row.spell().length_of_stay))),
        Column::Empty("ReportingSpellLOS"),
        Column::Empty("SpellTrimpoint"),
        Column::Empty("SpellExcessBeddays"),
        Column::Number("SpellCCDays", |row| Some(i64::from(row.spell().critical_care_days))),
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
    columns.push(Column::Part(episode_columns(), |row| row.episode_part));
    columns.push(Column::Counter("FCESSC_Ct", "FCESSCs", 7));
    columns.push(Column::Part(spell_columns(), HasSpell::part));
    columns.push(Column::Repeated("UnbundledHRGs", |row, place, page| unbundled(&row.episode.unbundled, place, page)));
    Sheet { suffix: "_FCE.csv", columns }
}

fn fce_rel<'a>() -> Sheet<EpisodeRow<'a>> {
    let columns = vec![Column::RowNo, Column::Part(episode_columns(), |row| row.episode_part)];
    Sheet { suffix: "_FCE_rel.csv", columns }
}

fn spell<'a>() -> Sheet<SpellRow<'a>> {
    let mut columns = key_columns();
    columns.push(Column::Part(spell_columns(), HasSpell::part));
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
    columns.push(Column::Part(spell_columns(), HasSpell::part));
    Sheet { suffix: "_spell_rel.csv", columns }
}

/// Best practice flags: no release of ours gives any yet.
fn flag_rel<'a>() -> Sheet<SpellRow<'a>> {
    let mut columns = key_columns();
    columns.extend([Column::Iteration, Column::Empty("SpellFlag")]);
    Sheet { suffix: "_flag_rel.csv", columns }
}

/// Writes the pages of some spells.
pub(super) fn write(book: &mut Book<'_>, rows: &[row::Line<'_, '_>], spells: &[GroupedSpell]) {
    shared::write_sort(book, rows);
    let before = book.before;
    let number = |row: usize| before + row as u64 + 1;
    let parts = if book.form == Form::Csv { Parts::of(spells) } else { Parts::default() };
    let with_parts = || spells.iter().enumerate().map(|(place, spell)| (spell, parts.get(parts.spells.get(place))));
    let episodes = || {
        with_parts().flat_map(|(spell, spell_part)| {
            let parts = &parts;
            (spell.first..).zip(&spell.grouping.episodes).filter_map(move |(row, episode)| {
                // Every row is of one episode, so that the episodes have the places of the rows.
                let episode_part = parts.get(parts.episodes.get(row));
                let of = EpisodeRow { episode, spell: &spell.grouping.spell, episode_part, spell_part };
                Some(Line { input: rows.get(row)?, number: number(row), iteration: 1, of })
            })
        })
    };
    fce().write(book, episodes());
    fce_rel().write(book, episodes());
    let (layout, choice) = (book.layout, book.reference.options.spell_row_no);
    let of_spells = || {
        with_parts().filter_map(|(spell, spell_part)| {
            let row = spell.first + row_of_spell(spell, choice);
            let input = rows.get(row)?;
            let (procodet, provspno) = (layout.bytes(Field::Procodet, input), layout.bytes(Field::Provspno, input));
            let of = SpellRow { procodet, provspno, spell: &spell.grouping.spell, spell_part };
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
