//! Which release a request means: the one it names, or with `auto` the one of its purpose that covers the discharge date.

use super::error::{ApiError, Fault};
use super::state::App;
use crate::bundle::Releases;
use crate::bundle::shelf::find;
use crate::grouper::answer::ReferenceAnswer;
use crate::record::by_word;
use crate::reference::year::{day, financial_year};
use crate::reference::{Dataset, Reference};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The word in place of an id.
const AUTO: &str = "auto";

/// What the result of grouping is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", rename_all = "lowercase")]
pub enum Purpose {
    /// Payment.
    Payment,
    /// Costing.
    Costing,
}

by_word!(Purpose);

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Purpose::Payment => "payment",
            Purpose::Costing => "costing",
        }
    }
}

/// What `auto` chooses by.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChooseBy<'q> {
    /// The purpose asked for.
    pub purpose: Option<Purpose>,
    /// The discharge date as sent.
    pub discharge_date: Option<&'q str>,
}

/// A release that was chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The release.
    pub release: Arc<Reference>,
    /// Whether the service chose it.
    pub auto: bool,
}

impl Chosen {
    /// The release as an answer names it.
    pub fn named(&self) -> ReferenceAnswer {
        ReferenceAnswer { chosen_by: self.by(), ..ReferenceAnswer::of(&self.release) }
    }

    /// `auto` where the service chose it.
    pub fn by(&self) -> Option<&'static str> {
        self.auto.then_some(AUTO)
    }
}

/// The releases that the ids mean, all as they are at one moment: a swap that comes between is seen by none or by all.
/// All of them must serve the logic.
pub fn choose(app: &App, ids: &[&str], dataset: Dataset, by: ChooseBy<'_>) -> Result<Vec<Chosen>, ApiError> {
    sound(ids.contains(&AUTO), by)?;
    let releases = app.shelf.all();
    ids.iter().map(|id| one(&releases, id, dataset, by)).collect()
}

/// The release that an id means.
pub fn choose_one(app: &App, id: &str, dataset: Dataset, by: ChooseBy<'_>) -> Result<Chosen, ApiError> {
    sound(id == AUTO, by)?;
    one(&app.shelf.look(), id, dataset, by)
}

fn sound(auto: bool, by: ChooseBy<'_>) -> Result<(), ApiError> {
    let faults = faults(auto, by);
    if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
}

fn one(releases: &Releases, id: &str, dataset: Dataset, by: ChooseBy<'_>) -> Result<Chosen, ApiError> {
    if id == AUTO { covering(releases, dataset, by) } else { named(releases, id, dataset) }
}

fn named(releases: &Releases, id: &str, dataset: Dataset) -> Result<Chosen, ApiError> {
    let release = find(releases, id).ok_or(ApiError::UnknownReference)?;
    if !serves(release, dataset) {
        let served: Vec<String> = release.identity.datasets.iter().map(ToString::to_string).collect();
        return Err(ApiError::DatasetNotServed(format!(
            "the release {} does not serve {dataset}; it serves {}",
            release.identity.id,
            served.join(", ")
        )));
    }
    Ok(Chosen { release: Arc::clone(release), auto: false })
}

fn serves(release: &Reference, dataset: Dataset) -> bool {
    release.identity.datasets.contains(&dataset)
}

/// `auto` needs both. With a release that is named they are facts about the record, which nothing asks for: systems that
/// always send them may. A day that is none is a fault all the same.
fn faults(auto: bool, by: ChooseBy<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |pointer: &str, code, message: &str| {
        faults.push(Fault { pointer: pointer.to_owned(), code, message: message.to_owned() });
    };
    for (pointer, given) in [("/purpose", by.purpose.is_some()), ("/dischargeDate", by.discharge_date.is_some())] {
        if auto && !given {
            fault(pointer, "missing-field", "the reference auto is chosen by purpose and dischargeDate");
        }
    }
    if by.discharge_date.is_some_and(|date| day(date).is_none()) {
        fault("/dischargeDate", "bad-date", "a day is written YYYY-MM-DD");
    }
    faults
}

fn covering(releases: &Releases, dataset: Dataset, by: ChooseBy<'_>) -> Result<Chosen, ApiError> {
    let (Some(purpose), Some(day)) = (by.purpose, by.discharge_date.and_then(day)) else {
        return Err(ApiError::Internal); // `faults` has refused it
    };
    let year = financial_year(day);
    let fits = |release: &&Arc<Reference>| release.identity.purpose == purpose.name() && serves(release, dataset);
    let of_purpose = || releases.values().filter(fits);
    let found = of_purpose().find(|release| release.identity.year == year);
    found.map(|release| Chosen { release: Arc::clone(release), auto: true }).ok_or_else(|| {
        let years: Vec<&str> = of_purpose().map(|release| release.identity.year.as_str()).collect();
        let years = if years.is_empty() { "none".to_owned() } else { years.join(", ") };
        let purpose = purpose.name();
        ApiError::NoReleaseForDate(format!(
            "no {purpose} release of {dataset} is loaded for the financial year (1 April to 31 March) of that discharge date; there are those of: {years}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Shelf, load, read_folder};
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_swap_never_comes_between_the_releases_of_one_request() {
        const ID: &str = "2099-00.payment";
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(ID);
        let toy = load(&read_folder(&folder).expect("readable"), ID).expect("sound");
        // Told apart by where they are in memory, so their content may be the same.
        let [one, other] = [toy.clone(), toy].map(|toy| Releases::from([(ID.to_owned(), Arc::new(toy))]));
        let app = App::new(Shelf::new(one.clone()));
        let by = ChooseBy { purpose: Some(Purpose::Payment), discharge_date: Some("2099-06-30") };
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    app.shelf.swap(other.clone());
                    app.shelf.swap(one.clone());
                }
            });
            let mixed = (0..50_000).filter(|_| {
                let chosen = choose(&app, &[ID, "auto", ID], Dataset::Apc, by).expect("chosen");
                chosen.windows(2).any(|two| !Arc::ptr_eq(&two[0].release, &two[1].release))
            });
            let mixed = mixed.count();
            done.store(true, Ordering::Relaxed);
            assert_eq!(mixed, 0);
        });
    }
}
