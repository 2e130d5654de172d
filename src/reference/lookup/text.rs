//! Answers as plain text, for a terminal.

use super::code_answer::{CodeAnswer, Flag, HeldBy};
use super::hrg::{HrgAnswer, SplitRow};
use super::names::{RootName, Score};
use crate::reference::options::Degree;
use crate::reference::row::RowRef;
use std::fmt::Display;

/// Lines with a name before them.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, name: &str, words: impl Display) {
        self.0.push_str(&format!("  {name:<14} {words}\n"));
    }

    fn below(&mut self, words: impl Display) {
        self.0.push_str(&format!("                 {words}\n"));
    }

    /// A line where there is something to say.
    fn some<T>(&mut self, name: &str, value: Option<&T>, words: impl Fn(&T) -> String) {
        if let Some(value) = value {
            self.line(name, words(value));
        }
    }

    /// A line for each, with the name before the first.
    fn each<T>(&mut self, name: &str, values: &[T], words: impl Fn(&T) -> String) {
        for (i, value) in values.iter().enumerate() {
            self.line(if i == 0 { name } else { "" }, words(value));
        }
    }

    fn root(&mut self, root: &RootName) {
        for limit in root.ages.iter().chain(&root.stays) {
            self.below(format!("serves {limit} only"));
        }
        if let Some(max) = &root.max_stay {
            self.below(format!("longest stay at which a procedure drives: {} days{}", max.days, cited(&max.row)));
        }
        for hrg in &root.hrgs {
            self.below(format!("{}  {}", hrg.hrg, hrg.label));
        }
    }
}

fn cited(row: &RowRef) -> String {
    format!("  [{row}]")
}

fn scored(score: &Score) -> String {
    format!("{}{}", score.score, cited(&score.row))
}

fn held(by: &HeldBy) -> String {
    format!("{}{}", by.name, cited(&by.row))
}

fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::Uz01 => "never allowed as primary diagnosis (UZ01)",
        Flag::Uz02 => "too vague as primary diagnosis (UZ02)",
        Flag::Paediatric => "paediatric: as primary diagnosis not at 19 or over (UZ03)",
        Flag::Supporting => "supporting: belongs to the procedure before it",
        Flag::Ph0Invalid => "hierarchy 0, not valid for grouping (UZ05)",
        Flag::Ph0PoorlyCoded => "hierarchy 0, poorly coded (UZ06)",
    }
}

fn degree(degree: Degree) -> &'static str {
    match degree {
        Degree::First => "first degree",
        Degree::Second => "second degree",
        Degree::Third => "third degree",
        Degree::Unspecified => "unspecified degree",
        Degree::None => "no degree of its own",
    }
}

/// The answer about a code.
pub fn code_as_text(answer: &CodeAnswer) -> String {
    let mut text = Lines::default();
    text.0.push_str(&format!("{} {}  {}\n", answer.system.name(), answer.code, answer.label));
    let standing = if answer.valid { "yes" } else { "no: retired in this release" };
    text.line("valid", format!("{standing}{}", cited(&answer.row)));
    text.some("hierarchy", answer.hierarchy.as_ref(), ToString::to_string);
    text.each("flag", &answer.flags, |f| flag(*f).to_owned());
    if let Some(root) = &answer.root {
        text.line("base root", format!("{}  {}{}", root.root, root.label, cited(&root.row)));
        text.root(root);
    }
    for rule in &answer.root_rules {
        text.line("root rule", format!("{}. {} -> {}{}", rule.order, rule.when, rule.root.root, cited(&rule.row)));
        text.below(&rule.root.label);
        text.root(&rule.root);
    }
    text.each("unbundling", &answer.unbundling, |rule| {
        let once = if rule.once { ", once a record" } else { "" };
        let (hrg, label) = (&rule.hrg.hrg, &rule.hrg.label);
        format!("{}. {} -> {hrg} ({label}){once}{}", rule.order, rule.when, cited(&rule.row))
    });
    text.each("named list", &answer.lists, held);
    if let Some(complication) = &answer.complication {
        text.each("CC list", &complication.lists, |on| {
            let subchapters = on.subchapters.join(" ");
            format!("{} ({subchapters}): {}{}", on.list, on.score, cited(&on.row))
        });
        text.each("as primary", &complication.excluded_as_primary, |pair| {
            format!("{} does not count beside it{}", pair.cc, cited(&pair.row))
        });
        text.each("as CC", &complication.excluded_as_cc, |pair| {
            format!("does not count beside {}{}", pair.primary, cited(&pair.row))
        });
        text.each("inherent CC", &complication.inherent, |on| format!("{}: {}{}", on.list, on.score, cited(&on.row)));
        text.each("counted by", &complication.proxies, |on| {
            let root = on.root.as_deref().unwrap_or_default();
            format!("{root} through {}: {}{}", on.list, on.score, cited(&on.row))
        });
    }
    text.each("intervention", &answer.interventions, held);
    text.each("trauma site", &answer.trauma.sites, held);
    text.some("trauma score", answer.trauma.score.as_ref(), scored);
    text.some("burn", answer.burns.burn.as_ref(), |burn| {
        format!("{}, severity {}{}", degree(burn.degree), burn.score, cited(&burn.row))
    });
    text.some("burnt area", answer.burns.surface_area.as_ref(), scored);
    text.some("burns score", answer.burns.intervention.as_ref(), scored);
    text.some("fifth place", answer.fifth_character.as_ref(), |fifth| {
        let fits = if fifth.fits { "" } else { "; this code's own does not fit (UZ04)" };
        format!("one of {}{fits}{}", fifth.allowed, cited(&fifth.row))
    });
    text.some("budgeting", answer.programme_budgeting.as_ref(), |pbc| format!("{}{}", pbc.category, cited(&pbc.row)));
    text.each("spoken of by", &answer.mentions, |rule| {
        let subject = rule.subject.as_ref().map(|subject| format!("{subject}: ")).unwrap_or_default();
        format!("{subject}{} -> {}{}", rule.when, rule.outcome, cited(&rule.row))
    });
    text.0
}

/// The answer about an HRG.
pub fn hrg_as_text(answer: &HrgAnswer) -> String {
    let mut text = Lines::default();
    let decoded = &answer.decoded;
    text.0.push_str(&format!("{}  {}\n", answer.name.hrg, answer.name.label));
    let multiplier = answer.multiplier.map(|field| format!(", multiplied by {field}")).unwrap_or_default();
    text.line("kind", format!("{}{multiplier}{}", answer.kind, cited(&answer.name.row)));
    for (name, part) in [("chapter", &decoded.chapter), ("subchapter", &decoded.subchapter)] {
        text.line(name, format!("{}  {}{}", part.code, part.label, cited(&part.row)));
    }
    text.line("number", &decoded.number);
    text.line("split", if decoded.is_split { decoded.split.clone() } else { "Z: no split".to_owned() });
    if let Some(root) = &answer.root {
        text.line("root", format!("{}  {}{}", root.root, root.label, cited(&root.row)));
        text.root(&RootName { hrgs: Vec::new(), ..root.clone() });
    }
    let reached = |split: &SplitRow| format!("{}{}", split.words, cited(&split.row));
    text.each("reached by", &answer.splits, reached);
    for sibling in &answer.siblings {
        let split = &sibling.split;
        text.line("neighbour", format!("{}  {}{}", split.hrg.hrg, split.words, cited(&split.row)));
        for difference in &sibling.differs {
            text.below(format!("> {difference}"));
        }
    }
    text.each("also given by", &answer.given_by, |giver| {
        let code = giver.code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
        format!("{code}{}{}", giver.when, cited(&giver.row))
    });
    for (i, code) in answer.leading_codes.iter().enumerate() {
        let label = code.label.as_deref().unwrap_or_default();
        text.line(if i == 0 { "codes" } else { "" }, format!("{} {}  {label}", code.system.name(), code.code));
        for lead in &code.leads {
            let when = lead.when.as_deref().unwrap_or("base mapping");
            text.below(format!("    {when}{}", cited(&lead.row)));
        }
    }
    text.0
}
