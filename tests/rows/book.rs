//! The codes of a release one by one, and the ways from a code to a root: what the generator picks from.

use hrg_grouper::record::{Icd10, Opcs4, Word};
use hrg_grouper::reference::condition::{CodeSet, Condition, Scope};
use hrg_grouper::reference::options::Degree;
use hrg_grouper::reference::pattern::{Pattern, PatternSet};
use hrg_grouper::reference::row::{ByCode, CodeTable, Row};
use hrg_grouper::reference::{Reference, Root};
use std::collections::HashMap;
use std::sync::RwLock;

/// The hierarchy from which a procedure drives.
pub const DRIVES: u8 = 5;

/// A way from a code to a root.
#[derive(Clone)]
pub struct Way {
    pub code: Word,
    /// A dominant procedure, not a primary diagnosis.
    pub procedure: bool,
    /// Which of the code's root rules gives the root; none for its base root.
    pub rule: Option<usize>,
}

/// Everything the generator asks of a release.
pub struct Book<'r> {
    pub release: &'r Reference,
    procedures: Vec<Word>,
    diagnoses: Vec<Word>,
    activities: Vec<Word>,
    ways: HashMap<Root, Vec<Way>>,
    /// Primary diagnoses that set nothing off: for records that are about a procedure.
    pub neutral: Vec<Word>,
    /// Procedures that are too long for their root from some stay on: hierarchy, code, that stay. Highest first.
    flips: Vec<(u8, Word, u32)>,
    /// What conditions ask for, found once.
    asked: RwLock<HashMap<(&'static str, String), Vec<Word>>>,
}

/// The codes that a pattern stands for: itself, or its beginnings filled up with digits.
fn written_out(pattern: Pattern) -> Vec<Word> {
    let word = pattern.word();
    if !pattern.is_open() {
        return vec![word];
    }
    let missing = 4usize.saturating_sub(word.len());
    let digits = 10usize.pow(u32::try_from(missing).expect("small"));
    let tails = (0..digits).map(|n| if missing == 0 { String::new() } else { format!("{n:0missing$}") });
    // A category without a fourth character is recorded with a filler.
    let tails = tails.chain((missing == 1).then(|| "X".to_owned()));
    let longer = (missing == 0).then(|| (0..10).map(|n| n.to_string())).into_iter().flatten();
    tails.chain(longer).filter_map(|tail| Word::new(&format!("{word}{tail}"))).collect()
}

fn sorted(words: impl Iterator<Item = Word>) -> Vec<Word> {
    let mut words: Vec<Word> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The words that a pattern matches.
fn matched(words: &[Word], pattern: Pattern) -> impl Iterator<Item = Word> {
    let start = words.partition_point(|word| *word < pattern.word());
    let near = words[start..].iter().copied().take_while(move |word| word.starts_with(pattern.word()));
    near.filter(move |word| pattern.matches(*word))
}

impl<'r> Book<'r> {
    pub fn new(release: &'r Reference) -> Book<'r> {
        let codes = &release.codes;
        let procedures =
            sorted(codes.procedures.rows().iter().flat_map(|row| written_out(row.value.pattern)).filter(|word| {
                Opcs4::from_word(*word).is_some()
                    && codes.procedures.find(*word).is_some_and(|row| !row.value.fact.retired)
            }));
        let diagnoses =
            sorted(codes.diagnoses.rows().iter().flat_map(|row| written_out(row.value.pattern)).filter(|word| {
                word.len() >= 4
                    && Icd10::from_word(*word).is_some()
                    && codes.diagnoses.find(*word).is_some_and(|row| !row.value.fact.retired)
            }));
        let activities = sorted(release.other.activities.keys().copied());
        let mut book = Book {
            release,
            procedures,
            diagnoses,
            activities,
            ways: HashMap::new(),
            neutral: Vec::new(),
            flips: Vec::new(),
            asked: RwLock::default(),
        };
        book.neutral = book.neutral_primaries();
        book.ways = book.find_ways();
        book.flips = book.find_flips();
        book
    }

    fn neutral_primaries(&self) -> Vec<Word> {
        let calm = |code: &Word| {
            let fact = &self.release.codes.diagnoses.find(*code).expect("known").value.fact;
            let burns = &self.release.burns;
            fact.root.is_some()
                && !fact.uz01
                && !fact.uz02
                && !fact.paediatric
                && self.release.trauma.sites.find(*code).is_none()
                && burns.diagnoses.find(*code).is_none()
                && burns.surface_areas.find(*code).is_none()
                && self.release.unbundling.diagnoses.find(*code).is_none()
                && self.release.codes.diagnosis_rules.find(*code).is_none()
        };
        let mut seen = std::collections::HashSet::new();
        // One of every tenth letter-and-digit, so that a bar on some chapters leaves others.
        self.diagnoses.iter().copied().filter(calm).filter(|code| seen.insert(code.first(2))).collect()
    }

    fn find_ways(&self) -> HashMap<Root, Vec<Way>> {
        let mut ways: HashMap<Root, Vec<Way>> = HashMap::new();
        let codes = &self.release.codes;
        for code in &self.procedures {
            let fact = &codes.procedures.find(*code).expect("known").value.fact;
            if fact.ph < DRIVES {
                continue;
            }
            for (i, rule) in codes.procedure_rules.rows_for(*code).iter().enumerate() {
                let way = Way { code: *code, procedure: true, rule: Some(i) };
                ways.entry(rule.value.fact.then).or_default().push(way);
            }
            if let Some(root) = fact.root {
                ways.entry(root).or_default().push(Way { code: *code, procedure: true, rule: None });
            }
        }
        for code in &self.diagnoses {
            let fact = &codes.diagnoses.find(*code).expect("known").value.fact;
            if fact.uz01 || fact.uz02 {
                continue;
            }
            for (i, rule) in codes.diagnosis_rules.rows_for(*code).iter().enumerate() {
                let way = Way { code: *code, procedure: false, rule: Some(i) };
                ways.entry(rule.value.fact.then).or_default().push(way);
            }
            if let Some(root) = fact.root {
                ways.entry(root).or_default().push(Way { code: *code, procedure: false, rule: None });
            }
        }
        // Codes without special rules first: they are the least likely to be led elsewhere.
        for list in ways.values_mut() {
            // Among those of rules, the highest hierarchies: what the rule asks for beside them must not lead.
            list.sort_by_key(|way| {
                let lowly = u8::MAX - if way.procedure { self.ph(way.code) } else { 0 };
                (way.rule.is_some(), self.special(way.code, way.procedure), way.rule.map(|_| lowly))
            });
        }
        ways
    }

    fn find_flips(&self) -> Vec<(u8, Word, u32)> {
        let codes = &self.release.codes;
        let plain = |code: &&Word| self.ph(**code) >= DRIVES && !self.special(**code, true);
        let flips = self.procedures.iter().filter(plain).filter_map(|code| {
            let root = codes.procedures.find(*code)?.value.fact.root?;
            let stay = self.release.max_stays.get(&root)?.value + 1;
            Some((codes.procedure_rules.find(*code).is_some(), self.ph(*code), *code, stay))
        });
        let mut flips: Vec<_> = flips.collect();
        flips.sort_by_key(|(ruled, ph, code, _)| (std::cmp::Reverse(*ph), *ruled, *code));
        flips.dedup_by_key(|(ruled, ph, code, _)| (*ruled, *ph, code.first(3)));
        flips.into_iter().map(|(_, ph, code, stay)| (ph, code, stay)).collect()
    }

    /// Procedures of at least that hierarchy that are too long for their root, with the stay from which they are.
    pub fn flips(&self, ph: u8) -> impl Iterator<Item = (Word, u32)> + '_ {
        self.flips.iter().take_while(move |(of, ..)| *of >= ph).map(|(_, code, stay)| (*code, *stay))
    }

    /// Whether the code sets off something else than its root.
    fn special(&self, code: Word, procedure: bool) -> bool {
        if procedure {
            return self.release.unbundling.procedures.find(code).is_some();
        }
        self.release.trauma.sites.find(code).is_some() || self.release.burns.diagnoses.find(code).is_some()
    }

    /// The ways to a root, at most so many codes of each kind and rule.
    pub fn ways(&self, root: Root, procedure: bool, most: usize) -> Vec<&Way> {
        let all = self.ways.get(&root).map(Vec::as_slice).unwrap_or_default();
        let (mut taken, mut last) = (Vec::new(), None);
        let mut of_kind = 0;
        for way in all.iter().filter(|way| way.procedure == procedure) {
            let kind = (way.rule, way.code.first(3));
            of_kind = if last == Some(kind) { of_kind + 1 } else { 0 };
            last = Some(kind);
            if of_kind < 2 && taken.len() < most {
                taken.push(way);
            }
        }
        taken
    }

    /// The roots that some way leads to.
    pub fn roots(&self) -> impl Iterator<Item = Root> + '_ {
        self.ways.keys().copied()
    }

    /// Hierarchy of a procedure.
    pub fn ph(&self, code: Word) -> u8 {
        self.release.codes.procedures.find(code).map_or(0, |row| row.value.fact.ph)
    }

    /// Whether the code belongs to the procedure before it.
    pub fn supporting(&self, code: Word) -> bool {
        self.release.codes.procedures.find(code).is_some_and(|row| row.value.fact.supporting)
    }

    fn words(&self, scope: Scope) -> &[Word] {
        match scope {
            Scope::Diagnoses | Scope::Primary | Scope::Secondary => &self.diagnoses,
            Scope::Activities => &self.activities,
            _ => &self.procedures,
        }
    }

    /// Codes of the scope in a set: a few of every pattern, those of a low hierarchy first.
    pub fn matching(&self, scope: Scope, set: &CodeSet) -> Vec<Word> {
        let key = (scope.name(), set.text.clone());
        if let Some(found) = self.asked.read().expect("no panic while it was held").get(&key) {
            return found.clone();
        }
        let found = self.find_matching(scope, &set.set);
        self.asked.write().expect("no panic while it was held").insert(key, found.clone());
        found
    }

    /// Codes of the scope that match the patterns: a few of each, those of a low hierarchy first.
    pub fn find_matching(&self, scope: Scope, set: &PatternSet) -> Vec<Word> {
        let words = self.words(scope);
        let mut found: Vec<Word> = set
            .patterns()
            .iter()
            .flat_map(|pattern| {
                let mut some: Vec<Word> = matched(words, *pattern).take(40).collect();
                some.sort_by_key(|code| self.reluctance(scope, *code));
                some.truncate(3);
                some
            })
            .collect();
        found.sort_by_key(|code| self.reluctance(scope, *code));
        found.dedup();
        found.truncate(12);
        found
    }

    /// How much a code does besides standing there.
    fn reluctance(&self, scope: Scope, code: Word) -> u8 {
        match scope {
            Scope::Diagnoses | Scope::Primary | Scope::Secondary => {
                let fact = self.release.codes.diagnoses.find(code).map(|row| &row.value.fact);
                u8::from(fact.is_some_and(|fact| fact.uz01 || fact.uz02 || fact.paediatric))
                    + u8::from(self.special(code, false))
            }
            Scope::Activities => 0,
            _ => self.ph(code),
        }
    }

    /// Codes that find this very row in a table of diagnoses or of procedures.
    pub fn finding<'t, T>(
        &'t self,
        scope: Scope,
        table: &'t CodeTable<T>,
        row: &'t Row<ByCode<T>>,
    ) -> impl Iterator<Item = Word> + 't {
        let finds = move |code: &Word| table.rows_for(*code).iter().any(|found| found.id == row.id);
        matched(self.words(scope), row.value.pattern).filter(finds)
    }

    /// Codes that match a pattern.
    pub fn of(&self, scope: Scope, pattern: Pattern) -> impl Iterator<Item = Word> + '_ {
        matched(self.words(scope), pattern)
    }

    /// Unbundling codes whose HRG begins so, those of the plainest rules first.
    pub fn unbundling(&self, beginnings: &[Word]) -> Vec<Word> {
        let mut found: Vec<(bool, Word)> = Vec::new();
        for row in self.release.unbundling.procedures.rows() {
            let rule = &row.value.fact;
            if beginnings.iter().any(|beginning| rule.then.hrg.word().starts_with(*beginning)) {
                let plain = matches!(rule.when, Condition::Always);
                let code = self.finding(Scope::Procedures, &self.release.unbundling.procedures, row).next();
                found.extend(code.map(|code| (!plain, code)));
            }
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(12);
        found.into_iter().map(|(_, code)| code).collect()
    }

    /// Whether the burn sets off the burns logic.
    pub fn triggers_burns(&self, code: Word) -> bool {
        let degrees = &self.release.options.burns_trigger_degrees;
        let burn = self.release.burns.diagnoses.find(code);
        burn.is_some_and(|row| row.value.fact.degree != Degree::None && degrees.contains(&row.value.fact.degree))
    }
}
