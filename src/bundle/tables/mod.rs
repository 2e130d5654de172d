//! The tables of a release, from text to typed rows: one function a family, one row a fact.

mod injuries;
mod labels;
mod other;

pub use injuries::{burns, trauma};
pub use labels::labels;
pub use other::other;

use super::cells::{Cells, Reading};
use crate::reference::codes::{Codes, Diagnosis, NamedCode, Procedure, ZeroKind};
use crate::reference::complications::{CcList, Complications, Exclusion, Exclusions, Inherent, Proxy};
use crate::reference::condition::Condition;
use crate::reference::pattern::PatternSet;
use crate::reference::row::{ByCode, CodeTable, Row, Rule};
use crate::reference::splits::{RootSplits, Split, Splits};
use crate::reference::unbundling::{Unbundling, Yield};
use crate::reference::{Root, TableId};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::Arc;

/// The text of the tables, by table.
pub type TableTexts<'a> = BTreeMap<TableId, &'a [u8]>;

/// Rows by key, the first of equals standing.
fn by_key<T, K: Eq + Hash, V>(rows: Vec<Row<T>>, make: impl Fn(Row<T>) -> (K, V)) -> FxHashMap<K, V> {
    let mut map = FxHashMap::default();
    for row in rows {
        let (key, value) = make(row);
        map.entry(key).or_insert(value);
    }
    map
}

/// Named lists, which conditions speak of: read before anything else.
pub fn named_lists(reading: &mut Reading, texts: &TableTexts<'_>) -> Vec<Row<NamedCode>> {
    let table = TableId::NamedLists;
    let rows = reading.table(table, texts.get(&table).copied(), &["list", "code"], |cells| {
        let (name, pattern) = (cells.some("list")?, cells.pattern("code")?);
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain {
            cells.fault("bad-cell", format!("`{name}` is no list name: small letters, digits and `_` only"));
        }
        Some(NamedCode { list: name.into(), pattern })
    });
    let mut sets: FxHashMap<String, PatternSet> = FxHashMap::default();
    for row in &rows {
        sets.entry(row.value.list.to_string()).or_default().insert(row.value.pattern);
    }
    reading.lists = sets.into_iter().map(|(name, set)| (name, Arc::new(set))).collect();
    rows
}

const STATUS: [(&str, bool); 2] = [("valid", false), ("retired", true)];

fn rules_by_code<T>(
    reading: &mut Reading,
    texts: &TableTexts<'_>,
    table: TableId,
    mut then: impl FnMut(&mut Cells<'_>) -> Option<T>,
) -> CodeTable<Rule<T>> {
    let mut rows = reading.table(table, texts.get(&table).copied(), &["id"], |cells| {
        let then = then(cells);
        let rule = cells.rule(then);
        cells.by_code(rule)
    });
    one_order_each(reading, table, rows.iter().map(|r| (r.value.pattern.to_string(), r.value.fact.order, r.line)));
    rows.sort_by_key(|row| row.value.fact.order);
    CodeTable::new(rows)
}

/// Rules in order, for tables that are not asked by code.
fn rules_in_order<T>(
    reading: &mut Reading,
    texts: &TableTexts<'_>,
    table: TableId,
    then: impl Fn(&mut Cells<'_>) -> Option<T>,
) -> Vec<Row<Rule<T>>> {
    let mut rows = reading.table(table, texts.get(&table).copied(), &["id"], |cells| {
        let then = then(cells);
        cells.rule(then)
    });
    one_order_each(reading, table, rows.iter().map(|r| (String::new(), r.value.order, r.line)));
    rows.sort_by_key(|row| row.value.order);
    rows
}

/// Rules that are tried together must not share an order.
fn one_order_each(reading: &mut Reading, table: TableId, rules: impl Iterator<Item = (String, u32, u32)>) {
    let mut seen: FxHashMap<(String, u32), u32> = FxHashMap::default();
    for (code, order, line) in rules {
        if let Some(first) = seen.insert((code.clone(), order), line) {
            let what = if code.is_empty() { String::new() } else { format!(" of `{code}`") };
            reading.error("duplicate-order", table, Some(line), format!("the order {order}{what} is row {first}'s"));
        }
    }
}

/// Clinical codes, their root rules, site conflicts and programme budgeting.
pub fn codes(reading: &mut Reading, texts: &TableTexts<'_>) -> Codes {
    let text = |table: TableId| texts.get(&table).copied();
    let procedures = reading.table(TableId::Procedures, text(TableId::Procedures), &["code"], |cells| {
        let kinds = [("", None), ("invalid", Some(ZeroKind::Invalid)), ("poorly_coded", Some(ZeroKind::PoorlyCoded))];
        let (label, ph, zero_kind) = (cells.some("label"), cells.number("ph", 0, 41), cells.choice("ph0_kind", &kinds));
        let (root, supporting) = (cells.root_or_none("root"), cells.flag("supporting"));
        let retired = cells.choice("status", &STATUS);
        let procedure = (|| {
            Some(Procedure {
                label: label?,
                ph: u8::try_from(ph?).ok()?,
                zero_kind: zero_kind?,
                root: root?,
                supporting: supporting?,
                retired: retired?,
            })
        })();
        cells.by_code(procedure)
    });
    let diagnoses = reading.table(TableId::Diagnoses, text(TableId::Diagnoses), &["code"], |cells| {
        let (label, dh, root) = (cells.some("label"), cells.number("dh", 0, 25), cells.root_or_none("root"));
        let (uz01, uz02, paediatric) = (cells.flag("uz01"), cells.flag("uz02"), cells.flag("paediatric"));
        let retired = cells.choice("status", &STATUS);
        let diagnosis = (|| {
            Some(Diagnosis {
                label: label?,
                dh: u8::try_from(dh?).ok()?,
                root: root?,
                uz01: uz01?,
                uz02: uz02?,
                paediatric: paediatric?,
                retired: retired?,
            })
        })();
        cells.by_code(diagnosis)
    });
    let site_conflicts = reading.table(TableId::SiteConflicts, text(TableId::SiteConflicts), &["code"], |cells| {
        let allowed = cells.some("allowed").map(|t| Box::from(t.as_bytes()));
        cells.by_code(allowed)
    });
    let pbc = reading.table(TableId::Pbc, text(TableId::Pbc), &["code"], |cells| {
        let category = cells.word("category");
        cells.by_code(category)
    });
    Codes {
        procedures: CodeTable::with_retired(procedures, |procedure| procedure.retired),
        procedure_rules: rules_by_code(reading, texts, TableId::ProcedureRootRules, |cells| cells.root("root")),
        diagnoses: CodeTable::with_retired(diagnoses, |diagnosis| diagnosis.retired),
        diagnosis_rules: rules_by_code(reading, texts, TableId::DiagnosisRootRules, |cells| cells.root("root")),
        site_conflicts: CodeTable::new(site_conflicts),
        pbc: CodeTable::new(pbc),
    }
}

/// Roots and their splits.
pub fn splits(reading: &mut Reading, texts: &TableTexts<'_>) -> Splits {
    let roots = reading.table(TableId::Roots, texts.get(&TableId::Roots).copied(), &["root"], |cells| {
        let (root, label) = (cells.root("root"), cells.some("label"));
        let (age, stay) = (cells.band("age"), cells.band("stay"));
        Some((root?, label?, age?, stay?))
    });
    let key = ["root", "hrg", "order"];
    let rows = reading.table(TableId::Splits, texts.get(&TableId::Splits).copied(), &key, |cells| {
        let (root, order, hrg) = (cells.root("root"), cells.order("order"), cells.hrg("hrg"));
        let (cc, age, stay) = (cells.band("cc"), cells.band("age"), cells.band("stay"));
        let (interventions, when) = (cells.band("interventions"), cells.condition("when"));
        Some(Split {
            root: root?,
            order: order?,
            hrg: hrg?,
            cc: cc?,
            age: age?,
            stay: stay?,
            interventions: interventions?,
            when: when?,
        })
    });
    let mut splits: Splits = by_key(roots, |row| {
        let (root, label, age, stay) = row.value;
        (root, RootSplits::new(label, age, stay, row.line))
    });
    for row in rows {
        if let Some(root) = splits.get_mut(&row.value.root) {
            root.push(row);
        } else {
            let message = format!("the root {} is not in roots.csv", row.value.root);
            reading.error("unknown-root", TableId::Splits, Some(row.line), message);
        }
    }
    for root in splits.values_mut() {
        root.rows.sort_by_key(|row| (row.value.order.is_none(), row.value.order));
    }
    splits
}

/// Longest stays of procedure-driven roots.
pub fn max_stays(reading: &mut Reading, texts: &TableTexts<'_>) -> FxHashMap<Root, Row<u32>> {
    let table = TableId::RootMaxLos;
    let rows = reading.table(table, texts.get(&table).copied(), &["root"], |cells| {
        let (root, days) = (cells.root("root"), cells.number("days", 0, 99_999));
        Some((root?, days?))
    });
    by_key(rows, |row| {
        let (root, days) = row.value;
        (root, Row { table, id: row.id, line: row.line, value: days })
    })
}

/// Complications and interventions.
pub fn complications(reading: &mut Reading, texts: &TableTexts<'_>) -> Complications {
    let text = |table: TableId| texts.get(&table).copied();
    let lists_of =
        reading.table(TableId::CcListOfSubchapter, text(TableId::CcListOfSubchapter), &["subchapter"], |cells| {
            let (subchapter, list) = (cells.subchapter("subchapter"), cells.some("list"));
            Some((subchapter?, list?))
        });
    let scores = reading.table(TableId::CcScores, text(TableId::CcScores), &["list", "code"], |cells| {
        let (list, score) = (cells.some("list"), cells.number("score", 1, 1_000));
        Some((list?, cells.by_code(score)?))
    });
    let exclusions = reading.table(TableId::CcExclusions, text(TableId::CcExclusions), &["id"], |cells| {
        let (primary, cc) = (cells.pattern("primary"), cells.pattern("cc"));
        Some(Exclusion { primary: primary?, cc: cc? })
    });
    let inherent = reading.table(TableId::InherentCc, text(TableId::InherentCc), &["code", "list"], |cells| {
        let (list, score) = (cells.some("list"), cells.number("score", 1, 1_000));
        let inherent = (|| Some(Inherent { list: list?.into(), score: score? }))();
        cells.by_code(inherent)
    });
    let proxies = reading.table(TableId::CcProxies, text(TableId::CcProxies), &["root", "list"], |cells| {
        let (root, list, score) = (cells.root("root"), cells.some("list"), cells.number("score", 1, 1_000));
        let list = list?;
        let Some(codes) = cells.lists().get(&list).map(Arc::clone) else {
            cells.fault("unknown-list", format!("there is no list `{list}`"));
            return None;
        };
        Some(Proxy { root: root?, list: list.into(), codes, score: score? })
    });
    let interventions =
        reading.table(TableId::Interventions, text(TableId::Interventions), &["subchapter", "code"], |cells| {
            let subchapter = cells.subchapter("subchapter");
            Some((subchapter?, cells.by_code(Some(()))?))
        });
    let lists: FxHashMap<Box<str>, CodeTable<u32>> = grouped(scores, |list| list.into());
    let lists: FxHashMap<_, _> = lists.into_iter().map(|(list, scores)| (list, Arc::new(scores))).collect();
    Complications {
        list_of_subchapter: by_key(lists_of, |row| {
            let (subchapter, name) = row.value;
            let scores = lists.get(&*name).map(Arc::clone).unwrap_or_default();
            let value = CcList { name: name.into(), scores };
            (subchapter, Row { table: row.table, id: row.id, line: row.line, value })
        }),
        lists,
        exclusions: Exclusions::new(exclusions),
        inherent: CodeTable::new(inherent),
        proxies: {
            let mut map: FxHashMap<Root, Vec<Row<Proxy>>> = FxHashMap::default();
            for row in proxies {
                map.entry(row.value.root).or_default().push(row);
            }
            map
        },
        interventions: grouped(interventions, |subchapter| subchapter),
    }
}

/// One code table for each key.
fn grouped<K, G: Eq + Hash, T>(rows: Vec<Row<(K, ByCode<T>)>>, key: impl Fn(K) -> G) -> FxHashMap<G, CodeTable<T>> {
    let mut map: FxHashMap<G, Vec<Row<ByCode<T>>>> = FxHashMap::default();
    for row in rows {
        let (k, value) = row.value;
        map.entry(key(k)).or_default().push(Row { table: row.table, id: row.id, line: row.line, value });
    }
    map.into_iter().map(|(k, rows)| (k, CodeTable::new(rows))).collect()
}

/// Unbundling rules and global exceptions.
pub fn unbundling(reading: &mut Reading, texts: &TableTexts<'_>) -> Unbundling {
    let table = TableId::UnbundlingRules;
    let rows = reading.table(table, texts.get(&table).copied(), &["id"], |cells| {
        let opcs4 = cells.choice("system", &[("opcs4", true), ("icd10", false)]);
        let (hrg, once) = (cells.hrg("hrg"), cells.flag("once"));
        let yields = (|| Some(Yield { hrg: hrg?, once: once? }))();
        let rule = cells.rule(yields);
        Some((opcs4?, cells.by_code(rule)?))
    });
    let keys = rows.iter().map(|r| (r.value.1.pattern.to_string(), r.value.1.fact.order, r.line)).collect::<Vec<_>>();
    one_order_each(reading, table, keys.into_iter());
    let mut by_system = grouped(rows, |opcs4| opcs4);
    let mut table_of = |opcs4| {
        let table: CodeTable<Rule<Yield>> = by_system.remove(&opcs4).unwrap_or_default();
        let mut rows = table.rows().to_vec();
        rows.sort_by_key(|row| row.value.fact.order);
        CodeTable::new(rows)
    };
    let (procedures, diagnoses) = (table_of(true), table_of(false));
    let global_exceptions = rules_in_order(reading, texts, TableId::GlobalExceptions, |cells| cells.hrg("hrg"));
    let all_exceptions_ask = Condition::shared(global_exceptions.iter().map(|row| &row.value.when));
    let exceptions_need = global_exceptions.iter().map(|row| row.value.when.needs()).collect();
    Unbundling { procedures, diagnoses, global_exceptions, exceptions_need, all_exceptions_ask }
}
