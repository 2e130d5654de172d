//! The steps of one explanation, packed: what all of them say stands in a few long lists, each step knowing its parts.
//!
//! A record has some forty steps with a hundred facts. Held one by one, and in words, they would cost ten times what
//! grouping does; most of them are never read.

use super::say::{Said, Value};
use super::step::{Fact, Outcome, Step, TurnedDown};
use super::view::Explain;
use crate::record::{FieldRef, Word};
use crate::reference::RowRef;
use serde::{Serialize, Serializer};

/// A row as steps cite it.
pub(super) type Cited<'r> = RowRef<&'r str>;

/// Places of a list, from the first to before the second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span(pub(super) u32, pub(super) u32);

impl Span {
    fn of<T>(self, list: &[T]) -> &[T] {
        list.get(self.0 as usize..self.1 as usize).unwrap_or_default()
    }
}

/// Where the next thing of a list comes to stand.
pub(super) fn next(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What a step is, and where the rest of it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'r> {
    pub(super) step: &'static str,
    pub(super) rule: Option<&'static str>,
    /// Its number among those of the spell pass.
    pub(super) of_spell: u8,
    pub(super) episode: Option<u32>,
    pub(super) outcome: Outcome,
    pub(super) sentence: Value<'r>,
    pub(super) facts: Span,
    pub(super) rows: Span,
    pub(super) turned_down: Span,
    pub(super) would_change: Span,
}

/// A fact as it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeptFact<'r> {
    pub(super) name: &'static str,
    pub(super) episode: Option<u32>,
    pub(super) field: Option<FieldRef>,
    pub(super) code: Option<Value<'r>>,
    pub(super) value: Value<'r>,
}

/// Where a fact was read: the place of its episode, its field, its code.
pub(super) type At<'r> = (Option<u32>, Option<FieldRef>, Option<Value<'r>>);

/// An alternative as it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeptTurnedDown<'r> {
    pub(super) candidate: Value<'r>,
    pub(super) row: Option<Cited<'r>>,
    pub(super) failed: Value<'r>,
    pub(super) found: Value<'r>,
}

/// Steps in the order in which they were taken.
#[derive(Clone, Debug, Default)]
pub struct Steps<'r> {
    pub(super) heads: Vec<Head<'r>>,
    pub(super) facts: Vec<KeptFact<'r>>,
    pub(super) rows: Vec<Cited<'r>>,
    pub(super) turned_down: Vec<KeptTurnedDown<'r>>,
    pub(super) would_change: Vec<Value<'r>>,
    pub(super) values: Vec<Value<'r>>,
    pub(super) codes: Vec<Word>,
    pub(super) text: String,
}

impl<'r> Steps<'r> {
    /// No steps, with room for those of a spell of usual size.
    pub(super) fn with_room() -> Steps<'r> {
        Steps {
            heads: Vec::with_capacity(48),
            facts: Vec::with_capacity(128),
            rows: Vec::with_capacity(48),
            turned_down: Vec::with_capacity(32),
            would_change: Vec::with_capacity(8),
            values: Vec::with_capacity(192),
            codes: Vec::with_capacity(64),
            text: String::new(),
        }
    }

    /// Takes all steps away, and keeps their room.
    pub(super) fn clear(&mut self) {
        self.heads.clear();
        self.facts.clear();
        self.rows.clear();
        self.turned_down.clear();
        self.would_change.clear();
        self.values.clear();
        self.codes.clear();
        self.text.clear();
    }

    /// Values side by side.
    #[inline]
    pub(super) fn put(&mut self, values: &[Value<'r>]) -> Span {
        let start = next(self.values.len());
        self.values.extend_from_slice(values);
        Span(start, next(self.values.len()))
    }

    /// Begins a step.
    #[inline]
    pub(super) fn begin(&mut self, step: &'static str, outcome: Outcome, sentence: Value<'r>) {
        let begun = |len: usize| Span(next(len), next(len));
        self.heads.push(Head {
            step,
            rule: None,
            of_spell: 0,
            episode: None,
            outcome,
            sentence,
            facts: begun(self.facts.len()),
            rows: begun(self.rows.len()),
            turned_down: begun(self.turned_down.len()),
            would_change: begun(self.would_change.len()),
        });
    }

    /// Adds a fact to the last step.
    #[inline]
    pub(super) fn add_fact(&mut self, name: &'static str, at: At<'r>, value: Value<'r>) {
        let (episode, field, code) = at;
        self.facts.push(KeptFact { name, episode, field, code, value });
    }

    /// Cites a row in the last step, once however often it decided.
    #[inline]
    pub(super) fn cite(&mut self, row: Cited<'r>) {
        let from = self.heads.last().map_or(0, |head| head.rows.0 as usize);
        let cited = self.rows.get(from..).unwrap_or_default();
        // The id of a row stands once in a release, so where it stands tells it from all others without reading it.
        let same = |one: &Cited<'r>| one.table == row.table && std::ptr::eq(one.row, row.row);
        debug_assert_eq!(cited.iter().any(same), cited.contains(&row), "{row:?} stands twice in the release");
        if !cited.iter().any(same) {
            self.rows.push(row);
        }
    }

    /// Adds an alternative to the last step.
    #[inline]
    pub(super) fn turn_down(
        &mut self,
        candidate: Value<'r>,
        row: Option<Cited<'r>>,
        failed: Value<'r>,
        found: Value<'r>,
    ) {
        self.turned_down.push(KeptTurnedDown { candidate, row, failed, found });
    }

    pub(super) fn values(&self, span: Span) -> &[Value<'r>] {
        span.of(&self.values)
    }

    pub(super) fn keep(&mut self, text: &str) -> Span {
        let start = next(self.text.len());
        self.text.push_str(text);
        Span(start, next(self.text.len()))
    }

    pub(super) fn kept(&self, Span(start, end): Span) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    pub(super) fn keep_codes(&mut self, codes: &[Word]) -> Span {
        let start = next(self.codes.len());
        self.codes.extend_from_slice(codes);
        Span(start, next(self.codes.len()))
    }

    pub(super) fn codes(&self, span: Span) -> &[Word] {
        span.of(&self.codes)
    }

    /// Puts the steps of the spell in the order of the specification, behind those of the episodes.
    pub(super) fn sort(&mut self) {
        let first = self.heads.iter().position(|head| head.of_spell > 0).unwrap_or(self.heads.len());
        if let Some(of_spell) = self.heads.get_mut(first..) {
            of_spell.sort_by_key(|head| head.of_spell);
        }
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// The steps, each with its parts.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Step<Said<'_>>> {
        self.heads.iter().map(|head| self.read(head))
    }

    /// The rows cited by steps that decided something.
    pub fn deciding_rows(&self) -> impl Iterator<Item = Cited<'r>> {
        let deciding = self.heads.iter().filter(|head| head.outcome != Outcome::NotApplicable);
        deciding.flat_map(|head| head.rows.of(&self.rows)).copied()
    }

    /// The steps in words.
    pub fn in_words(&self) -> Vec<Step> {
        self.iter().map(|step| step.in_words()).collect()
    }

    fn read(&self, head: &Head<'r>) -> Step<Said<'_>> {
        let said = |value: Value<'r>| Said { value, steps: self };
        let row = |row: &Cited<'r>| RowRef { table: row.table, row: said(Value::Text(row.row)) };
        Step {
            step: head.step,
            rule: head.rule,
            episode: head.episode,
            outcome: head.outcome,
            sentence: said(head.sentence),
            facts: head
                .facts
                .of(&self.facts)
                .iter()
                .map(|fact| Fact {
                    name: fact.name,
                    episode: fact.episode,
                    field: fact.field.map(|field| said(Value::Field(field))),
                    code: fact.code.map(said),
                    value: said(fact.value),
                })
                .collect(),
            rows: head.rows.of(&self.rows).iter().map(row).collect(),
            turned_down: head
                .turned_down
                .of(&self.turned_down)
                .iter()
                .map(|other| TurnedDown {
                    candidate: said(other.candidate),
                    row: other.row.as_ref().map(row),
                    failed: said(other.failed),
                    found: said(other.found),
                })
                .collect(),
            would_change: head.would_change.of(&self.would_change).iter().map(|change| said(*change)).collect(),
        }
    }

    /// What the view shows of the steps: a filter, no more.
    #[must_use]
    pub(super) fn shown(mut self, explain: Explain) -> Steps<'r> {
        self.heads.retain(|head| match explain {
            Explain::None => false,
            Explain::Summary => head.outcome != Outcome::NotApplicable,
            Explain::Misses => head.outcome != Outcome::NotApplicable || head.turned_down.0 < head.turned_down.1,
            Explain::Full => true,
        });
        if explain == Explain::Summary {
            for head in &mut self.heads {
                (head.facts, head.turned_down) = (Span::default(), Span::default());
            }
        }
        self
    }
}

/// The number of a step of the spell pass: 9 for `S9`; 0 for any other step.
pub(super) fn spell_step_number(step: &str) -> u8 {
    match step.as_bytes() {
        [b'S', digits @ ..] => {
            digits.iter().fold(0u8, |number, digit| number.saturating_mul(10).saturating_add(digit & 15))
        }
        _ => 0,
    }
}

impl PartialEq for Steps<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Steps<'_> {}

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Field;
    use crate::reference::TableId;
    use crate::trace::{Copied, Joined, Recorder, Recording, counted, say};

    fn steps(field: &str) -> Steps<'static> {
        let mut recording = Recording::default();
        recording.step(|step| step.passed("S9", "after"));
        recording.step(|step| {
            let days = counted(1u32, "day", "days");
            let row = RowRef { table: TableId::Splits, row: "AA22/AA22C" };
            step.applied("S2", say!("{} {}: {}{}", Copied(field), days, Joined(", ", [1u8, 2]), None::<u8>))
                .about("sex", Field::Sex, Word::literal("1"), "male")
                .cite(Some(row))
                .cite(Some(row))
                .turn_down("it", None, say!("age > {}", 3u8), -1i64)
                .would_change(say!("{} of \"stay\"", days))
        });
        recording.into_steps()
    }

    #[test]
    fn what_was_kept_is_read_in_words_and_in_order() {
        let words = steps("SEX").in_words();
        let names: Vec<_> = words.iter().map(|step| step.step).collect();
        assert_eq!(names, ["S2", "S9"]);
        let step = &words[0];
        assert_eq!(step.sentence, "SEX 1 day: 1, 2");
        assert_eq!((step.facts[0].field.as_deref(), step.facts[0].code.as_deref()), (Some("SEX"), Some("1")));
        assert_eq!(step.rows.len(), 1, "a row is cited once");
        assert_eq!((step.turned_down[0].failed.as_str(), step.turned_down[0].found.as_str()), ("age > 3", "-1"));
        assert_eq!(step.would_change, ["1 day of \"stay\""]);
        assert!(words[1].facts.is_empty());
    }

    #[test]
    fn the_bytes_are_those_of_the_steps_in_words() {
        let steps = steps("a \"quoted\" value");
        let packed = serde_json::to_string(&steps).expect("JSON");
        assert_eq!(packed, serde_json::to_string(&steps.in_words()).expect("JSON"));
    }
}
