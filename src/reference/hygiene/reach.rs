//! What records can reach: from codes through root rules to roots, and from there to the rows of the splits.
//!
//! Nothing that a record can reach is left out. What is left out can so be reported: roots, rows and HRGs that stand in
//! the release for nothing.

use super::rules::{condition, meet};
use super::sums::{Sums, distinct};
use super::worlds::Worlds;
use crate::reference::check::Findings;
use crate::reference::condition::{Condition, NumberFact};
use crate::reference::options::InterventionCount;
use crate::reference::pattern::Pattern;
use crate::reference::splits::{Dimension, RootSplits};
use crate::reference::ways::{DRIVES, Way, ways};
use crate::reference::{Band, Hrg, Reference, Root, TableId};
use rustc_hash::{FxHashMap, FxHashSet};

/// The ages at which UZ03 lets a paediatric diagnosis drive.
const PAEDIATRIC: Band = Band { min: 0, max: Some(18) };

/// How records come to a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Arrival {
    age: Band,
    stay: Band,
    procedure: bool,
}

/// What can be reached.
#[derive(Default)]
pub(super) struct Reached {
    /// Roots, with the ages and stays at which records come to them.
    arrivals: FxHashMap<Root, FxHashSet<Arrival>>,
    /// HRGs of the splits.
    pub(super) hrgs: FxHashSet<Hrg>,
}

impl Reached {
    /// Whether any code leads to the root.
    pub(super) fn root(&self, root: Root) -> bool {
        self.arrivals.contains_key(&root)
    }

    /// Whether a procedure leads to the root.
    pub(super) fn by_procedure(&self, root: Root) -> bool {
        self.arrivals.get(&root).is_some_and(|arrivals| arrivals.iter().any(|a| a.procedure))
    }

    /// The highest hierarchy of a procedure that a stay can be too long for; none where no stay ever is.
    pub(super) fn highest_that_can_be_too_long(&self, reference: &Reference) -> Option<u8> {
        let leads = |way: &&Way<'_>| {
            let mut roots = way.rules.iter().map(|row| row.value.fact.then).chain(way.base);
            way.procedure && roots.any(|root| reference.max_stays.contains_key(&root) && self.by_procedure(root))
        };
        let ways = ways(reference);
        let codes = ways.iter().filter(leads).filter_map(|way| reference.codes.procedures.find(way.pattern.word()));
        codes.map(|row| row.value.fact.ph).max()
    }

    /// Whether a diagnosis leads to the root.
    pub(super) fn by_diagnosis(&self, root: Root) -> bool {
        self.arrivals.get(&root).is_some_and(|arrivals| arrivals.iter().any(|a| !a.procedure))
    }
}

/// Walks every way, and notes the roots and rows that none of them ends at.
pub(super) fn check(reference: &Reference, findings: &mut Findings) -> Reached {
    let mut reached = Reached::default();
    for way in ways(reference) {
        if way.procedure && always_set_aside(reference, way.pattern) {
            continue;
        }
        walk(&way, &mut reached);
    }
    for (root, row) in &reference.max_stays {
        if !reached.by_procedure(*root) {
            let message = format!("no procedure leads to {root}, so its maximum stay is never asked");
            findings.warning("unused-max-stay", row.table, Some(row.line), message);
        }
    }
    for (root, splits) in &reference.splits {
        let Some(arrivals) = reached.arrivals.get(root) else {
            let message = format!("no code leads to {root}");
            findings.warning("unreached-root", TableId::Roots, Some(splits.line), message);
            continue;
        };
        let hrgs = rows(reference, *root, splits, arrivals, findings);
        reached.hrgs.extend(hrgs);
    }
    set_aside(reference, findings);
    reached
}

/// The roots at the end of a way, with the ages and stays that lead there.
fn walk(way: &Way<'_>, reached: &mut Reached) {
    let conditions: Vec<&Condition> = way.rules.iter().map(|row| &row.value.fact.when).collect();
    let mut arrive = |root: Root, age: Band, stay: Band| {
        let age = if way.paediatric { within(age, PAEDIATRIC) } else { Some(age) };
        if let Some(age) = age {
            reached.arrivals.entry(root).or_default().insert(Arrival { age, stay, procedure: way.procedure });
        }
    };
    let all = Worlds::of(&conditions).visit(|world| {
        let rule = way.rules.iter().enumerate().find(|(i, _)| world.holds(*i)).map(|(_, row)| row.value.fact.then);
        if let Some(root) = rule.or(way.base) {
            arrive(root, world.number(NumberFact::Age), world.number(NumberFact::Stay));
        }
    });
    if !all {
        way.rules
            .iter()
            .map(|row| row.value.fact.then)
            .chain(way.base)
            .for_each(|root| arrive(root, Band::ANY, Band::ANY));
    }
}

/// What two bands have in common.
fn within(one: Band, other: Band) -> Option<Band> {
    let max = match (one.max, other.max) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    meet(one, other).then_some(Band { min: one.min.max(other.min), max })
}

/// Whether unbundling takes every code of the pattern away from the core, whatever else is recorded.
fn always_set_aside(reference: &Reference, pattern: Pattern) -> bool {
    let table = &reference.unbundling.procedures;
    let rules = table.rows_for(pattern.word());
    let beneath = table.rows().iter().any(|row| row.value.pattern != pattern && pattern.covers(row.value.pattern));
    let found = rules.first().map(|row| row.value.pattern);
    if beneath || !found.is_some_and(|found| found.covers(pattern)) {
        return false;
    }
    let conditions: Vec<&Condition> = rules.iter().map(|row| &row.value.fact.when).collect();
    let mut always = true;
    Worlds::of(&conditions).visit(|world| always &= (0..conditions.len()).any(|i| world.holds(i))) && always
}

/// Procedures that could drive and never do.
fn set_aside(reference: &Reference, findings: &mut Findings) {
    for row in reference.codes.procedures.rows() {
        let (pattern, fact) = (row.value.pattern, &row.value.fact);
        if fact.ph >= DRIVES && !fact.retired && always_set_aside(reference, pattern) {
            let message = format!(
                "no record reaches a root from `{pattern}`: unbundling always sets it aside, for all its hierarchy of {}",
                fact.ph
            );
            findings.warning("code-reaches-no-root", row.table, Some(row.line), message);
        }
    }
    for row in reference.codes.diagnoses.rows() {
        let (pattern, fact) = (row.value.pattern, &row.value.fact);
        if let (Some(root), true, false) = (fact.root, fact.uz01 || fact.uz02, fact.retired) {
            let flag = if fact.uz01 { "UZ01" } else { "UZ02" };
            let message = format!("no record reaches {root} from `{pattern}`: {flag} stops it wherever it would drive");
            findings.warning("code-reaches-no-root", row.table, Some(row.line), message);
        }
    }
}

/// The HRGs of a root that records reach; rows that none reaches are noted.
fn rows(
    reference: &Reference,
    root: Root,
    splits: &RootSplits,
    arrivals: &FxHashSet<Arrival>,
    findings: &mut Findings,
) -> FxHashSet<Hrg> {
    let conditions: Vec<Condition> = splits.rows.iter().map(|row| condition(&row.value)).collect();
    let cc = complications(reference, root, splits);
    let interventions = interventions(reference, root);
    let limit = reference.max_stays.get(&root).map(|row| row.value);
    let mut hit = vec![false; splits.rows.len()];
    let all = Worlds::of(&conditions.iter().collect::<Vec<_>>()).visit(|world| {
        let number = |fact| world.number(fact);
        let (age, stay) = (number(NumberFact::Age), number(NumberFact::Stay));
        let none = meet(number(NumberFact::Interventions), Band { min: 0, max: Some(0) });
        let comes = |arrival: &Arrival| {
            let longest = Band { min: 0, max: limit.filter(|_| arrival.procedure) };
            let counted = if arrival.procedure { none } else { interventions.meet(number(NumberFact::Interventions)) };
            counted
                && meet(age, arrival.age)
                && within(arrival.stay, longest).is_some_and(|arrival| meet(stay, arrival))
        };
        if cc.meet(number(NumberFact::CcScore)) && arrivals.iter().any(comes) {
            let first = (0..conditions.len()).find(|i| world.holds(*i));
            if let Some(hit) = first.and_then(|first| hit.get_mut(first)) {
                *hit = true;
            }
        }
    });
    if !all {
        return splits.rows.iter().map(|row| row.value.hrg).collect();
    }
    for (row, _) in splits.rows.iter().zip(&hit).filter(|(_, hit)| !**hit) {
        let split = &row.value;
        let why = if !cc.meet(split.cc) {
            "its list never comes to such a CC score"
        } else if !split.interventions.contains(0) && !arrivals.iter().any(|a| !a.procedure) {
            "only procedures lead to the root, and interventions count beside a diagnosis alone"
        } else if !interventions.meet(split.interventions) {
            "its subchapter has no such number of interventions"
        } else {
            "no code leads to the root at such an age and stay"
        };
        let message = format!("no record reaches {}: {why}", row.id);
        findings.warning("unreachable-split", row.table, Some(row.line), message);
    }
    splits.rows.iter().zip(hit).filter(|(_, hit)| *hit).map(|(row, _)| row.value.hrg).collect()
}

/// The CC scores that records of a root can have.
fn complications(reference: &Reference, root: Root, splits: &RootSplits) -> Sums {
    let tables = &reference.complications;
    let asked = splits.rows.iter().flat_map(|row| {
        let band = row.value.cc;
        let limits = row.value.when.tests().filter_map(|test| match test {
            crate::reference::condition::Test::Compare(NumberFact::CcScore, _, limit) => Some(limit.saturating_add(1)),
            crate::reference::condition::Test::In(NumberFact::CcScore, band) => {
                Some(band.max.unwrap_or(band.min).saturating_add(1))
            }
            _ => None,
        });
        limits.chain([band.min, band.max.map_or(0, |max| max.saturating_add(1))])
    });
    let mut sums = Sums::none(asked.max().unwrap_or(0).min(MOST_SCORE));
    if !splits.uses(Dimension::Cc) {
        return sums;
    }
    if let Some(proxies) = tables.proxies.get(&root) {
        for proxy in proxies {
            for pattern in proxy.value.codes.patterns() {
                sums.add(proxy.value.score, distinct(*pattern));
            }
        }
        return sums;
    }
    let Some(list) = tables.list_of_subchapter.get(&root.subchapter()) else { return sums };
    for row in list.value.scores.rows() {
        sums.add(row.value.fact, distinct(row.value.pattern));
    }
    // The primary is one diagnosis, so one of these at most; that each may count is more than can happen.
    for row in tables.inherent.rows().iter().filter(|row| row.value.fact.list == list.value.name) {
        sums.add(row.value.fact.score, Some(1));
    }
    sums
}

/// Scores above this are not told apart.
const MOST_SCORE: u32 = 1_000;

/// The numbers of interventions that records of a root can have when a diagnosis drives them.
fn interventions(reference: &Reference, root: Root) -> Sums {
    // Numbers above this are not told apart; splits ask for none, one, and two or more.
    let mut sums = Sums::none(100);
    let list = reference.complications.interventions.get(&root.subchapter());
    let repeats = reference.options.intervention_count == InterventionCount::Occurrences;
    for row in list.map(|list| list.rows()).unwrap_or_default() {
        let times = if repeats || row.value.pattern.is_open() { None } else { Some(1) };
        sums.add(1, times);
    }
    sums
}
