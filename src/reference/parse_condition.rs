//! Reads the text of a condition into its typed form. Grammar: `reference/README.md`, condition.

use super::band::Band;
use super::condition::{CodeSet, Comparison, Condition, NumberFact, Scope, Test};
use super::pattern::{Pattern, PatternSet};
use crate::record::{Field, Word};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The named lists that conditions may speak of.
pub type NamedLists = FxHashMap<String, Arc<PatternSet>>;

/// The fields that conditions may ask for.
const FIELDS: [Field; 10] = [
    Field::Sex,
    Field::Classpat,
    Field::Admisorc,
    Field::Admimeth,
    Field::Disdest,
    Field::Dismeth,
    Field::Mainspef,
    Field::Neocare,
    Field::Tretspef,
    Field::Firstatt,
];

/// How deep brackets and `not` may nest; real conditions need three.
const MAX_DEPTH: usize = 32;
const TOO_DEEP: &str = "the condition is nested too deep";

struct Reader<'a> {
    tokens: Vec<&'a str>,
    next: usize,
    depth: usize,
    lists: &'a NamedLists,
}

/// Reads a condition; the error is one sentence without the place.
pub fn parse_condition(text: &str, lists: &NamedLists) -> Result<Condition, String> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Condition::Always);
    }
    let mut reader = Reader { tokens, next: 0, depth: 0, lists };
    let condition = reader.any()?;
    match reader.peek() {
        // Written out, `and` within `or` stands in brackets of its own, and must be read again.
        None if condition.depth() > MAX_DEPTH => Err(TOO_DEEP.to_owned()),
        None => Ok(condition),
        Some(rest) => Err(format!("`{rest}` stands where the condition should end")),
    }
}

fn tokens(text: &str) -> Result<Vec<&str>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '{' | '}' | '[' | ']' | '(' | ')' => 1,
            '=' | '!' | '<' | '>' => rest.find(|c| !matches!(c, '=' | '!' | '<' | '>')).unwrap_or(rest.len()),
            c if c.is_ascii_alphanumeric() || c == '_' => rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '*' | '-' | '+')))
                .unwrap_or(rest.len()),
            other => return Err(format!("`{other}` is no part of a condition")),
        };
        let (token, tail) = rest.split_at(length);
        tokens.push(token);
        rest = tail.trim_start();
    }
    Ok(tokens)
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.next).copied()
    }

    fn take(&mut self) -> Result<&'a str, String> {
        let token = self.peek().ok_or_else(|| "the condition ends too early".to_owned())?;
        self.next += 1;
        Ok(token)
    }

    fn take_if(&mut self, word: &str) -> bool {
        let there = self.peek() == Some(word);
        self.next += usize::from(there);
        there
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        let token = self.take()?;
        if token == word { Ok(()) } else { Err(format!("`{token}` stands where `{word}` should")) }
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.take_if("or") {
            parts.push(self.all()?);
        }
        Ok(single_or(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.take_if("and") {
            parts.push(self.one()?);
        }
        Ok(single_or(parts, Condition::All))
    }

    fn one(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(TOO_DEEP.to_owned());
        }
        let condition = if self.take_if("not") {
            Condition::Not(Box::new(self.one()?))
        } else if self.take_if("(") {
            let inner = self.any()?;
            self.expect(")")?;
            inner
        } else {
            Condition::Test(self.test()?)
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn test(&mut self) -> Result<Test, String> {
        let word = self.take()?;
        if word == "count" {
            let scope = self.scope()?;
            let codes = self.codes(scope)?;
            let comparison = self.comparison()?;
            return Ok(Test::Count(scope, codes, comparison, self.number()?));
        }
        if word == "unbundled" {
            self.expect("has")?;
            return Ok(Test::Unbundled(self.values()?));
        }
        if let Some((fact, _)) = NumberFact::NAMES.iter().find(|(_, name)| *name == word) {
            if self.take_if("in") {
                let band = self.take()?;
                let band = Band::parse(band).ok_or_else(|| format!("`{band}` is no band"))?;
                return Ok(Test::In(*fact, band));
            }
            let comparison = self.comparison()?;
            return Ok(Test::Compare(*fact, comparison, self.number()?));
        }
        if let Some((scope, _)) = Scope::NAMES.iter().find(|(_, name)| *name == word) {
            self.expect("has")?;
            return Ok(Test::Has(*scope, self.codes(*scope)?));
        }
        if let Some(field) = FIELDS.iter().find(|field| field.name().to_ascii_lowercase() == word) {
            self.expect("in")?;
            return Ok(Test::Field(*field, self.values()?));
        }
        Err(format!("`{word}` is no fact that a condition can ask for"))
    }

    fn scope(&mut self) -> Result<Scope, String> {
        let word = self.take()?;
        let found = Scope::NAMES.iter().find(|(_, name)| *name == word);
        found.map(|(scope, _)| *scope).ok_or_else(|| format!("`{word}` is no place where codes stand"))
    }

    fn comparison(&mut self) -> Result<Comparison, String> {
        let sign = self.take()?;
        let found = Comparison::SIGNS.iter().find(|(_, s)| *s == sign);
        found.map(|(comparison, _)| *comparison).ok_or_else(|| format!("`{sign}` is no comparison"))
    }

    fn number(&mut self) -> Result<u32, String> {
        let text = self.take()?;
        text.parse().map_err(|_| format!("`{text}` is no whole number"))
    }

    /// `{ ... }` up to the closing brace.
    fn members(&mut self) -> Result<Vec<&'a str>, String> {
        self.expect("{")?;
        let mut members = Vec::new();
        loop {
            match self.take()? {
                "}" if members.is_empty() => return Err("the set is empty".to_owned()),
                "}" => return Ok(members),
                member => members.push(member),
            }
        }
    }

    fn codes(&mut self, scope: Scope) -> Result<CodeSet, String> {
        if self.take_if("[") {
            let name = self.take()?;
            self.expect("]")?;
            let set = self.lists.get(name).ok_or_else(|| format!("there is no list `{name}`"))?;
            return Ok(CodeSet { text: format!("[{name}]"), set: Arc::clone(set) });
        }
        let members = self.members()?;
        let read = if scope == Scope::Activities { Pattern::parse_activity } else { Pattern::parse };
        let set = members
            .iter()
            .map(|member| read(member).ok_or_else(|| format!("`{member}` is no code pattern")))
            .collect::<Result<PatternSet, String>>()?;
        Ok(CodeSet { text: format!("{{{}}}", members.join(" ")), set: Arc::new(set) })
    }

    fn values(&mut self) -> Result<Vec<Word>, String> {
        let members = self.members()?;
        members.iter().map(|m| Word::new(m).ok_or_else(|| format!("`{m}` is too long for a value"))).collect()
    }
}

fn single_or(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => Condition::Always,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::condition::{Facts, Truth};
    use crate::reference::row::Key;

    use crate::reference::condition::Found;

    struct Known;

    impl Facts for Known {
        fn number(&self, fact: NumberFact) -> Option<u32> {
            match fact {
                NumberFact::Age => Some(40),
                NumberFact::Stay => Some(3),
                _ => None,
            }
        }
        fn field(&self, field: Field) -> Option<Word> {
            (field == Field::Sex).then(|| Word::literal("1"))
        }
        fn codes(&self, scope: Scope, mut show: impl FnMut(Key)) -> bool {
            if scope == Scope::Diagnoses {
                show(Word::literal("J189").into());
                show(Word::literal("J189").into());
            }
            scope == Scope::Diagnoses
        }
        fn unbundled(&self, mut show: impl FnMut(Word)) -> bool {
            show(Word::literal("SB97Z"));
            true
        }
    }

    fn truth(text: &str) -> Truth {
        let mut lists = NamedLists::default();
        let set = [Pattern::parse("J18*").expect("pattern")].into_iter().collect::<PatternSet>();
        lists.insert("pneumonia".to_owned(), Arc::new(set));
        parse_condition(text, &lists).expect(text).truth(&Known)
    }

    #[test]
    fn conditions_are_read_and_asked() {
        for text in [
            "",
            "age >= 19",
            "age in 19+ and stay in 2-4",
            "not age < 19",
            "diagnoses has {J18*}",
            "diagnoses has [pneumonia] and sex in {1 2}",
            "count diagnoses {J189} = 2",
            "unbundled has {SB SC}",
            "age < 19 or (stay = 3 and sex in {1})",
        ] {
            assert_eq!(truth(text), Truth::True, "{text}");
        }
        for text in ["age < 19", "sex in {2}", "not (age = 40)", "unbundled has {XD}", "count diagnoses {J18*} > 2"] {
            assert_eq!(truth(text), Truth::False, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_stays_open_unless_it_does_not_matter() {
        assert_eq!(truth("cc_score > 1"), Truth::Unknown);
        assert_eq!(truth("cc_score > 1 and age = 41"), Truth::False);
        assert_eq!(truth("cc_score > 1 or age = 40"), Truth::True);
        assert_eq!(truth("not procedures has {A01*}"), Truth::Unknown);
    }

    #[test]
    fn a_condition_needs_only_what_it_cannot_hold_without() {
        let lists = NamedLists::default();
        for (text, unbundled, procedure, diagnosis) in [
            ("age = 1", false, false, false),
            ("unbundled has {SB}", true, false, false),
            ("stay = 0 and procedures has {X40*} and not unbundled has {VC}", false, true, false),
            ("unbundled has {RN} and candidates has {Y80*}", true, true, false),
            ("not procedures has {X40*}", false, false, false),
            ("age = 1 or unbundled has {SB}", false, false, false),
            ("count procedures {X40*} < 2", false, false, false),
            ("diagnoses has {J18*}", false, false, true),
            ("stay = 0 and diagnoses has {J18*} and unbundled has {SB}", true, false, true),
            ("not diagnoses has {J18*}", false, false, false),
            ("secondary has {J18*}", false, false, false),
        ] {
            let needs = parse_condition(text, &lists).expect("reads").needs();
            let found = (needs.unbundled, needs.procedure, needs.diagnosis.is_some());
            assert_eq!(found, (unbundled, procedure, diagnosis), "{text}");
        }
    }

    #[test]
    fn a_condition_is_written_as_it_was_read() {
        let lists = NamedLists::default();
        for text in [
            "age >= 19 and not diagnoses has {J18* J20}",
            "(age < 2 or stay in 5+) and sex in {1}",
            "age in 0+ and not (stay in 0-4 or not stay in 6)",
        ] {
            let text = text.replace("J20", "J20X");
            let condition = parse_condition(&text, &lists).expect("reads");
            assert_eq!(condition.to_string(), text);
        }
    }

    #[test]
    fn however_deep_a_condition_is_it_can_be_read_again_as_it_is_written() {
        let lists = NamedLists::default();
        let deep = |levels: usize| {
            let begun = "(age = 1 and stay = 1 or sex in {1} and ".repeat(levels);
            parse_condition(&format!("{begun}age = 2{}", ")".repeat(levels)), &lists)
        };
        let read: Vec<_> = (0..MAX_DEPTH).map_while(|levels| deep(levels).ok()).collect();
        assert!((8..MAX_DEPTH).contains(&read.len()), "{}", read.len());
        for condition in read {
            let written = condition.to_string();
            assert_eq!(parse_condition(&written, &lists).expect("reads").to_string(), written);
        }
    }

    #[test]
    fn the_first_failing_part_is_named() {
        let lists = NamedLists::default();
        let condition = parse_condition("age > 18 and stay < 2 and sex in {2}", &lists).expect("reads");
        let failed = condition.failing(&Known).expect("fails");
        let mut found = Vec::new();
        failed.found(&Known, |seen| found.push(seen));
        assert_eq!((failed.to_string().as_str(), found), ("stay < 2", vec![Found::Number(3)]));
    }

    #[test]
    fn faults_are_named() {
        let lists = NamedLists::default();
        for (text, word) in [
            ("age >=", "ends too early"),
            ("age => 3", "no comparison"),
            ("colour = 3", "no fact"),
            ("diagnoses has {}", "empty"),
            ("diagnoses has [none]", "no list"),
            ("diagnoses has {j18}", "no code pattern"),
            ("age > 3 stay > 2", "should end"),
            ("age > x", "no whole number"),
            ("age ; 3", "no part"),
            ("(age > 3", "ends too early"),
        ] {
            let fault = parse_condition(text, &lists).expect_err(text);
            assert!(fault.contains(word), "{text}: {fault}");
        }
        let deep = "not ".repeat(100) + "age = 1";
        assert!(parse_condition(&deep, &lists).expect_err("deep").contains("deep"));
    }
}
