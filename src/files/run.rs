//! A run over a file, as the official program does it: read, sort, group, write the official files. Memory does not
//! depend on the size of the file.
//!
//! The flow, one file a stage: `survey` looks at the input, `sort` puts its rows in order where they are not, `chunk`
//! takes them some hundreds at a time, `pipeline` leads the chunks through all cores, `output` writes.

use super::chunk::{Chunk, Feed, Rows};
use super::decode::{Decoder, Keys, Scratch};
use super::error::RunError;
use super::form::Form;
use super::input;
use super::keys::sort_spells;
use super::layout::Layout;
use super::lines::Source;
use super::output::{self, Book, Files, Finished};
use super::parquet;
use super::pipeline;
use super::rdf::Rdf;
use super::row::Line;
use super::rows::{group_row, refill_spell};
use super::sort::sort;
pub use super::survey::Header;
use super::survey::Input;
use crate::grouper::other::RecordResult;
use crate::grouper::{Grouping, Method, Workspace};
use crate::record::RawSpell;
use crate::reference::{Dataset, Hrg, Reference};
use crate::trace::Off;
use std::path::Path;

/// What to run.
#[derive(Debug)]
pub struct Job<'a> {
    /// The grouping logic.
    pub dataset: Dataset,
    /// The data.
    pub input: &'a Path,
    /// Output name; every file is this plus a suffix.
    pub output: &'a Path,
    /// The record definition file.
    pub definition: &'a Path,
    /// Whether the input has a header row.
    pub input_header: bool,
    /// Whether the output files get header rows.
    pub output_headers: bool,
    /// What is not official.
    pub scale: Scale,
}

/// How a run uses the machine, and in which forms it reads and writes.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Bytes of memory that sorting may use.
    pub memory: u64,
    /// The form of the input; without it the ending of its name tells.
    pub from: Option<Form>,
    /// The form of the output files.
    pub to: Form,
}

impl Default for Scale {
    fn default() -> Scale {
        Scale { memory: 512 * 1024 * 1024, from: None, to: Form::default() }
    }
}

/// Whoever watches a run.
pub trait Watch: Sync {
    /// A part of the run begins: what it does, and how many bytes or rows there are to do.
    fn begin(&self, doing: &'static str, of: u64);
    /// So many more are done.
    fn advance(&self, by: u64);
    /// Fails where nobody wants the run any more.
    fn go_on(&self) -> Result<(), RunError> {
        Ok(())
    }
}

/// Nobody watches.
impl Watch for () {
    fn begin(&self, _: &'static str, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// How many there are, and how many of them are UZ01Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All.
    pub all: usize,
    /// Those that are UZ01Z.
    pub errors: usize,
}

impl Count {
    fn one(error: bool) -> Count {
        Count { all: 1, errors: usize::from(error) }
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, more: Count) {
        self.all += more.all;
        self.errors += more.errors;
    }
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows read: episodes, attendances, sessions, periods or days.
    pub records: Count,
    /// Spells found; admitted patient care only.
    pub spells: Option<Count>,
    /// Rows that were shorter than the record definition.
    pub short_rows: usize,
}

impl Outcome {
    fn add(&mut self, more: &Outcome) {
        self.records += more.records;
        if let Some(spells) = more.spells {
            *self.spells.get_or_insert_default() += spells;
        }
        self.short_rows += more.short_rows;
    }
}

/// One spell: its rows, by place among those of its chunk, and its result.
pub struct GroupedSpell {
    /// The first of its rows.
    pub first: usize,
    /// The result; episodes in EPIORDER order, which is the order of the rows.
    pub grouping: Grouping,
}

/// What grouping made of rows.
pub enum Results {
    /// Admitted patient care, by spell.
    Spells(Vec<GroupedSpell>),
    /// Any other dataset, one for each row.
    Records(Vec<RecordResult>),
}

/// Reads a whole input file by its record definition.
pub fn open(
    input: &Path,
    definition: &Path,
    header: bool,
    dataset: Dataset,
    other_delimiters: bool,
) -> Result<(input::Input, Layout), RunError> {
    let rdf = Rdf::load(definition, other_delimiters)?;
    let layout = Layout::bind(&rdf, dataset)?;
    let bytes = std::fs::read(input).map_err(|fault| RunError::Input(fault.to_string()))?;
    let input = input::read(bytes, &rdf, header, usize::MAX)?;
    if input.rows() == 0 {
        return Err(no_record());
    }
    Ok((input, layout))
}

fn no_record() -> RunError {
    RunError::Processing("the input holds no record".to_owned())
}

/// Where the official files of a run go.
pub trait Sink {
    /// Adds pages, one for each file in the order of [`output::names`].
    fn write(&mut self, pages: &[Vec<u8>]) -> Result<(), RunError>;
}

/// What a run reads.
pub struct Taken<'a> {
    /// The bytes.
    pub source: &'a Source,
    /// How its lines become rows.
    pub decoder: Decoder,
    /// Where the names of its columns are.
    pub header: Header<'a>,
    /// Which column holds which field.
    pub definition: &'a Rdf,
    /// Where temporary files may stand.
    pub folder: &'a Path,
}

/// Runs the job.
pub fn run(job: &Job<'_>, reference: &Reference, watch: &impl Watch) -> Result<Outcome, RunError> {
    let definition = &Rdf::load(job.definition, reference.options.rdf_other_delimiters)?;
    let layout = Layout::bind(definition, job.dataset)?;
    // Temporary files stand where the output will, since there must be room and the data may be.
    let folder = job.output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let form = job.scale.from.unwrap_or_else(|| Form::of(job.input));
    form.refuse_lacking()?;
    job.scale.to.refuse_lacking()?;
    let (source, own) = match form {
        Form::Csv | Form::Ndjson => {
            (Source::open(job.input, folder).map_err(|fault| RunError::Input(fault.to_string()))?, Vec::new())
        }
        Form::Parquet => parquet::keep(job.input, folder, Keys::of(definition), job.scale.memory, watch)?,
    };
    let header = match form {
        Form::Parquet => Header::Own(&own),
        Form::Csv | Form::Ndjson => Header::of(job.input_header),
    };
    let (source, decoder) = (&source, Decoder::of(form, definition));
    let create = || {
        output::refuse_to_overwrite(job)?;
        Files::create(job)
    };
    let taken = Taken { source, decoder, header, definition, folder };
    let (outcome, files) = run_into(job, reference, (taken, &layout), create, watch)?;
    files.finish()?;
    Ok(outcome)
}

/// Runs the job from what is given into what `create` makes, once the input was found to hold records. The names of its
/// files are only told, not opened.
pub fn run_into<S: Sink>(
    job: &Job<'_>,
    reference: &Reference,
    (taken, layout): (Taken<'_>, &Layout),
    create: impl FnOnce() -> Result<S, RunError>,
    watch: &impl Watch,
) -> Result<(Outcome, S), RunError> {
    let started = jiff::Zoned::now();
    let Taken { source, decoder, header, definition, folder } = taken;
    let input = Input::survey(source, (decoder, header), (definition, layout), watch)?;
    if input.rows == 0 {
        return Err(no_record());
    }
    let mut sink = create()?;
    let outcome = if input.in_order {
        let lines = source
            .lines(input.start, (input.start, source.size()))
            .map_err(|fault| RunError::Input(fault.to_string()))?;
        group_all(job, reference, &input, Rows::Straight(lines, Scratch::default()), &mut sink, watch)?
    } else {
        let rows = Rows::Merged(sort(&input, folder, job.scale.memory, watch)?);
        group_all(job, reference, &input, rows, &mut sink, watch)?
    };
    let mut pages = Vec::new();
    let mut book = Book::open(job, reference, &input, (&mut pages, true), 0);
    book.write_summary(&Finished { job, reference, started, outcome: &outcome });
    sink.write(&pages)?;
    Ok((outcome, sink))
}

fn group_all(
    job: &Job<'_>,
    reference: &Reference,
    input: &Input<'_>,
    rows: Rows<'_>,
    sink: &mut impl Sink,
    watch: &impl Watch,
) -> Result<Outcome, RunError> {
    watch.begin("grouping", input.rows);
    let mut outcome =
        Outcome { short_rows: usize::try_from(input.short_rows).unwrap_or(usize::MAX), ..Outcome::default() };
    let work = |chunk: &mut Chunk| group_chunk(job, reference, input, chunk);
    let write = |chunk: &Chunk| {
        sink.write(&chunk.pages)?;
        outcome.add(&chunk.outcome);
        watch.advance(chunk.len() as u64);
        Ok(())
    };
    pipeline::run(Feed::new(input, rows), work, write)?;
    if outcome.records.all as u64 != input.rows {
        return Err(RunError::Input("it changed while it was read".to_owned()));
    }
    Ok(outcome)
}

/// Groups the rows of a chunk and writes its pages.
fn group_chunk(job: &Job<'_>, reference: &Reference, input: &Input<'_>, chunk: &mut Chunk) {
    chunk.index(input.decoder.delimiter());
    let mut pages = std::mem::take(&mut chunk.pages);
    let mut rows = chunk.lines();
    let (results, outcome) = if job.dataset == Dataset::Apc {
        let spells = sort_spells(input.layout, &mut rows);
        group_spells(&rows, &spells, input.layout, reference)
    } else {
        group_rows(&rows, input.layout, reference)
    };
    let mut book = Book::open(job, reference, input, (&mut pages, chunk.number == 0), chunk.before);
    book.write(&rows, &results);
    drop(rows);
    (chunk.pages, chunk.outcome) = (pages, outcome);
}

/// Groups rows each by itself.
fn group_rows(rows: &[Line<'_, '_>], layout: &Layout, reference: &Reference) -> (Results, Outcome) {
    let mut outcome = Outcome::default();
    let records: Vec<_> = rows.iter().filter_map(|row| group_row(layout, row, reference, &mut Off)).collect();
    for record in &records {
        outcome.records += Count::one(record.hrg == Hrg::INVALID);
    }
    (Results::Records(records), outcome)
}

/// Groups rows in spells of so many rows each, of which none has others elsewhere.
fn group_spells(
    rows: &[Line<'_, '_>],
    lengths: &[usize],
    layout: &Layout,
    reference: &Reference,
) -> (Results, Outcome) {
    let (mut outcome, mut left) = (Outcome::default(), rows);
    let (mut spells, mut spell) = (Vec::with_capacity(lengths.len()), RawSpell::default());
    let mut workspace = Workspace::default();
    for length in lengths {
        let Some((of_spell, rest)) = left.split_at_checked(*length) else { break };
        refill_spell(&mut spell, layout, of_spell);
        workspace.group(&spell, reference, &mut Off);
        let grouping = workspace.take();
        let is_error = |method: Method| method == Method::Error;
        *outcome.spells.get_or_insert_default() += Count::one(is_error(grouping.spell.method));
        grouping.episodes.iter().for_each(|episode| outcome.records += Count::one(is_error(episode.method)));
        spells.push(GroupedSpell { first: rows.len() - left.len(), grouping });
        left = rest;
    }
    (Results::Spells(spells), outcome)
}
