//! The files of admitted patient care, column by column. Source: 07 APC.

use super::Finished;
use super::paths::Paths;
use super::shared::{self, RowResult, written};
use super::sheet::{Cell, Column, Line, Sheet, cell, cell_or_blank};
use crate::files::run::GroupedSpell;
use crate::grouper::{EpisodeResult, SpellResult};
use crate::record::Field;
use crate::reference::options::EpisodeChoice;

/// A row of a file with one row an episode.
struct EpisodeRow<'a> {
    episode: &'a EpisodeResult,
    spell: &'a SpellResult,
}

/// A row of a file with one row a spell.
struct SpellRow<'a> {
    procodet: Cell<'a>,
    provspno: Cell<'a>,
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
        Column::Value("FCE_HRG", |row| cell(row.episode.hrg)),
        Column::Value("GroupingMethodFlag", |row| row.episode.method.flag().as_bytes().into()),
        Column::Value("DominantProcedure", |row| cell_or_blank(row.episode.dominant_procedure)),
        Column::Value("FCE_PBC", |row| cell_or_blank(row.episode.pbc.as_ref())),
        Column::Value("CalcEpidur", |row| cell_or_blank(row.episode.calc_epidur)),
        Column::Empty("ReportingEPIDUR"),
        Column::Empty("FCETrimpoint"),
        Column::Empty("FCEExcessBeddays"),
        Column::Value("SpellReportFlag", |row| cell(u8::from(row.episode.report_flag))),
    ]
}

/// The columns of `_spell_rel`, which `_FCE` and `_spell` have too.
fn spell_columns<T: HasSpell>() -> Vec<Column<T>> {
    vec![
        Column::Value("SpellHRG", |row| cell(row.spell().hrg)),
        Column::Value("SpellGroupingMethodFlag", |row| row.spell().method.flag().as_bytes().into()),
        Column::Value("SpellDominantProcedure", |row| cell_or_blank(row.spell().dominant_procedure)),
        Column::Value("SpellPDiag", |row| cell_or_blank(row.spell().primary_diagnosis)),
        Column::Value("SpellSDiag", |row| cell_or_blank(row.spell().secondary_diagnosis)),
        Column::Value("SpellEpisodeCount", |row| cell(row.spell().episode_count)),
        Column::Value("SpellLOS", |row| cell(row.spell().length_of_stay)),
        Column::Empty("ReportingSpellLOS"),
        Column::Empty("SpellTrimpoint"),
        Column::Empty("SpellExcessBeddays"),
        Column::Value("SpellCCDays", |row| cell(row.spell().critical_care_days)),
        Column::Value("SpellPBC", |row| cell_or_blank(row.spell().pbc.as_ref())),
    ]
}

/// What names a spell in its own files.
fn key_columns<'a>() -> Vec<Column<SpellRow<'a>>> {
    vec![
        Column::RowNo,
        Column::Value("PROCODET", |row| (*row.procodet).into()),
        Column::Value("PROVSPNO", |row| (*row.provspno).into()),
    ]
}

fn fce<'a>() -> Sheet<EpisodeRow<'a>> {
    let mut columns = vec![Column::Input, Column::RowNo];
    columns.extend(episode_columns());
    columns.push(Column::Counter("FCESSC_Ct", "FCESSCs", 7));
    columns.extend(spell_columns());
    columns.push(Column::Repeated("UnbundledHRGs", |row| written(&row.episode.unbundled)));
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
        Column::Repeated("UnbundledHRGs", |row: &SpellRow<'_>| written(&row.spell.unbundled)),
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

/// Writes the files of a run.
pub(super) fn write(paths: &Paths<'_>, run: &Finished<'_>, spells: &[GroupedSpell]) -> csv::Result<()> {
    let (input, header) = (run.input, &run.input.header);
    shared::write_sort(paths, input)?;
    let episodes = || {
        spells.iter().flat_map(|spell| {
            let (rows, of) = (spell.first.., &spell.grouping.spell);
            rows.zip(&spell.grouping.episodes).filter_map(move |(row, episode)| {
                let of = EpisodeRow { episode, spell: of };
                Some(Line { input: input.rows.get(row)?, number: row + 1, iteration: 1, of })
            })
        })
    };
    fce().write(paths, header, episodes())?;
    fce_rel().write(paths, header, episodes())?;
    let of_spells = || {
        spells.iter().filter_map(|spell| {
            let row = spell.first + row_of_spell(spell, run.reference.options.spell_row_no);
            let input = input.rows.get(row)?;
            let (procodet, provspno) =
                (run.layout.bytes(Field::Procodet, input), run.layout.bytes(Field::Provspno, input));
            let of = SpellRow { procodet, provspno, spell: &spell.grouping.spell };
            Some(Line { input, number: row + 1, iteration: 1, of })
        })
    };
    self::spell().write(paths, header, of_spells())?;
    spell_rel().write(paths, header, of_spells())?;
    flag_rel().write(paths, header, std::iter::empty())?;
    let results = || {
        episodes().map(|line| RowResult {
            input: line.input,
            number: line.number,
            messages: &line.of.episode.messages,
            unbundled: &line.of.episode.unbundled,
        })
    };
    shared::write_quality(paths, header, results)?;
    shared::write_unbundled(paths, header, results())
}

/// Which of its episodes lends the spell its RowNo, from 0.
fn row_of_spell(spell: &GroupedSpell, choice: EpisodeChoice) -> usize {
    match choice {
        EpisodeChoice::FirstEpisode => 0,
        EpisodeChoice::LastEpisode => spell.grouping.episodes.len().saturating_sub(1),
        EpisodeChoice::DrivingEpisode => spell.grouping.reported(),
    }
}
