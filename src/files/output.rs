//! Writes the eleven official files of admitted patient care, column by column.
//!
//! Source: 07 outputs. No text qualifiers; columns that the official program never fills exist and stay empty, their
//! counters hold 0.

use super::error::RunError;
use super::input::Input;
use super::layout::ApcLayout;
use super::run::{GroupedSpell, Job, Outcome};
use crate::grouper::{EpisodeResult, SpellResult};
use crate::record::Field;
use crate::reference::Reference;
use crate::reference::options::EpisodeChoice;
use csv::{QuoteStyle, Writer, WriterBuilder};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// The suffixes of the ten files that the index names, in its order.
const SUFFIXES: [&str; 10] = [
    "_sort.csv",
    "_FCE.csv",
    "_spell.csv",
    "_quality.csv",
    "_FCE_rel.csv",
    "_spell_rel.csv",
    "_quality_rel.csv",
    "_flag_rel.csv",
    "_ub_rel.csv",
    "_summary.csv",
];

/// The suffix of the index itself.
const INDEX: &str = ".csv";

const EPISODE: [&str; 9] = [
    "FCE_HRG",
    "GroupingMethodFlag",
    "DominantProcedure",
    "FCE_PBC",
    "CalcEpidur",
    "ReportingEPIDUR",
    "FCETrimpoint",
    "FCEExcessBeddays",
    "SpellReportFlag",
];

const SPELL: [&str; 12] = [
    "SpellHRG",
    "SpellGroupingMethodFlag",
    "SpellDominantProcedure",
    "SpellPDiag",
    "SpellSDiag",
    "SpellEpisodeCount",
    "SpellLOS",
    "ReportingSpellLOS",
    "SpellTrimpoint",
    "SpellExcessBeddays",
    "SpellCCDays",
    "SpellPBC",
];

/// What the summary file says.
pub struct Summary<'a> {
    /// The counts.
    pub outcome: &'a Outcome,
    /// When the run began.
    pub started: jiff::Zoned,
    /// The run.
    pub job: &'a Job<'a>,
    /// The release.
    pub reference: &'a Reference,
}

type Out = Writer<BufWriter<File>>;

/// Refuses a run whose output would be written over its own input or record definition.
pub fn refuse_to_overwrite(job: &Job<'_>) -> Result<(), RunError> {
    let files = Files { output: job.output, headers: job.output_headers };
    let sources: Vec<PathBuf> =
        [job.input, job.definition].into_iter().filter_map(|path| path.canonicalize().ok()).collect();
    for suffix in SUFFIXES.iter().chain(&[INDEX]) {
        if let Ok(path) = files.path(suffix).canonicalize()
            && sources.contains(&path)
        {
            let words = "the output name would overwrite the input file or the record definition file";
            return Err(RunError::Output(words.to_owned()));
        }
    }
    Ok(())
}

/// Writes all eleven files.
pub fn write(
    input: &Input,
    spells: &[GroupedSpell],
    layout: &ApcLayout,
    summary: &Summary<'_>,
) -> Result<(), RunError> {
    let files = Files { output: summary.job.output, headers: summary.job.output_headers };
    let result = write_all(&files, input, spells, layout, summary);
    result.map_err(|fault| RunError::Output(fault.to_string()))
}

struct Files<'a> {
    output: &'a Path,
    headers: bool,
}

impl Files<'_> {
    /// The path of a file: the output name, without `.csv` where it has it, plus the suffix.
    fn path(&self, suffix: &str) -> PathBuf {
        let name = self.output.to_string_lossy();
        let stem = name.strip_suffix(".csv").unwrap_or(&name);
        PathBuf::from(format!("{stem}{suffix}"))
    }

    fn create<'h>(&self, suffix: &str, header: impl IntoIterator<Item = &'h [u8]>) -> csv::Result<Out> {
        let file = BufWriter::new(File::create(self.path(suffix))?);
        let mut out = WriterBuilder::new().quote_style(QuoteStyle::Never).flexible(true).from_writer(file);
        if self.headers {
            out.write_record(header)?;
        }
        Ok(out)
    }
}

fn bytes<'t>(names: &'t [&str]) -> impl Iterator<Item = &'t [u8]> {
    names.iter().map(|name| name.as_bytes())
}

fn write_all(
    files: &Files<'_>,
    input: &Input,
    spells: &[GroupedSpell],
    layout: &ApcLayout,
    summary: &Summary<'_>,
) -> csv::Result<()> {
    let reference = summary.reference;
    episodes(files, input, spells)?;
    spell_rows(files, input, spells, layout, reference)?;
    quality(files, input, spells)?;
    write_summary(files, summary)?;
    let mut index = files.create_index()?;
    for suffix in SUFFIXES {
        let path = files.path(suffix);
        index.write_record([path.file_name().unwrap_or_default().as_encoded_bytes()])?;
    }
    index.flush()?;
    Ok(())
}

impl Files<'_> {
    /// The index has no header line.
    fn create_index(&self) -> csv::Result<Out> {
        let file = BufWriter::new(File::create(self.path(INDEX))?);
        Ok(WriterBuilder::new().quote_style(QuoteStyle::Never).from_writer(file))
    }
}

/// `_sort`, `_FCE`, `_FCE_rel` and `_ub_rel`: one row an episode.
fn episodes(files: &Files<'_>, input: &Input, spells: &[GroupedSpell]) -> csv::Result<()> {
    let row_no: &[u8] = b"RowNo";
    let columns = || input.header.iter().chain([row_no]);
    let counters: Vec<String> = (1..=7).map(|i| format!("FCESSCs{i}")).collect();
    let counters = ["FCESSC_Ct"].into_iter().chain(counters.iter().map(String::as_str)).map(str::as_bytes);
    let fce_header =
        columns().chain(bytes(&EPISODE)).chain(counters).chain(bytes(&SPELL)).chain([&b"UnbundledHRGs"[..]]);
    let mut sort = files.create("_sort.csv", columns())?;
    let mut fce = files.create("_FCE.csv", fce_header)?;
    let mut rel = files.create("_FCE_rel.csv", [row_no].into_iter().chain(bytes(&EPISODE)))?;
    let mut unbundled = files.create("_ub_rel.csv", bytes(&["RowNo", "Iteration", "UnbundledHRGs"]))?;
    for spell in spells {
        let spell_values = spell_values(&spell.grouping.spell);
        for (place, episode) in spell.grouping.episodes.iter().enumerate() {
            let Some(row) = input.rows.get(spell.first + place) else { continue };
            let number = (spell.first + place + 1).to_string();
            let values = episode_values(episode);
            let numbered = || row.iter().chain([number.as_bytes()]);
            let as_bytes = |values: &'_ [String]| values.iter().map(|v| v.as_bytes().to_vec()).collect::<Vec<_>>();
            sort.write_record(numbered())?;
            rel.write_record([number.as_bytes().to_vec()].into_iter().chain(as_bytes(&values)))?;
            let empties = std::iter::once("0").chain(std::iter::repeat_n("", 7)).map(|v| v.as_bytes().to_vec());
            let hrgs: Vec<String> = episode.unbundled.iter().map(ToString::to_string).collect();
            let record = numbered()
                .map(<[u8]>::to_vec)
                .chain(as_bytes(&values))
                .chain(empties)
                .chain(as_bytes(&spell_values))
                .chain(at_least_one(&hrgs));
            fce.write_record(record)?;
            for (iteration, hrg) in (1u32..).zip(&hrgs) {
                unbundled.write_record([&number, &iteration.to_string(), hrg])?;
            }
        }
    }
    for out in [&mut sort, &mut fce, &mut rel, &mut unbundled] {
        out.flush()?;
    }
    Ok(())
}

/// The repeats of a repeated last column; one empty value where there is none.
fn at_least_one(values: &[String]) -> Vec<Vec<u8>> {
    if values.is_empty() { vec![Vec::new()] } else { values.iter().map(|v| v.as_bytes().to_vec()).collect() }
}

/// `_spell`, `_spell_rel` and `_flag_rel`: one row a spell.
fn spell_rows(
    files: &Files<'_>,
    input: &Input,
    spells: &[GroupedSpell],
    layout: &ApcLayout,
    reference: &Reference,
) -> csv::Result<()> {
    let key = ["RowNo", "PROCODET", "PROVSPNO"];
    let mut names: Vec<String> = key.iter().chain(&SPELL).map(ToString::to_string).collect();
    let mut rel = files.create("_spell_rel.csv", names.iter().map(String::as_bytes))?;
    for (counter, stem) in [("SpellSSC_Ct", "SpellSSCs"), ("SpellBP_Ct", "SpellBP"), ("SpellFlag_Ct", "SpellFlag")] {
        names.push(counter.to_owned());
        names.extend((1..=7).map(|i| format!("{stem}{i}")));
    }
    names.push("UnbundledHRGs".to_owned());
    let mut wide = files.create("_spell.csv", names.iter().map(String::as_bytes))?;
    let mut flags =
        files.create("_flag_rel.csv", bytes(&["RowNo", "PROCODET", "PROVSPNO", "Iteration", "SpellFlag"]))?;
    for spell in spells {
        let row = spell.first + row_of_spell(spell, reference);
        let Some(record) = input.rows.get(row) else { continue };
        let mut values = vec![
            (row + 1).to_string().into_bytes(),
            layout.bytes(Field::Procodet, record).into_owned(),
            layout.bytes(Field::Provspno, record).into_owned(),
        ];
        values.extend(spell_values(&spell.grouping.spell).map(String::into_bytes));
        rel.write_record(&values)?;
        for _ in 0..3 {
            values.push(b"0".to_vec());
            values.extend(std::iter::repeat_n(Vec::new(), 7));
        }
        let hrgs: Vec<String> = spell.grouping.spell.unbundled.iter().map(ToString::to_string).collect();
        wide.write_record(values.into_iter().chain(at_least_one(&hrgs)))?;
    }
    rel.flush()?;
    wide.flush()?;
    flags.flush()?;
    Ok(())
}

/// Which of its episodes lends the spell its RowNo, from 0.
fn row_of_spell(spell: &GroupedSpell, reference: &Reference) -> usize {
    let last = spell.grouping.episodes.len().saturating_sub(1);
    match reference.options.spell_row_no {
        EpisodeChoice::FirstEpisode => 0,
        EpisodeChoice::LastEpisode => last,
        EpisodeChoice::DrivingEpisode => spell.grouping.reported(),
    }
}

/// `_quality` and `_quality_rel`: only episodes with messages.
fn quality(files: &Files<'_>, input: &Input, spells: &[GroupedSpell]) -> csv::Result<()> {
    let header = input.header.iter().chain(bytes(&["RowNo", "Error Message1"]));
    let mut wide = files.create("_quality.csv", header)?;
    let mut rel =
        files.create("_quality_rel.csv", bytes(&["RowNo", "Iteration", "Code Type", "Code", "Error Message"]))?;
    for spell in spells {
        for (place, episode) in spell.grouping.episodes.iter().enumerate().filter(|(_, e)| !e.messages.is_empty()) {
            let Some(row) = input.rows.get(spell.first + place) else { continue };
            let number = (spell.first + place + 1).to_string();
            let messages: Vec<String> = episode.messages.iter().map(|message| message.piped()).collect();
            wide.write_record(row.iter().chain([number.as_bytes()]).chain(messages.iter().map(String::as_bytes)))?;
            for (iteration, message) in (1u32..).zip(&episode.messages) {
                let (field, iteration) = (message.field.to_string(), iteration.to_string());
                rel.write_record([&number, &iteration, &field, &message.code, &message.text])?;
            }
        }
    }
    wide.flush()?;
    rel.flush()?;
    Ok(())
}

fn write_summary(files: &Files<'_>, summary: &Summary<'_>) -> csv::Result<()> {
    let header = [
        "Grouper Version",
        "Database Version",
        "FCE Count",
        "Spell Count",
        "FCE Error Count",
        "Spell Error Count",
        "Run Start Date/Time",
        "Run End Date/Time",
        "Input Filename",
        "Output Filename",
        "RDF path and name",
    ];
    let identity = &summary.reference.identity;
    let when = |time: &jiff::Zoned| time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let path = |path: &Path| path.display().to_string().replace(',', " ");
    let outcome = summary.outcome;
    let values = [
        format!("hrg-grouper {}", env!("CARGO_PKG_VERSION")),
        format!("{} {} ({}) {}", identity.id, identity.version, identity.status, identity.digest),
        outcome.episodes.to_string(),
        outcome.spells.to_string(),
        outcome.episode_errors.to_string(),
        outcome.spell_errors.to_string(),
        when(&summary.started),
        when(&jiff::Zoned::now()),
        path(summary.job.input),
        path(summary.job.output),
        path(summary.job.definition),
    ];
    let mut out = files.create("_summary.csv", bytes(&header))?;
    out.write_record(&values)?;
    out.flush()?;
    Ok(())
}

fn or_blank(value: Option<impl ToString>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

fn episode_values(episode: &EpisodeResult) -> [String; EPISODE.len()] {
    [
        episode.hrg.to_string(),
        episode.method.flag().to_owned(),
        or_blank(episode.dominant_procedure),
        episode.pbc.clone().unwrap_or_default(),
        or_blank(episode.calc_epidur),
        String::new(),
        String::new(),
        String::new(),
        u8::from(episode.report_flag).to_string(),
    ]
}

fn spell_values(spell: &SpellResult) -> [String; SPELL.len()] {
    [
        spell.hrg.to_string(),
        spell.method.flag().to_owned(),
        or_blank(spell.dominant_procedure),
        or_blank(spell.primary_diagnosis),
        or_blank(spell.secondary_diagnosis),
        spell.episode_count.to_string(),
        spell.length_of_stay.to_string(),
        String::new(),
        String::new(),
        String::new(),
        spell.critical_care_days.to_string(),
        spell.pbc.clone().unwrap_or_default(),
    ]
}
