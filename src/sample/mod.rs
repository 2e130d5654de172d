//! Room 9, **the workshop**: invented records of any dataset in any number, for trials of speed and of one's own
//! machinery. The same order gives the same rows; nothing in them comes from a patient.
//!
//! Values, codes, classes and activities are drawn from the release itself, so that most records group; how often each
//! occurs is a plain guess at ordinary hospital work. A share of records gets one planted fault each (`faults`).
//! `draft` is a row in the making, `pools` what is drawn from; `apc`, `visits` and `care` make the records.

mod apc;
mod care;
mod draft;
mod faults;
mod pools;
mod visits;

use crate::record::FieldRef;
use crate::reference::{Dataset, Reference};
use draft::Draft;
use fastrand::Rng;
use pools::Pools;
use std::collections::VecDeque;

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// The dataset.
    pub dataset: Dataset,
    /// How many records.
    pub records: u64,
    /// The same seed gives the same records with the same release.
    pub seed: u64,
    /// The share of records that get a planted fault, 0 to 1.
    pub errors: f64,
}

/// The records of an order, one row of values after another, in the order of [`columns`].
pub struct Sample<'r> {
    order: Order,
    pools: Pools<'r>,
    rng: Rng,
    /// Records made, and those of a patient that are waiting.
    made: u64,
    patients: u64,
    waiting: VecDeque<Draft>,
}

/// How many positions of a repeated field a sample has: those of the default definitions.
fn positions(dataset: Dataset, name: &str) -> u8 {
    match (dataset, name) {
        (_, "DIAG") => 14,
        (Dataset::Pcc, "OPER") => 2,
        (_, "CCAC") => 20,
        _ => 12,
    }
}

/// The columns of a dataset's sample, in order.
pub fn columns(dataset: Dataset) -> Vec<FieldRef> {
    dataset
        .fields()
        .iter()
        .flat_map(|rule| match rule.positions {
            0 => vec![FieldRef::single(rule.field)],
            _ => (1..=positions(dataset, rule.field.name())).map(|place| FieldRef::at(rule.field, place)).collect(),
        })
        .collect()
}

/// The record definition of a dataset's sample.
pub fn definition(dataset: Dataset) -> String {
    let lines = columns(dataset).into_iter().zip(1..).map(|(field, place)| format!("{field},{field},{place},,,,\n"));
    std::iter::once("COMMA DELIMITED\n".to_owned()).chain(lines).collect()
}

impl<'r> Sample<'r> {
    /// Begins an order.
    pub fn new(order: Order, reference: &'r Reference) -> Sample<'r> {
        Sample {
            order,
            pools: Pools::of(order.dataset, reference),
            rng: Rng::with_seed(order.seed),
            made: 0,
            patients: 0,
            waiting: VecDeque::new(),
        }
    }

    /// All records of the next patient.
    fn patient(&mut self) -> Vec<Draft> {
        self.patients += 1;
        let (pools, rng, number) = (&self.pools, &mut self.rng, self.patients);
        match self.order.dataset {
            Dataset::Apc => apc::spell(number, pools, rng),
            Dataset::Nac => vec![visits::nac(pools, rng)],
            Dataset::Em => vec![visits::em(pools, rng)],
            Dataset::Nrd => vec![visits::nrd(pools, rng)],
            Dataset::Acc => vec![care::acc(pools, rng)],
            Dataset::Pcc => care::pcc(number, pools, rng),
            Dataset::Ncc => care::ncc(number, pools, rng),
        }
    }
}

impl Iterator for Sample<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.made >= self.order.records {
            return None;
        }
        if self.waiting.is_empty() {
            self.waiting = self.patient().into();
        }
        let mut draft = self.waiting.pop_front()?;
        self.made += 1;
        if self.rng.f64() < self.order.errors {
            faults::plant(&mut draft, &self.pools, &mut self.rng);
        }
        Some(draft.into_values())
    }
}
