//! `hrg sample`: invented records of a dataset, and the record definition they go by.

use super::releases::ChosenRelease;
use crate::reference::{Dataset, Reference};
use crate::sample::{Order, Sample, columns, definition};
use clap::Args;
use csv::{QuoteStyle, WriterBuilder};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Arguments of `hrg sample`.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// The dataset: APC, NAC, EM, NRD, ACC, PCC or NCC.
    #[arg(long, value_name = "DATASET", value_parser = dataset)]
    dataset: Dataset,
    /// How many records.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    records: u64,
    /// The same seed gives the same records with the same release.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The share of records that get a planted fault.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    errors: f64,
    /// The file of records to write; it begins with a header line.
    #[arg(short = 'o', long, value_name = "FILE")]
    output: PathBuf,
    /// The record definition to write.
    #[arg(long, value_name = "FILE")]
    rdf: PathBuf,
    #[command(flatten)]
    release: ChosenRelease,
}

fn dataset(text: &str) -> Result<Dataset, String> {
    Dataset::parse(text).ok_or_else(|| "there are APC, NAC, EM, NRD, ACC, PCC and NCC".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "a number from 0 to 1".to_owned())
}

/// Runs the command; gives the exit code.
pub fn run(args: &SampleArgs, out: &mut impl Write) -> std::io::Result<u8> {
    let (reference, warnings) = match args.release.choose() {
        Ok(chosen) => chosen,
        Err(words) => {
            writeln!(out, "failed: {words}")?;
            return Ok(1);
        }
    };
    for warning in warnings {
        writeln!(out, "{warning}")?;
    }
    let id = &reference.identity.id;
    if !reference.identity.datasets.contains(&args.dataset) {
        writeln!(out, "failed: the logic {} is not in the release {id}", args.dataset)?;
        return Ok(1);
    }
    match write_files(args, &reference) {
        Ok(()) => {
            writeln!(
                out,
                "{} invented records of {} with the codes of {id}, seed {}",
                args.records, args.dataset, args.seed
            )?;
            Ok(0)
        }
        Err(fault) => {
            writeln!(out, "failed: the files cannot be written: {fault}")?;
            Ok(1)
        }
    }
}

fn write_files(args: &SampleArgs, reference: &Reference) -> csv::Result<()> {
    std::fs::write(&args.rdf, definition(args.dataset))?;
    let order = Order { dataset: args.dataset, records: args.records, seed: args.seed, errors: args.errors };
    write_records(&args.output, order, reference)
}

fn write_records(path: &Path, order: Order, reference: &Reference) -> csv::Result<()> {
    let file = BufWriter::new(std::fs::File::create(path)?);
    let mut records = WriterBuilder::new().quote_style(QuoteStyle::Never).from_writer(file);
    records.write_record(columns(order.dataset).iter().map(ToString::to_string))?;
    for row in Sample::new(order, reference) {
        records.write_record(&row)?;
    }
    records.flush()?;
    Ok(())
}
