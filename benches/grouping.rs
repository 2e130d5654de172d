//! Episodes a second in process, on one thread, with and without a trace: `cargo bench`.
//!
//! The records are synthetic and cover every method; the official sample, where it stands beside the project, is
//! measured too.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hrg_grouper::bundle::Shelf;
use hrg_grouper::files::input::read;
use hrg_grouper::files::layout::Layout;
use hrg_grouper::files::rdf::Rdf;
use hrg_grouper::files::rows;
use hrg_grouper::grouper::group;
use hrg_grouper::record::{RawEpisode, RawSpell, Text};
use hrg_grouper::reference::Dataset;
use hrg_grouper::trace::{Off, Recording};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REFERENCE: &str = "2024-25.payment";

fn episode(diag: &[&'static str], oper: &[&'static str], age: &'static str, stay: &'static str) -> RawEpisode<'static> {
    RawEpisode {
        epiorder: "1".into(),
        startage: age.into(),
        sex: "1".into(),
        classpat: "1".into(),
        admisorc: "19".into(),
        admimeth: "21".into(),
        disdest: "19".into(),
        dismeth: "1".into(),
        epidur: stay.into(),
        mainspef: "300".into(),
        tretspef: "300".into(),
        diag: diag.iter().map(|t| Text::from(*t)).collect(),
        oper: oper.iter().map(|t| Text::from(*t)).collect(),
        ..RawEpisode::default()
    }
}

/// Spells of one episode each, one for every way to a core HRG.
fn synthetic() -> Vec<RawSpell<'static>> {
    let episodes = vec![
        episode(&["J189", "N179", "E119", "I10X", "F03X", "L899"], &[], "82", "9"),
        episode(&["S7200", "W190", "I10X", "F03X"], &["W241", "Y535", "Z762", "Z942"], "84", "12"),
        episode(&["H269", "I10X"], &["C751", "C712", "Z942"], "74", "0"),
        episode(&["C509", "Z511"], &["X702", "X723"], "50", "0"),
        episode(&["S0650", "S2240", "S7230"], &["A411"], "35", "20"),
        episode(&["T212", "T311"], &["S571"], "40", "4"),
        episode(&["E101"], &[], "6", "2"),
        episode(&["Z509"], &[], "60", "1"),
    ];
    episodes
        .into_iter()
        .map(|episode| RawSpell { procodet: "RXX".into(), provspno: "1".into(), episodes: vec![episode] })
        .collect()
}

/// The official sample as spells, where it is there.
fn sample() -> Option<Vec<RawSpell<'static>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/apc-sample");
    let rdf = std::fs::read_to_string(folder.join("default-apc.rdf")).ok()?;
    let rdf = Rdf::parse(&rdf, false).ok()?;
    let layout = Layout::bind(&rdf, Dataset::Apc).ok()?;
    let input = read(std::fs::File::open(folder.join("apc-sample.csv")).ok()?, &rdf, true).ok()?;
    let rows = Box::leak(Box::new(input.rows)); // the records borrow from the rows to the end of the program
    let mut spells: BTreeMap<String, Vec<RawEpisode<'static>>> = BTreeMap::new();
    for row in rows.iter() {
        let key = String::from_utf8_lossy(row.get(1).unwrap_or_default()).into_owned();
        spells.entry(key).or_default().push(rows::episode(&layout, row));
    }
    let spell = |(key, episodes): (String, Vec<RawEpisode<'static>>)| RawSpell {
        procodet: "ZZZ".into(),
        provspno: Text::from(key),
        episodes,
    };
    Some(spells.into_iter().map(spell).collect())
}

fn bench(criterion: &mut Criterion) {
    let (shelf, refused) = Shelf::load(None).expect("no folder is read");
    assert!(refused.is_empty(), "the releases of the program are sound");
    let reference = shelf.find(REFERENCE).expect("the release is in the program");
    let sets = [("synthetic", Some(synthetic())), ("sample", sample())];
    for (name, spells) in sets.into_iter().filter_map(|(name, spells)| Some((name, spells?))) {
        let episodes: usize = spells.iter().map(|spell| spell.episodes.len()).sum();
        let mut set = criterion.benchmark_group(name);
        set.throughput(Throughput::Elements(episodes as u64));
        set.bench_function("without trace", |bencher| {
            bencher.iter(|| {
                for spell in &spells {
                    black_box(group(black_box(spell), &reference, &mut Off));
                }
            });
        });
        set.bench_function("with trace", |bencher| {
            bencher.iter(|| {
                for spell in &spells {
                    let mut recording = Recording::default();
                    black_box(group(black_box(spell), &reference, &mut recording));
                    black_box(recording.into_steps());
                }
            });
        });
        set.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
