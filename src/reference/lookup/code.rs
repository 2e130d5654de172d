//! What a release says of one clinical code: the look-up behind `/codes/{system}/{code}`.

use super::code_answer::{
    BudgetCategory, Burn, BurnsCode, CodeAnswer, Complication, ExcludedPair, FifthCharacter, Flag, HeldBy, ListScore,
    OnCcList, RootRule, TraumaCode, UnbundlingRule,
};
use super::fault::Fault;
use super::mentions::mentions;
use super::names::{System, hrg_name, root_name, score};
use crate::record::{Icd10, Opcs4, Word};
use crate::reference::codes::{Diagnosis, NamedCode, Procedure, ZeroKind};
use crate::reference::complications::Exclusion;
use crate::reference::pattern::Pattern;
use crate::reference::row::{ByCode, CodeTable, Row, Rule};
use crate::reference::trauma::{BurnCode, SITES};
use crate::reference::unbundling::Yield;
use crate::reference::{Reference, ReferenceAnswer, Root};
use std::collections::BTreeMap;

/// Everything the release says of a code, written as people write it.
pub fn look_up_code(system: System, sent: &str, reference: &Reference) -> Result<CodeAnswer, Fault> {
    let code = read(system, sent, reference).ok_or(Fault::UnknownCode)?;
    let codes = &reference.codes;
    let answer = match system {
        System::Icd10 => codes.diagnoses.find(code).map(|row| of_diagnosis(code, row, reference)),
        System::Opcs4 => codes.procedures.find(code).map(|row| of_procedure(code, row, reference)),
    };
    let mut answer = answer.ok_or(Fault::UnknownCode)?;
    if answer.valid {
        answer.lists = named_lists(code, reference);
        answer.mentions = mentions(system, code, reference);
    }
    Ok(answer)
}

/// The code as the grouper reads it.
fn read(system: System, sent: &str, reference: &Reference) -> Option<Word> {
    match system {
        System::Icd10 => {
            let code = Icd10::read(sent)?;
            Some(if reference.options.icd10_add_filler { code.with_filler() } else { code }.word())
        }
        System::Opcs4 => Some(Opcs4::read(sent)?.word()),
    }
}

/// What is said of every code, retired ones too.
fn blank<T>(
    system: System,
    code: Word,
    row: &Row<T>,
    (label, retired): (&str, bool),
    reference: &Reference,
) -> CodeAnswer {
    CodeAnswer {
        reference: ReferenceAnswer::of(reference),
        system,
        code: code.to_string(),
        valid: !retired,
        label: label.to_owned(),
        row: row.cite().owned(),
        hierarchy: None,
        flags: Vec::new(),
        root: None,
        root_rules: Vec::new(),
        unbundling: Vec::new(),
        lists: Vec::new(),
        complication: None,
        interventions: Vec::new(),
        trauma: TraumaCode::default(),
        burns: BurnsCode::default(),
        fifth_character: None,
        programme_budgeting: None,
        mentions: Vec::new(),
    }
}

fn of_diagnosis(code: Word, row: &Row<ByCode<Diagnosis>>, reference: &Reference) -> CodeAnswer {
    let fact = &row.value.fact;
    let mut answer = blank(System::Icd10, code, row, (&fact.label, fact.retired), reference);
    if fact.retired {
        return answer;
    }
    answer.hierarchy = Some(fact.dh);
    let flags = [(Flag::Uz01, fact.uz01), (Flag::Uz02, fact.uz02), (Flag::Paediatric, fact.paediatric)];
    answer.flags = flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag).collect();
    if fact.can_be_primary() {
        answer.root = fact.root.and_then(|root| root_name(root, reference));
        answer.root_rules = root_rules(code, &reference.codes.diagnosis_rules, reference);
    }
    answer.unbundling = unbundling(code, &reference.unbundling.diagnoses, reference);
    answer.complication = Some(complication(code, reference));
    answer.trauma = TraumaCode {
        sites: sites(code, reference),
        score: reference.trauma.diagnosis_scores.find(code).map(|row| score(row, row.value.fact)),
    };
    let burn = |row: &Row<ByCode<BurnCode>>| Burn {
        degree: row.value.fact.degree,
        region_unspecified: row.value.fact.region_unspecified,
        area_unspecified: row.value.fact.area_unspecified,
        score: row.value.fact.score,
        row: row.cite().owned(),
    };
    answer.burns.burn = reference.burns.diagnoses.find(code).map(burn);
    answer.burns.surface_area = reference.burns.surface_areas.find(code).map(|row| score(row, row.value.fact));
    // As in UZ04: the row of the first four characters, asked about the fifth.
    answer.fifth_character = reference.codes.site_conflicts.find(code.first(4)).map(|row| FifthCharacter {
        allowed: String::from_utf8_lossy(&row.value.fact).into_owned(),
        fits: code.at(4) == 0 || row.value.fact.contains(&code.at(4)),
        row: row.cite().owned(),
    });
    let category = reference.codes.pbc.find(code);
    answer.programme_budgeting =
        category.map(|row| BudgetCategory { category: row.value.fact.to_string(), row: row.cite().owned() });
    answer
}

fn of_procedure(code: Word, row: &Row<ByCode<Procedure>>, reference: &Reference) -> CodeAnswer {
    let fact = &row.value.fact;
    let mut answer = blank(System::Opcs4, code, row, (&fact.label, fact.retired), reference);
    if fact.retired {
        return answer;
    }
    answer.hierarchy = Some(fact.ph);
    let flags = [
        (Flag::Supporting, fact.supporting),
        (Flag::Ph0Invalid, fact.zero_kind == Some(ZeroKind::Invalid)),
        (Flag::Ph0PoorlyCoded, fact.zero_kind == Some(ZeroKind::PoorlyCoded)),
    ];
    answer.flags = flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag).collect();
    if fact.can_drive() {
        answer.root = fact.root.and_then(|root| root_name(root, reference));
        answer.root_rules = root_rules(code, &reference.codes.procedure_rules, reference);
    }
    answer.unbundling = unbundling(code, &reference.unbundling.procedures, reference);
    let listed = reference.complications.interventions.iter();
    let mut listed: Vec<HeldBy> = listed
        .filter_map(|(subchapter, codes)| {
            Some(HeldBy { name: subchapter.to_string(), row: codes.find(code)?.cite().owned() })
        })
        .collect();
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    answer.interventions = listed;
    answer.trauma.score = reference.trauma.procedure_scores.find(code).map(|row| score(row, row.value.fact));
    answer.burns.intervention = reference.burns.procedures.find(code).map(|row| score(row, row.value.fact));
    answer
}

fn root_rules(code: Word, rules: &CodeTable<Rule<Root>>, reference: &Reference) -> Vec<RootRule> {
    let rule = |row: &Row<ByCode<Rule<Root>>>| {
        let rule = &row.value.fact;
        let root = root_name(rule.then, reference)?;
        Some(RootRule { row: row.cite().owned(), order: rule.order, when: rule.when.to_string(), root })
    };
    rules.rows_for(code).iter().filter_map(rule).collect()
}

fn unbundling(code: Word, rules: &CodeTable<Rule<Yield>>, reference: &Reference) -> Vec<UnbundlingRule> {
    let rule = |row: &Row<ByCode<Rule<Yield>>>| {
        let rule = &row.value.fact;
        UnbundlingRule {
            row: row.cite().owned(),
            order: rule.order,
            when: rule.when.to_string(),
            hrg: hrg_name(rule.then.hrg, reference),
            once: rule.then.once,
        }
    };
    rules.rows_for(code).iter().map(rule).collect()
}

fn sites(code: Word, reference: &Reference) -> Vec<HeldBy> {
    let rows = reference.trauma.sites.rows_for(code).iter();
    rows.filter_map(|row| {
        let name = SITES.get(usize::from(row.value.fact))?;
        Some(HeldBy { name: (*name).to_owned(), row: row.cite().owned() })
    })
    .collect()
}

/// The lists that hold the code, each with the row of its longest matching pattern.
fn named_lists(code: Word, reference: &Reference) -> Vec<HeldBy> {
    let mut lists: BTreeMap<&str, &Row<NamedCode>> = BTreeMap::new();
    let length = |pattern: Pattern| (!pattern.is_open(), pattern.word().len());
    for row in reference.named_lists.iter().filter(|row| row.value.pattern.matches(code)) {
        let held = lists.entry(&row.value.list).or_insert(row);
        if length(row.value.pattern) > length(held.value.pattern) {
            *held = row;
        }
    }
    lists.into_iter().map(|(name, row)| HeldBy { name: name.to_owned(), row: row.cite().owned() }).collect()
}

fn complication(code: Word, reference: &Reference) -> Complication {
    let tables = &reference.complications;
    let mut lists: Vec<OnCcList> = tables
        .lists
        .iter()
        .filter_map(|(list, codes)| {
            let row = codes.find(code)?;
            let users = tables.list_of_subchapter.iter().filter(|(_, used)| used.value.name == *list);
            let mut subchapters: Vec<String> = users.map(|(subchapter, _)| subchapter.to_string()).collect();
            subchapters.sort_unstable();
            Some(OnCcList { list: list.to_string(), subchapters, score: row.value.fact, row: row.cite().owned() })
        })
        .collect();
    lists.sort_by(|a, b| a.list.cmp(&b.list));
    let pairs = |holds: fn(&Exclusion) -> Pattern| {
        let rows = tables.exclusions.rows().iter().filter(move |row| holds(&row.value).matches(code));
        rows.map(|row| ExcludedPair {
            row: row.cite().owned(),
            primary: row.value.primary.to_string(),
            cc: row.value.cc.to_string(),
        })
        .collect()
    };
    let inherent = tables.inherent.rows_for(code).iter().map(|row| ListScore {
        list: row.value.fact.list.to_string(),
        root: None,
        score: row.value.fact.score,
        row: row.cite().owned(),
    });
    let counted = tables.proxies.values().flatten().filter(|row| row.value.codes.contains(code));
    let mut proxies: Vec<ListScore> = counted
        .map(|row| ListScore {
            list: row.value.list.to_string(),
            root: Some(row.value.root.to_string()),
            score: row.value.score,
            row: row.cite().owned(),
        })
        .collect();
    proxies.sort_by_key(|proxy| proxy.row.to_string());
    Complication {
        lists,
        excluded_as_primary: pairs(|pair| pair.primary),
        excluded_as_cc: pairs(|pair| pair.cc),
        inherent: inherent.collect(),
        proxies,
    }
}
