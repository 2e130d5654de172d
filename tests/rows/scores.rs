//! Records for the rows of complications and interventions.

use super::book::{Book, DRIVES};
use super::core::{not_too_long, overruled};
use super::draft::{Draft, Slot};
use super::solve::taking;
use super::trial::{Hits, Says, Tally, grouped, reach};
use hrg_grouper::record::Word;
use hrg_grouper::reference::complications::Complications;
use hrg_grouper::reference::condition::Scope;
use hrg_grouper::reference::row::{ByCode, CodeTable, Row};
use hrg_grouper::reference::splits::Dimension;
use hrg_grouper::reference::{Band, Root, TableId};
use rayon::prelude::*;

/// How many secondary diagnoses a record is given at once.
const BATCH: usize = 40;

/// The name of the CC list that a root counts on, where its splits ask for a score.
fn list_of<'r>(root: Root, book: &Book<'r>) -> Option<&'r str> {
    let uses = book.release.splits.get(&root)?.uses(Dimension::Cc);
    let plain = !book.release.complications.proxies.contains_key(&root);
    let list = book.release.complications.list_of_subchapter.get(&root.subchapter())?;
    (uses && plain).then_some(&*list.value.name)
}

/// Whether a diagnosis does not count beside a primary.
fn excludes(complications: &Complications, primary: Word, code: Word) -> bool {
    complications.exclusions.beside(primary).is_some_and(|beside| beside.excluding(code).is_some())
}

/// Codes of the list with their scores that do nothing else, the highest first.
fn points(root: Root, book: &Book<'_>) -> Vec<(Word, u32)> {
    let complications = &book.release.complications;
    let calm = |code: &Word| {
        book.release.trauma.sites.find(*code).is_none()
            && book.release.burns.diagnoses.find(*code).is_none()
            && book.release.unbundling.diagnoses.find(*code).is_none()
            && !code.starts_with(Word::literal("Z53"))
    };
    let mut found: Vec<(Word, u32)> = match complications.proxies.get(&root) {
        Some(proxies) => proxies
            .iter()
            .flat_map(|row| {
                let codes = book.find_matching(Scope::Secondary, &row.value.codes);
                codes.into_iter().map(|code| (code, row.value.score))
            })
            .collect(),
        None => {
            let list = complications.list_of_subchapter.get(&root.subchapter());
            let Some(table) = list.map(|list| &list.value.scores) else { return Vec::new() };
            let mut of_score = std::collections::HashMap::<u32, usize>::new();
            let few = |row: &&Row<ByCode<u32>>| {
                let count = of_score.entry(row.value.fact).or_default();
                *count += 1;
                *count <= 120
            };
            let rows: Vec<_> = table.rows().iter().filter(few).collect();
            let first = |row: &Row<ByCode<u32>>| {
                book.finding(Scope::Secondary, table, row).find(calm).map(|code| (code, row.value.fact))
            };
            rows.into_iter().filter_map(first).collect()
        }
    };
    found.sort_by_key(|(code, score)| (std::cmp::Reverse(*score), *code));
    found
}

/// The draft with secondary diagnoses that bring the CC score of the root into the band.
pub fn complicated(draft: Draft, root: Root, band: Band, book: &Book<'_>) -> Option<Draft> {
    if !book.release.splits.get(&root)?.uses(Dimension::Cc) {
        return Some(draft);
    }
    let complications = &book.release.complications;
    let mut draft = draft.with_primary(book)?;
    let primary = draft.primary?;
    let inherent = list_of(root, book).and_then(|list| complications.inherent(list, primary));
    let fits = |score: u32| band.max.is_none_or(|max| score <= max);
    let mut score = inherent.map_or(0, |row| row.value.fact.score);
    // What already stands there for another reason counts too.
    let there: std::collections::BTreeSet<Word> = draft.secondary.iter().copied().collect();
    for code in there.into_iter().filter(|code| *code != primary && !excludes(complications, primary, *code)) {
        let on_list = list_of(root, book).and_then(|list| complications.lists.get(list)?.find(code));
        score += on_list.map_or(0, |row| row.value.fact);
    }
    if score >= band.min {
        return fits(score).then_some(draft);
    }
    let rules = book.release.codes.diagnosis_rules.rows_for(primary);
    let asked = |code: Word| {
        rules.iter().flat_map(|rule| rule.value.fact.when.tests()).any(|test| match test {
            hrg_grouper::reference::condition::Test::Has(_, codes) => codes.set.contains(code),
            _ => false,
        })
    };
    for (code, more) in points(root, book) {
        let excluded = code == primary || excludes(complications, primary, code);
        if excluded || asked(code) || draft.secondary.contains(&code) || !fits(score + more) {
            continue;
        }
        if let Some(next) = draft.clone().add(Slot::Secondary, code) {
            draft = next;
            score += more;
        }
        if score >= band.min {
            return Some(draft);
        }
    }
    None
}

/// The drafts with so many interventions, each another code.
pub fn intervened(draft: &Draft, root: Root, count: u32, book: &Book<'_>) -> Vec<Draft> {
    let Some(table) = book.release.complications.interventions.get(&root.subchapter()) else { return Vec::new() };
    let there = draft.procedures();
    let fits = |code: &Word| !there.contains(code) && book.release.unbundling.procedures.find(*code).is_none();
    let codes = table.rows().iter().flat_map(|row| book.finding(Scope::Procedures, table, row).take(2));
    let mut codes: Vec<Word> = codes.filter(fits).collect();
    codes.sort_by_key(|code| book.ph(*code));
    codes.truncate(count as usize);
    let with = codes.iter().try_fold(draft.clone(), |draft, code| draft.add(Slot::Other, *code));
    let highest = codes.iter().map(|code| book.ph(*code)).max();
    let (Some(draft), Some(highest), true) = (with, highest, codes.len() == count as usize) else { return Vec::new() };
    // What drives counts only beside a diagnosis, so a procedure as high must have been too long for its root.
    if highest < DRIVES { vec![draft] } else { overruled(draft, highest, book).take(8).collect() }
}

/// Drafts that come to a root of one of the lists: by diagnosis first.
fn at_roots(roots: &[Root], most: usize, book: &Book<'_>) -> Vec<Draft> {
    let by = |procedure: bool| {
        roots.iter().flat_map(move |root| {
            let ways = book.ways(*root, procedure, 4);
            ways.into_iter()
                .flat_map(move |way| taking(way, book).into_iter().take(1))
                .filter_map(move |draft| if procedure { not_too_long(draft, *root, book) } else { Some(draft) })
                .take(2)
        })
    };
    by(false).take(most).chain(by(true).take(most)).collect()
}

/// The roots that count on a list.
pub fn roots_on(list: &str, book: &Book<'_>) -> Vec<Root> {
    let mut roots: Vec<Root> = book.roots().filter(|root| list_of(*root, book) == Some(list)).collect();
    roots.sort_unstable();
    roots
}

/// The scores of every list: many at once, and those that another matter kept out of the count one by one.
pub fn complications(book: &Book<'_>) -> Tally {
    let lists: Vec<_> = book.release.complications.lists.iter().collect();
    let trials = lists.par_iter().map(|(list, table)| {
        let starts = at_roots(&roots_on(list, book), 8, book);
        let coded: Vec<_> = table
            .rows()
            .iter()
            .filter_map(|row| Some((row, book.finding(Scope::Secondary, table, row).next()?)))
            .collect();
        let batches = coded.par_chunks(BATCH).map(|batch| {
            let mut left: Vec<_> = batch.to_vec();
            let mut tally = Tally::default();
            for start in starts.iter().take(2) {
                let mut hits = Hits::default();
                counted_together(list, start, &mut left, &mut hits, &mut tally, book);
                tally.rows = tally.rows.joined(hits.rows);
            }
            left.iter().fold(tally, |tally, (row, code)| {
                // Another primary where it is the usual one that keeps the code from counting.
                let plain = starts.iter().cloned();
                let beside = starts.iter().flat_map(|start| {
                    let primaries = book.neutral.iter().skip(1).take(2);
                    primaries.filter_map(|primary| start.clone().add(Slot::Primary, *primary))
                });
                let drafts = plain.chain(beside).filter_map(|start| start.add(Slot::Secondary, *code));
                tally.joined(reach(book, row.table, &row.id, Says::Nothing, drafts))
            })
        });
        batches.reduce(Tally::default, Tally::joined)
    });
    trials.reduce(Tally::default, Tally::joined)
}

/// One record with the codes of many rows; its score is the sum of theirs. The rows that it hit leave the list.
fn counted_together(
    list: &str,
    start: &Draft,
    left: &mut Vec<(&Row<ByCode<u32>>, Word)>,
    hits: &mut Hits,
    tally: &mut Tally,
    book: &Book<'_>,
) {
    let Some(start) = start.clone().with_primary(book) else { return };
    let primary = start.primary.expect("it has one");
    let complications = &book.release.complications;
    let quiet = |code: Word| {
        !excludes(complications, primary, code)
            && code != primary
            && !book.triggers_burns(code)
            && book.release.trauma.sites.find(code).is_none()
            && !code.starts_with(Word::literal("Z53"))
    };
    let together: Vec<_> = left.iter().copied().filter(|(_, code)| quiet(*code)).collect();
    let draft = together.iter().try_fold(start, |draft, (_, code)| draft.add(Slot::Secondary, *code));
    let Some(spell) = draft.and_then(|draft| draft.spell(book)) else { return };
    hits.forget();
    let grouping = grouped(&spell, book.release, hits);
    tally.records += 1;
    left.retain(|(row, _)| !hits.has(row.table, &row.id));
    let all = together.iter().all(|(row, _)| hits.has(row.table, &row.id));
    if all && grouping.episodes.len() == 1 {
        let inherent = complications.inherent(list, primary).map_or(0, |row| row.value.fact.score);
        let sum: u32 = together.iter().map(|(row, _)| row.value.fact).sum();
        if hits.cc_score == Some(sum + inherent) {
            tally.confirmed += together.len();
        } else {
            let found = hits.cc_score;
            tally.wrong.push(format!("{list}: rows of {sum} points beside {primary} ({inherent}) score {found:?}"));
        }
    }
}

/// Exclusions, inherent complications, proxies.
pub fn beside_scores(book: &Book<'_>) -> Tally {
    let complications = &book.release.complications;
    let mut roots: Vec<Root> = book.roots().collect();
    roots.sort_unstable();
    let at_procedures = at_procedures(&roots, book);
    let exclusions = complications.exclusions.rows().par_iter().map(|row| {
        let primaries: Vec<Word> = book.of(Scope::Primary, row.value.primary).take(200).collect();
        let seconds: Vec<Word> = book.of(Scope::Secondary, row.value.cc).collect();
        let drafts = primaries.iter().flat_map(|primary| {
            let own = book.release.codes.diagnoses.find(*primary).and_then(|row| row.value.fact.root);
            let list = own.and_then(|root| list_of(root, book));
            let seconds = list.into_iter().flat_map(|list| scoring(list, &seconds, book).take(3));
            seconds.filter_map(|second| Draft::of(*primary).add(Slot::Secondary, second)).collect::<Vec<_>>()
        });
        // Where the primary leads to no root that counts, beside a procedure that does.
        let beside = || {
            let mut all = Vec::new();
            for (start, list) in &at_procedures {
                for second in scoring(list, &seconds, book).take(1) {
                    for primary in primaries.iter().take(2) {
                        let draft = start.clone().add(Slot::Primary, *primary);
                        all.extend(draft.and_then(|draft| draft.add(Slot::Secondary, second)));
                    }
                }
            }
            all
        };
        reach(book, row.table, &row.id, Says::Nothing, drafts.take(30).chain(std::iter::once_with(beside).flatten()))
    });
    let inherent = complications.inherent.rows().par_iter().map(|row| {
        let primaries: Vec<Word> = book.finding(Scope::Primary, &complications.inherent, row).take(6).collect();
        let own = primaries.iter().copied().map(Draft::of).collect::<Vec<_>>();
        let starts = at_procedures.iter().filter(|(_, list)| **list == *row.value.fact.list);
        let beside = starts.flat_map(|(start, _)| {
            primaries
                .iter()
                .filter_map(move |primary| start.clone().add(Slot::Primary, *primary))
                .take(2)
                .collect::<Vec<_>>()
        });
        reach(book, row.table, &row.id, Says::Nothing, own.into_iter().chain(beside))
    });
    let proxies: Vec<_> = complications.proxies.values().flatten().collect();
    let proxies = proxies.par_iter().map(|row| {
        let drafts = at_roots(&[row.value.root], 8, book).into_iter().flat_map(|start| {
            let codes = book.find_matching(Scope::Secondary, &row.value.codes);
            codes.into_iter().filter_map(move |code| start.clone().add(Slot::Secondary, code)).take(2)
        });
        reach(book, row.table, &row.id, Says::Nothing, drafts)
    });
    exclusions.chain(inherent).chain(proxies).reduce(Tally::default, Tally::joined)
}

/// Those of the codes that score on a list.
pub fn scoring<'a>(list: &'a str, codes: &'a [Word], book: &'a Book<'_>) -> impl Iterator<Item = Word> + 'a {
    codes.iter().copied().filter(move |code| {
        book.release.complications.lists.get(list).is_some_and(|scores| scores.find(*code).is_some())
    })
}

/// One draft for each of some roots that a procedure leads to, with the root's list.
fn at_procedures<'r>(roots: &[Root], book: &Book<'r>) -> Vec<(Draft, &'r str)> {
    let mut seen = std::collections::HashMap::<&str, usize>::new();
    let mut found = Vec::new();
    for root in roots {
        let Some(list) = list_of(*root, book) else { continue };
        let count = seen.entry(list).or_default();
        let first = book.ways(*root, true, 2).into_iter().flat_map(|way| taking(way, book)).next();
        if let (true, Some(draft)) = (*count < 2, first.and_then(|draft| not_too_long(draft, *root, book))) {
            *count += 1;
            found.push((draft, list));
        }
    }
    found
}

/// Interventions: beside a diagnosis whose root asks for them; what drives, too long for its root.
pub fn interventions(book: &Book<'_>) -> Tally {
    let tables: Vec<_> = book.release.complications.interventions.iter().collect();
    let trials = tables.par_iter().map(|(subchapter, table): &(_, &CodeTable<()>)| {
        let asks = |root: &Root| {
            let uses = book.release.splits.get(root).is_some_and(|splits| splits.uses(Dimension::Interventions));
            root.subchapter() == **subchapter && uses
        };
        let mut roots: Vec<Root> = book.roots().filter(asks).collect();
        roots.sort_unstable();
        let of_root = |root: &Root| {
            let ways = book.ways(*root, false, 4).into_iter();
            ways.flat_map(|way| taking(way, book).into_iter().take(1)).take(2).collect::<Vec<_>>()
        };
        let starts: Vec<Draft> = roots.iter().flat_map(of_root).take(12).collect();
        let trials = table.rows().par_iter().map(|row| {
            let codes: Vec<Word> = book.finding(Scope::Procedures, table, row).take(12).collect();
            let drafts = codes.iter().flat_map(|code| {
                starts.iter().flat_map(move |start| {
                    let with = start.clone().add(Slot::Other, *code);
                    let ph = book.ph(*code);
                    with.into_iter().flat_map(move |draft| {
                        let overruled: Vec<Draft> =
                            if ph < DRIVES { vec![draft] } else { overruled(draft, ph, book).take(6).collect() };
                        overruled
                    })
                })
            });
            reach(book, TableId::Interventions, &row.id, Says::Nothing, drafts)
        });
        trials.reduce(Tally::default, Tally::joined)
    });
    trials.reduce(Tally::default, Tally::joined)
}
