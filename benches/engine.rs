//! Episodes a second in process: `cargo bench --bench engine`. On one thread and on all, with and without a trace.
#![allow(missing_docs, reason = "a benchmark")]

#[path = "records/mod.rs"]
mod records;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hrg_grouper::grouper::Workspace;
use hrg_grouper::record::RawSpell;
use hrg_grouper::reference::Reference;
use hrg_grouper::trace::{Off, Recording};
use rayon::prelude::*;
use std::hint::black_box;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Way = for<'r> fn(&mut Room<'r>, &RawSpell<'_>, &'r Reference);

#[derive(Default)]
struct Room<'r> {
    workspace: Workspace<'r>,
    recording: Recording<'r>,
}

fn plain<'r>(room: &mut Room<'r>, spell: &RawSpell<'_>, reference: &'r Reference) {
    black_box(room.workspace.group(black_box(spell), reference, &mut Off));
}

fn traced<'r>(room: &mut Room<'r>, spell: &RawSpell<'_>, reference: &'r Reference) {
    room.recording.restart();
    black_box(room.workspace.group(black_box(spell), reference, &mut room.recording));
    black_box(room.recording.steps());
}

fn bench(criterion: &mut Criterion) {
    let reference = records::reference();
    for (name, spells) in records::sets(&reference) {
        let mut set = criterion.benchmark_group(format!("engine, {name}"));
        set.throughput(Throughput::Elements(records::episodes(&spells) as u64));
        for (way, group) in [("without trace", plain as Way), ("with trace", traced)] {
            set.bench_function(format!("one thread, {way}"), |bencher| {
                let mut room = Room::default();
                bencher.iter(|| spells.iter().for_each(|spell| group(&mut room, spell, &reference)));
            });
            // A handful of spells is no work for several threads.
            if spells.len() > 1_000 {
                set.bench_function(format!("all threads, {way}"), |bencher| {
                    bencher.iter(|| {
                        let spells = spells.par_iter().with_min_len(64);
                        spells.for_each_init(Room::default, |room, spell| group(room, spell, &reference));
                    });
                });
            }
        }
        set.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
