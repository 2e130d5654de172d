//! More requests than the service can answer, more callers than ever ask, and hours of everything at once. A test program of its
//! own, so that no other test takes its processors. The short form holds to what a busy machine cannot hide; for figures of
//! the program as it is shipped: `make overload` and `make soak`.
#![cfg(target_os = "linux")]

#[path = "overload/crowd.rs"]
mod crowd;
#[path = "overload/load.rs"]
mod load;
#[path = "overload/process.rs"]
mod process;
#[path = "overload/soak.rs"]
mod soak;
mod support;

use load::{Ask, Load, Seen, capacity, open_loop};
use process::{one_after_another, service};
use serde_json::{Value as Json, json};
use std::time::Duration;
use support::{TOY, desk};

/// Whether the figures are wanted, and not only what holds on any machine.
fn is_full() -> bool {
    std::env::var("OVERLOAD").is_ok_and(|form| form == "full")
}

/// A request that takes long enough for four times as many as can be answered to be sent at all.
fn ask() -> Ask {
    let spells: Vec<Json> = vec![desk::spell(); 60];
    Ask::post(format!("/v1/group/apc/batch?reference={TOY}&explain=full"), json!(spells).to_string())
}

/// The same as a single: as many episodes as a spell may have, and every step of the explanation.
fn single() -> Ask {
    let mut spell = desk::spell();
    let episode = spell["episodes"][0].clone();
    let episodes = (1..=60).map(|number| {
        let mut episode = episode.clone();
        episode["epiorder"] = json!(number.to_string());
        episode
    });
    spell["episodes"] = episodes.collect();
    let body = json!({"reference": TOY, "explain": "full", "spell": spell});
    Ask::post("/v1/group/apc".to_owned(), body.to_string())
}

fn say(words: &str, seen: &Seen) {
    println!(
        "{words:<16} {:>6.0}/s sent, {:>6.0}/s answered, {:>6.0}/s refused, p50 {:>7.2} ms, p99 {:>7.2} ms, most {:>7.2} ms; failed {}",
        seen.rate(seen.sent),
        seen.rate(seen.answered()),
        seen.rate(seen.refused),
        seen.percentile(0.5),
        seen.percentile(0.99),
        seen.percentile(1.0),
        seen.failed.len()
    );
}

/// Four times as much as can be answered.
fn overload(kind: &str, ask: &Ask) {
    let _turn = one_after_another();
    let place = tempfile::tempdir().expect("a folder");
    let service = service(place.path(), &[]);
    let address = service.address.parse().expect("an address");
    let (calm_seconds, seconds) = if is_full() { (10, 30) } else { (1, 2) };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let most = capacity(address, ask, Duration::from_secs(calm_seconds.min(2))).await;
        println!("\n{kind}: {most:.0} a second can be answered");
        let load = |share: f64, seconds| Load { address, rate: most * share, time: Duration::from_secs(seconds) };
        let calm = open_loop(load(0.3, calm_seconds), ask).await;
        say("calm", &calm);
        let over = open_loop(load(4.0, seconds), ask).await;
        say("four times", &over);
        let mut after = Vec::new();
        for _ in 0..5 {
            let second = open_loop(load(0.3, 1), ask).await;
            say("after", &second);
            let over = is_calm(&calm, &second);
            after.push(second);
            if over {
                break;
            }
        }
        judge(&calm, &over, &after);
    });
}

fn judge(calm: &Seen, over: &Seen, after: &[Seen]) {
    for seen in [calm, over].into_iter().chain(after) {
        let first: Vec<&String> = seen.failed.iter().take(3).collect();
        assert!(first.is_empty(), "{} failed, such as {first:?}", seen.failed.len());
    }
    assert!(over.refused > 0 && over.answered() > 0, "it refuses, and answers too");
    assert_eq!(over.without_retry_after, 0, "whoever is refused is told when to come back");
    assert!(over.rate(over.sent) > 2.0 * over.rate(over.answered()), "more is sent than can be answered");
    // The processors are shared with whoever sends, and in the short form with anything else.
    let times = if is_full() { 5.0 } else { 15.0 };
    let (quiet, loud) = (calm.percentile(0.99), over.percentile(0.99));
    assert!(loud <= times * quiet, "p99 of what is answered is {loud:.2} ms, {quiet:.2} ms when calm");
    assert!(after.iter().any(|seen| is_calm(calm, seen)), "it is not calm again in five seconds");
}

/// Whether it is as it was: hardly anybody is refused, and what is usual takes hardly longer.
fn is_calm(calm: &Seen, seen: &Seen) -> bool {
    seen.refused * 20 <= seen.sent && seen.percentile(0.5) <= 2.0 * calm.percentile(0.5).max(1.0)
}

#[test]
fn at_four_times_what_it_can_it_refuses_some_soon_and_answers_the_others_in_time() {
    overload("batches", &ask());
}

#[test]
fn singles_beyond_what_it_can_are_refused_and_the_others_answered_in_time() {
    overload("singles", &single());
}
