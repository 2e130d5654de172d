//! Records read a second: `cargo bench --bench parsing`. JSON bodies, and rows of a CSV file.
#![allow(missing_docs, reason = "a benchmark")]

#[path = "records/mod.rs"]
mod records;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hrg_grouper::files::input::read;
use hrg_grouper::files::layout::Layout;
use hrg_grouper::files::rdf::Rdf;
use hrg_grouper::files::rows;
use hrg_grouper::record::{RawSpell, fault};
use hrg_grouper::reference::Dataset;
use hrg_grouper::sample::definition;
use std::hint::black_box;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RECORDS: u64 = 10_000;

fn json(criterion: &mut Criterion) {
    let reference = records::reference();
    let spells = records::generated(&reference, RECORDS);
    let bodies: Vec<Vec<u8>> = spells.iter().map(|spell| serde_json::to_vec(spell).expect("JSON")).collect();
    let mut set = criterion.benchmark_group("parsing, JSON");
    set.throughput(Throughput::Elements(RECORDS));
    set.bench_function("as the service reads", |bencher| {
        bencher.iter(|| {
            for body in &bodies {
                let spell: RawSpell<'static> = fault::read(black_box(body), "").expect("a spell");
                black_box(spell);
            }
        });
    });
    set.bench_function("serde_json alone", |bencher| {
        bencher.iter(|| {
            for body in &bodies {
                let spell: RawSpell<'static> = serde_json::from_slice(black_box(body)).expect("a spell");
                black_box(spell);
            }
        });
    });
    set.finish();
}

fn csv(criterion: &mut Criterion) {
    let reference = records::reference();
    let text = records::generated_rows(&reference, RECORDS);
    let rdf = Rdf::parse(&definition(Dataset::Apc), false).expect("the definition is sound");
    let layout = Layout::bind(&rdf, Dataset::Apc).expect("the definition is for admitted patient care");
    let mut set = criterion.benchmark_group("parsing, CSV");
    set.throughput(Throughput::Elements(RECORDS));
    set.bench_function("rows to episodes", |bencher| {
        bencher.iter(|| {
            let bytes = black_box(&text).clone().into_bytes();
            let input = read(bytes, &rdf, false, usize::MAX).expect("rows");
            for row in input.lines() {
                black_box(rows::episode(&layout, &row));
            }
        });
    });
    set.finish();
}

criterion_group!(benches, json, csv);
criterion_main!(benches);
