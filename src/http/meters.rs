//! What the service counts, for Prometheus. No label comes from what was sent: routes, methods, statuses, HRG method flags
//! and names of messages are all the program's own. The list: docs/metrics.md.

use crate::grouper::{Grouping, Method, Tally};
use crate::reference::Dataset;
use axum::http::{self, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Upper ends of the classes of time, in seconds: from a single spell to a long stream.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];
/// What stands for a path that is no route, and for a method that none has.
const NONE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfGroup {
    dataset: &'static str,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfError {
    dataset: &'static str,
    situation: &'static str,
}

/// The counters of the answer that a route gives most, so that they need not be looked for each time.
#[derive(Debug)]
pub struct Usual {
    of: OfRequest,
    requests: Counter,
    seconds: Histogram,
}

/// The counters. A clone counts into the same ones.
#[derive(Clone, Debug)]
pub struct Meters {
    requests: Family<OfRequest, Counter>,
    seconds: Family<OfRoute, Histogram, fn() -> Histogram>,
    groups: Family<OfGroup, Counter>,
    errors: Family<OfError, Counter>,
    /// The groups of spells by method, those that were met, so that they need not be looked for each time.
    spells: Arc<[OnceLock<Counter>; Method::COUNT]>,
}

impl Default for Meters {
    fn default() -> Meters {
        Meters {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            groups: Family::default(),
            errors: Family::default(),
            spells: Arc::default(),
        }
    }
}

impl Meters {
    /// Puts them on a list.
    pub fn register(&self, list: &mut Registry) {
        let requests = self.requests.clone();
        list.register("hrg_http_requests", "Requests that were answered", requests);
        list.register("hrg_http_request_duration_seconds", "Time to the head of the answer", self.seconds.clone());
        list.register("hrg_groups", "Results by grouping method flag", self.groups.clone());
        list.register("hrg_group_errors", "Results by each message that they bear", self.errors.clone());
    }

    /// Counts a request. `usual` is the route's own.
    pub fn request(
        &self,
        asked: (Option<&str>, &http::Method),
        status: StatusCode,
        took: Duration,
        usual: &OnceLock<Usual>,
    ) {
        let (route, method) = (asked.0.unwrap_or(NONE), known(asked.1));
        let is_it = |of: &OfRequest| of.status == status.as_u16() && of.method == method && of.route == route;
        if let Some(usual) = usual.get().filter(|usual| is_it(&usual.of)) {
            usual.requests.inc();
            return usual.seconds.observe(took.as_secs_f64());
        }
        let of = OfRequest { route: route.to_owned(), method, status: status.as_u16() };
        let requests = self.requests.get_or_create(&of).clone();
        let seconds = self.seconds.get_or_create(&OfRoute { route: route.to_owned() }).clone();
        requests.inc();
        seconds.observe(took.as_secs_f64());
        if status.is_success() {
            _ = usual.set(Usual { of, requests, seconds });
        }
    }

    /// Counts a spell.
    pub fn grouped_spell(&self, grouping: &Grouping) {
        let Grouping { spell, episodes } = grouping;
        let is_quiet = spell.messages.is_empty() && episodes.iter().all(|episode| episode.messages.is_empty());
        if let Some(counter) = self.spells.get(spell.method as usize).filter(|_| is_quiet) {
            let of = || OfGroup { dataset: Dataset::Apc.name(), method: spell.method.flag() };
            counter.get_or_init(|| self.groups.get_or_create(&of()).clone()).inc();
            return;
        }
        let mut tally = Tally::default();
        grouping.count(&mut tally);
        self.grouped(Dataset::Apc, &tally);
    }

    /// Counts results of a dataset.
    pub fn grouped(&self, dataset: Dataset, tally: &Tally) {
        let dataset = dataset.name();
        for (method, count) in tally.methods() {
            self.groups.get_or_create(&OfGroup { dataset, method }).inc_by(*count);
        }
        for (situation, count) in tally.situations() {
            self.errors.get_or_create(&OfError { dataset, situation }).inc_by(*count);
        }
    }
}

/// The methods that routes have; another may be any word.
pub(super) fn known(method: &http::Method) -> &'static str {
    const KNOWN: [&str; 6] = ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or(NONE)
}
