//! The files of the official program as a result: what `hrg group` makes of the same table, made by the same code, in a
//! zip. Until they are packed they lie in a temporary file without a name, encrypted with a key that is never written
//! down.

use super::bench::{Bench, Ended, Part, Table};
use super::live::Live;
use super::record::{Failure, Format, Kept};
use crate::files::RunError;
use crate::files::decode::Decoder;
use crate::files::form::Form;
use crate::files::lines::Source;
use crate::files::output::{index, names};
use crate::files::run::{Header, Job, Scale, Sink, Taken, Watch, run_into};
use crate::spill::{Run, RunWriter, Spill};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use zip::write::{SimpleFileOptions, ZipWriter};

/// Of how many parts the work is: taking in, looking at, sorting, grouping, packing.
pub(super) const PARTS: u64 = 5;

/// The names of the files begin so. They hold nothing of the file's own name, which may tell of patients.
const NAME: &str = "grouped";

/// Makes the zip; `part` is the number of the first part of the work.
pub(super) fn run(bench: &Bench<'_>, part: u64) -> Result<Kept, Ended> {
    let folder = bench.place.path();
    bench.live.make(Format::Zip);
    bench.live.part(part, bench.record.sent_bytes);
    let Table { rdf, layout, header, mut input } = bench.table(bench.settings.unpacked_bytes)?;
    let source = Source::take(&mut input, folder)?;
    let decoder = if bench.order.definition { Decoder::of(Form::Csv, &rdf) } else { Decoder::quoted(&rdf, &layout) };
    let job = Job {
        dataset: bench.order.dataset,
        input: Path::new(&bench.record.id),
        output: Path::new(NAME),
        definition: Path::new(if bench.order.definition { "sent with the file" } else { "the header of the file" }),
        input_header: header,
        output_headers: true,
        scale: Scale { memory: bench.settings.sort_bytes, from: Some(Form::Csv), to: Form::Csv },
    };
    let spill = Spill::new(folder)?;
    let names = names(&job);
    let create = || Ok(Pages { live: bench.live, files: names.iter().map(|_| spill.writer()).collect() });
    let taken = Taken { source: &source, decoder, header: Header::of(header), definition: &rdf, folder };
    let watch = Watched { live: bench.live, part, grouping: AtomicBool::new(false) };
    let done = run_into(&job, bench.release()?, (taken, &layout), create, &watch);
    let (_, pages) = done.map_err(|fault| ended(bench, fault))?;
    let files = pages.finish(&names)?;
    bench.live.part(part + 4, files.iter().map(Run::len).sum());
    pack(bench, &spill, names.iter().zip(&files))
}

/// What the end of the run means: the file was read before, so it is no fault of what was sent.
fn ended(bench: &Bench<'_>, fault: RunError) -> Ended {
    match fault {
        RunError::Output(_) => Ended::Broken(io::ErrorKind::StorageFull.into()),
        _ if bench.live.stopped().is_some() => Ended::Broken(io::ErrorKind::Interrupted.into()),
        _ => Ended::Failed(Failure::internal()),
    }
}

fn pack<'f>(
    bench: &Bench<'_>,
    spill: &Arc<Spill>,
    files: impl Iterator<Item = (&'f String, &'f Run)>,
) -> Result<Kept, Ended> {
    let mut zip: ZipWriter<_> = ZipWriter::new_stream(bench.result(Format::Zip)?);
    for (name, run) in files {
        // The files are large and wait to be fetched: quickly packed is packed well enough.
        let options = SimpleFileOptions::default().compression_level(Some(1));
        let large = run.len() >= u64::from(u32::MAX);
        zip.start_file(name.as_str(), options.large_file(large)).map_err(io::Error::other)?;
        let mut from = BufReader::new(spill.reader(run, 0)?);
        let mut piece = vec![0; 64 * 1024];
        loop {
            let read = from.read(&mut piece)?;
            if read == 0 {
                break;
            }
            zip.write_all(piece.get(..read).unwrap_or_default())?;
            bench.live.advance(read as u64);
        }
    }
    let part: Part = zip.finish().map_err(io::Error::other)?.into_inner();
    Ok(part.keep()?)
}

/// The files while they are written.
struct Pages<'s> {
    live: &'s Arc<Live>,
    files: Vec<RunWriter<'s>>,
}

impl Pages<'_> {
    /// Writes the index; gives the files.
    fn finish(mut self, names: &[String]) -> io::Result<Vec<Run>> {
        if let Some(last) = self.files.last_mut() {
            last.write_all(&index(names, Form::Csv))?;
        }
        self.files.into_iter().map(RunWriter::finish).collect()
    }
}

impl Sink for Pages<'_> {
    fn write(&mut self, pages: &[Vec<u8>]) -> Result<(), RunError> {
        let written = self
            .live
            .go_on()
            .and_then(|()| self.files.iter_mut().zip(pages).try_for_each(|(file, page)| file.write_all(page)));
        written.map_err(|fault| RunError::Output(fault.to_string()))
    }
}

/// Tells how far the run is.
struct Watched<'a> {
    live: &'a Live,
    part: u64,
    grouping: AtomicBool,
}

impl Watch for Watched<'_> {
    fn begin(&self, doing: &'static str, of: u64) {
        let place = match doing {
            "looking at" => 1,
            "sorting" => 2,
            _ => 3,
        };
        self.live.part(self.part + place, of);
        self.grouping.store(place == 3, Ordering::Relaxed);
    }

    fn advance(&self, by: u64) {
        self.live.advance(by);
        if self.grouping.load(Ordering::Relaxed) {
            self.live.count(by);
        }
    }

    fn go_on(&self) -> Result<(), RunError> {
        self.live.go_on().map_err(|fault| RunError::Output(fault.to_string()))
    }
}
