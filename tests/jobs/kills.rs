//! The program killed at any moment of a job, and started again. `make job-kills` does it with the program as it is
//! shipped and a job of a million episodes; the ordinary tests with a few kills of a small one.

use crate::office::{all_below, episodes};
use crate::support::program::{Running, submit};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};

/// Episodes of the job, and how often the program is killed.
const SMALL: (u64, usize) = (1_000, 4);
const FULL: (u64, usize) = (1_000_000, 20);

/// What came of a job: the digest of each of its results.
type Results = BTreeMap<String, String>;

#[test]
fn killed_at_any_moment_a_job_comes_to_the_same_result_or_says_that_it_was_interrupted() {
    let (records, kills) = if std::env::var_os("JOB_KILLS").is_some() { FULL } else { SMALL };
    let place = tempfile::tempdir().expect("a folder");
    let body = episodes(records);
    let mut service = Running::start(place.path());

    let began = Instant::now();
    let id = service.submit(&body);
    let sent = began.elapsed();
    let (events, longest) = service.follow(&id);
    let took = began.elapsed();
    let last = &events.last().expect("an event").1;
    assert_eq!((&last["state"], &last["counts"]["read"]), (&"finished".into(), &records.into()), "{last}");
    println!("{records} episodes, {} bytes: sent in {sent:.1?}, done after {took:.1?}", body.len());
    println!("{} events, at most {longest:?} from one to the next; results: {}", events.len(), last["results"]);
    if records == FULL.0 {
        assert!(longest <= Duration::from_secs(1), "{longest:?}");
    }
    let undisturbed = results(&service, &id, last);
    assert_eq!(undisturbed.keys().collect::<Vec<_>>(), ["csv", "ndjson", "zip"]);
    delete(&service, &id);

    let seed = fastrand::u64(..);
    println!("seed {seed}\n\n round  killed after  which was              came to     again in  results");
    let mut moments = fastrand::Rng::with_seed(seed);
    let mut seen = BTreeMap::<String, usize>::new();
    for round in 1..=kills {
        let moment = took.mul_f64(moments.f64());
        let key = format!("Idempotency-Key: round-{round}\r\n");
        let taken = std::thread::scope(|scope| {
            let sending = scope.spawn(|| submit(&service.address, &key, &body));
            std::thread::sleep(moment);
            service.child.kill().expect("killed");
            service.child.wait().expect("ended");
            sending.join().expect("the sender ends").ok()
        });
        service = Running::start(place.path());
        let again = Instant::now();
        // Whoever has no answer sends again under the same key.
        let was = if taken.is_some() { "after it was taken" } else { "while it was sent" };
        let id = taken.unwrap_or_else(|| submit(&service.address, &key, &body).expect("taken"));
        let (events, _) = service.follow(&id);
        let (name, job) = events.last().expect("an event");
        let equal = match name.as_str() {
            "finished" => {
                assert_eq!(job["counts"]["read"], records, "round {round}");
                assert!(results(&service, &id, job) == undisturbed, "round {round}: another result");
                "the same"
            }
            "interrupted" => {
                let (status, _) = service.ask("GET", &format!("/v1/jobs/{id}/result"), "", b"");
                assert_eq!(status, 409, "round {round}");
                "none"
            }
            other => panic!("round {round}: {other}: {job}"),
        };
        println!("{round:>6}  {moment:>12.1?}  {was:<21}  {name:<10}  {:>7.1?}  {equal}", again.elapsed());
        *seen.entry(format!("{name}, results {equal}")).or_default() += 1;
        delete(&service, &id);
        let left = all_below(&place.path().join("jobs"));
        assert_eq!(left.len(), 1, "round {round}: the store alone is left: {left:?}");
    }
    println!("\n{kills} kills: {seen:?}");
}

fn delete(service: &Running, id: &str) {
    assert_eq!(service.ask("DELETE", &format!("/v1/jobs/{id}"), "", b"").0, 204);
}

/// The digests of all results that a job has.
fn results(service: &Running, id: &str, job: &Json) -> Results {
    let formats = job["results"].as_array().expect("results").iter().filter_map(|result| result["format"].as_str());
    let digest = |format: &str| {
        let path = format!("/v1/jobs/{id}/result?format={format}");
        let (status, mut stream) = service.open("GET", &path, "", b"").expect("answered");
        assert_eq!(status, 200);
        if format == "zip" { of_zip(&mut stream) } else { of_bytes(&mut stream) }
    };
    formats.map(|format| (format.to_owned(), digest(format))).collect()
}

fn of_bytes(from: &mut impl Read) -> String {
    let mut digest = Sha256::new();
    io::copy(from, &mut digest).expect("read");
    format!("{:x}", digest.finalize())
}

/// The digest of the files in a zip; of the summary only what does not tell when and in which job it was made.
fn of_zip(from: &mut impl Read) -> String {
    let mut file = tempfile::tempfile().expect("a file");
    io::copy(from, &mut file).expect("written");
    let mut zip = zip::ZipArchive::new(file).expect("a zip");
    let each = (0..zip.len()).map(|place| {
        let mut file = zip.by_index(place).expect("a file");
        let name = file.name().expect("a name").into_owned();
        assert!(Path::new(&name).file_name().is_some_and(|own| *own == *name), "{name}");
        if name.ends_with("_summary.csv") {
            return format!("{name} {:?}\n", lasting(&mut file));
        }
        format!("{name} {}\n", of_bytes(&mut file))
    });
    each.collect()
}

fn lasting(file: &mut impl Read) -> Vec<String> {
    let mut text = String::new();
    file.read_to_string(&mut text).expect("text");
    let (names, values) = text.trim_end().split_once('\n').expect("two lines");
    let values = names.trim_end().split(',').zip(values.split(','));
    values.filter(|(name, _)| !name.contains("Time") && *name != "Input Filename").map(|(_, v)| v.to_owned()).collect()
}
