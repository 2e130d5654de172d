//! The engine in process, with and without a trace, beside the fastest public grouper known: `msdrg` from PyPI, which
//! groups American claims. The rules differ, the work is of one kind: a handful of codes in, one group out.

use super::figure::{Bound, Figure, rate, ratio};
use super::median::median;
use super::records;
use hrg_grouper::grouper::Workspace;
use hrg_grouper::record::RawSpell;
use hrg_grouper::reference::Reference;
use hrg_grouper::trace::{Off, Recording};
use rayon::prelude::*;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const PART: &str = "Engine, episodes";

/// Calls `once`, which does `count` things, for a while: things a second.
pub fn rate_of(count: usize, least: Duration, mut once: impl FnMut()) -> f64 {
    let begun = Instant::now();
    let mut done = 0;
    while begun.elapsed() < least {
        once();
        done += count;
    }
    done as f64 / begun.elapsed().as_secs_f64()
}

/// How a spell is grouped, in room that is used again.
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

/// The rate on one thread.
fn on_one(spells: &[RawSpell<'_>], reference: &Reference, least: Duration, group: Way) -> f64 {
    let mut room = Room::default();
    rate_of(records::episodes(spells), least, || spells.iter().for_each(|spell| group(&mut room, spell, reference)))
}

/// Rates on one thread: without a trace, and with a full one.
pub fn one_thread(spells: &[RawSpell<'_>], reference: &Reference, least: Duration) -> [f64; 2] {
    [plain, traced].map(|group: Way| on_one(spells, reference, least, group))
}

/// The same on all threads.
fn all_threads(spells: &[RawSpell<'_>], reference: &Reference, least: Duration) -> [f64; 2] {
    let episodes = records::episodes(spells);
    let rate = |group: Way| {
        rate_of(episodes, least, || {
            let spells = spells.par_iter().with_min_len(64);
            spells.for_each_init(Room::default, |room, spell| group(room, spell, reference));
        })
    };
    [rate(plain), rate(traced)]
}

/// The other grouper, in a process that measures when it is told to.
struct Other {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Other {
    /// Starts it where it is installed.
    fn start() -> Option<Other> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = std::env::var_os("MSDRG_PYTHON")?;
        let mut command = Command::new(python);
        command.arg(folder.join("benches/performance/msdrg_rate.py"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (ask, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Other { child, ask, answers })
    }

    /// Claims a second through an interface, `python` or `c`.
    fn rate(&mut self, interface: &str) -> Option<f64> {
        writeln!(self.ask, "{interface}").ok()?;
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        line.trim().parse().ok()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The set whose mix the targets are for: the official sample, or generated records where it is not there.
fn mix<'s, 't>(sets: &'s [(&'static str, Vec<RawSpell<'t>>)]) -> &'s (&'static str, Vec<RawSpell<'t>>) {
    let named = |wanted: &str| sets.iter().find(|(name, _)| *name == wanted);
    named("sample").or_else(|| named("generated")).expect("records are generated")
}

/// Rates of the mix and of the other grouper through one of its interfaces, each pair one straight after the other: the
/// machine's own speed moves within seconds, and must move both.
fn pairs(other: &mut Other, interface: &str, rounds: usize, mut ours: impl FnMut() -> f64) -> Vec<[f64; 2]> {
    (0..rounds).filter_map(|_| Some([ours(), other.rate(interface)?])).collect()
}

/// The figures of the table.
pub fn figures(rounds: usize, least: Duration) -> Vec<Figure> {
    let reference = records::reference();
    let sets = records::sets(&reference);
    let (mix, spells_of_mix) = mix(&sets);
    let mut ours: Vec<Vec<[f64; 4]>> = vec![Vec::new(); sets.len()];
    for _ in 0..rounds {
        for ((_, spells), rates) in sets.iter().zip(&mut ours) {
            let [plain, traced] = one_thread(spells, &reference, least);
            let [plain_all, traced_all] = all_threads(spells, &reference, least);
            rates.push([plain, traced, plain_all, traced_all]);
        }
    }
    let mut beside_others = Vec::new();
    let mut other = Other::start();
    // Of the trace a rate is wanted and no ratio; the ratio tells how fast the machine was that gave the rate.
    for (interface, words, ours, way, wanted) in [
        ("python", "from Python", "without trace", plain as Way, Some(50.0)),
        ("c", "through its C interface", "without trace", plain, Some(40.0)),
        ("c", "through its C interface", "with full trace", traced, None),
    ] {
        let rate = || on_one(spells_of_mix, &reference, least, way);
        let pairs = other.as_mut().map(|other| pairs(other, interface, 2 * rounds + 1, rate)).unwrap_or_default();
        beside_others.push(beside([ours, words], wanted, &pairs));
    }
    let mut figures = Vec::new();
    for ((name, _), rates) in sets.iter().zip(&ours) {
        let of = |way: usize| median(rates.iter().map(|round| round[way]));
        let [plain, traced, plain_all, traced_all] = [0, 1, 2, 3].map(of);
        let is_mix = name == mix;
        let mut figure = |words: &str, found: f64, least: f64| {
            let what = format!("{name}: {words}");
            figures.push(if is_mix {
                Figure::bound(PART, what, found, Bound::Least(least), rate)
            } else {
                Figure::plain(PART, what, rate(found))
            });
        };
        figure("one thread, without trace", plain, 1e6);
        figure("one thread, with full trace", traced, 150e3);
        let mut plain_figure = |words: &str, found: f64| {
            figures.push(Figure::plain(PART, format!("{name}: {words}"), rate(found)));
        };
        if *name != "ways" {
            plain_figure("all threads, without trace", plain_all);
            plain_figure("all threads, with full trace", traced_all);
        }
        if is_mix {
            figures.append(&mut beside_others);
        }
    }
    figures
}

/// The middle of the ratios of pairs.
fn beside([way, interface]: [&str; 2], wanted: Option<f64>, pairs: &[[f64; 2]]) -> Figure {
    if pairs.is_empty() {
        return Figure::plain(PART, format!("msdrg {interface}"), "not installed here");
    }
    let [ours, theirs] = [0, 1].map(|side| median(pairs.iter().map(|pair| pair[side])));
    let ratios = median(pairs.iter().map(|[ours, theirs]| ours / theirs));
    let (ours, theirs) = (rate(ours), rate(theirs));
    let what = format!("one thread, {way} ({ours}), beside msdrg {interface} ({theirs} claims)");
    match wanted {
        Some(wanted) => Figure::bound(PART, what, ratios, Bound::Least(wanted), ratio),
        None => Figure::plain(PART, what, ratio(ratios)),
    }
}
