//! Releases are swapped under load: no request fails, and no answer mixes two releases. The tail latency is printed
//! beside that of a run without swaps; nothing is asserted on time. A test program of its own, so that no other test
//! takes its processors. For figures of the program as it is shipped, and a longer run: `make swap-load`.

mod support;

use axum::body::Bytes;
use hrg_grouper::bundle::Files;
use hrg_grouper::bundle::signature::Policy;
use hrg_grouper::http::{Door, serve};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::TOY;
use support::archives::zip;
use support::desk::{Desk, REFERENCES, ZIP, spell};
use support::tampered::{digest, edit, sealed, toy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// Requests a second, over all connections.
const RATE: u32 = 2000;
/// Requests of a run; more where the activations take longer.
const REQUESTS: u32 = if cfg!(debug_assertions) { 6_000 } else { 30_000 };
/// Connections that share them.
const CONNECTIONS: u32 = 16;
/// Long requests a second at most, over one more connection.
const LONG_RATE: u32 = 200;
/// Activations during a run.
const SWAPS: u32 = 50;
/// Spells in each batch of the connection that sends long requests.
const BATCH: usize = 50;

/// What a release makes of the spell: its HRG, and the label that only this release has for it.
type Outcome = (&'static str, &'static str);

/// Two releases that part in a score, and so in the HRG, and in a label: which tables answered shows in every result.
fn releases() -> [(Files, Outcome); 2] {
    let relabelled = |mut files: Files, from: &str, to: &str| {
        edit(&mut files, "hrgs", from, to);
        sealed(files)
    };
    let mut scored = toy();
    edit(&mut scored, "cc_scores", "RA,C020,2", "RA,C020,1");
    [
        (relabelled(scored, "\"Toy disorder A, with CC Score 0-1\"", "First"), ("RA10C", "First")),
        (relabelled(toy(), "\"Toy disorder A, with CC Score 2-4\"", "Second"), ("RA10B", "Second")),
    ]
}

/// A request, and what its answer must hold.
#[derive(Clone)]
struct Ask {
    method: &'static str,
    path: String,
    body: Bytes,
    /// Spells that are answered.
    spells: usize,
    /// Digests in the body.
    digests: usize,
    /// Whether the header names the release.
    header: bool,
}

/// One spell; then what takes longer or names several releases, so that swaps overtake it.
fn asks() -> (Ask, [Ask; 4]) {
    let mut spell = spell();
    spell["episodes"][0]["diag"] = json!(["D100", "C020"]);
    let ask = |method, path: String, body: &Json, spells, digests, header| Ask {
        method,
        path,
        body: if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) },
        spells,
        digests,
        header,
    };
    let (auto, day) = (json!("auto"), "2099-06-30");
    let one = json!({"reference": TOY, "explain": "none", "spell": spell});
    let chosen = json!({"reference": auto, "purpose": "payment", "dischargeDate": day, "spell": spell});
    let several = json!({"references": [TOY, auto, TOY], "purpose": "payment", "dischargeDate": day, "spell": spell});
    let batch = Json::from(vec![spell; BATCH]);
    let single = || "/v1/group/apc".to_owned();
    (
        ask("POST", single(), &one, 1, 1, true),
        [
            ask("POST", format!("/v1/group/apc/batch?reference={TOY}"), &batch, BATCH, 2, true),
            ask("POST", "/v1/compare".to_owned(), &several, 3, 3, false),
            ask("POST", single(), &chosen, 1, 2, true), // with its trace, which names the release again
            ask("GET", format!("/v1/references/{TOY}/diff/{TOY}"), &Json::Null, 0, 2, false),
        ],
    )
}

/// An answer, read.
struct Answer {
    status: u16,
    header: Option<String>,
    body: Json,
}

/// One connection that is kept.
struct Client(SendRequest<Full<Bytes>>, SocketAddr);

impl Client {
    async fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).await.expect("connected");
        stream.set_nodelay(true).expect("no delay");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("an HTTP connection");
        tokio::spawn(connection);
        Client(sender, address)
    }

    /// Sends a request; an error where there is no whole answer.
    async fn send(&mut self, method: &str, path: &str, body: &Bytes) -> Result<Answer, String> {
        let request = hyper::Request::builder().method(method).uri(path).header("host", self.1.to_string());
        let request = request.header("content-type", "application/json").body(Full::new(body.clone()));
        self.0.ready().await.map_err(|fault| format!("the connection is gone: {fault}"))?;
        let response = self.0.send_request(request.expect("a request")).await;
        let response = response.map_err(|fault| format!("no answer: {fault}"))?;
        let status = response.status().as_u16();
        let header = response.headers().get("hrg-reference-digest").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let body = response.into_body().collect().await.map_err(|fault| format!("half an answer: {fault}"))?;
        let body = serde_json::from_slice(&body.to_bytes()).map_err(|fault| format!("no JSON: {fault}"))?;
        Ok(Answer { status, header, body })
    }
}

/// Every value of that name, however deep.
fn gather<'j>(json: &'j Json, name: &str, found: &mut Vec<&'j Json>) {
    match json {
        Json::Object(object) => {
            for (key, value) in object {
                if key == name {
                    found.push(value);
                }
                gather(value, name, found);
            }
        }
        Json::Array(array) => array.iter().for_each(|value| gather(value, name, found)),
        _ => {}
    }
}

/// The digest of the one release that made all of the answer; where that cannot be said, what is wrong with it.
fn one_release(ask: &Ask, answer: &Answer, expected: &BTreeMap<String, Outcome>) -> Result<String, String> {
    let (mut digests, mut spells) = (Vec::new(), Vec::new());
    gather(&answer.body, "digest", &mut digests);
    gather(&answer.body, "spell", &mut spells);
    let wrong = |words: &str| Err(format!("{words}: {} {} {:?}", answer.status, answer.body, answer.header));
    if answer.status != 200 || digests.len() != ask.digests || spells.len() != ask.spells {
        return wrong("no whole answer");
    }
    let digest = digests.first().and_then(|digest| digest.as_str()).unwrap_or_default();
    let Some((hrg, label)) = expected.get(digest) else { return wrong("an unknown release") };
    if digests.iter().any(|other| *other != digest) || answer.header.as_deref() != ask.header.then_some(digest) {
        return wrong("several digests");
    }
    if spells.iter().any(|spell| spell["hrg"] != *hrg || spell["label"] != *label) {
        return wrong("a result of another release");
    }
    if answer.body["rows"].as_array().is_some_and(|rows| !rows.is_empty()) {
        return wrong("a release that differs from itself");
    }
    Ok(digest.to_owned())
}

/// What a run saw.
#[derive(Default)]
struct Seen {
    latencies: Vec<Duration>,
    /// Answers by digest.
    digests: BTreeMap<String, usize>,
    failed: Vec<String>,
}

impl Seen {
    async fn ask(&mut self, client: &mut Client, ask: &Ask, expected: &BTreeMap<String, Outcome>) {
        let answer = client.send(ask.method, &ask.path, &ask.body).await;
        match answer.and_then(|answer| one_release(ask, &answer, expected)) {
            Ok(digest) => *self.digests.entry(digest).or_default() += 1,
            Err(words) => {
                self.failed.push(format!("{} {}: {words}", ask.method, ask.path));
                *client = Client::connect(client.1).await;
            }
        }
    }

    fn add(&mut self, other: Seen) {
        self.latencies.extend(other.latencies);
        self.failed.extend(other.failed);
        for (digest, answers) in other.digests {
            *self.digests.entry(digest).or_default() += answers;
        }
    }

    fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort();
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let index = ((sorted.len() - 1) as f64 * share).round() as usize;
        sorted[index].as_secs_f64() * 1000.0
    }
}

/// Sends every request of a run, and goes on until `swapped`. Each latency counts from when the request was due, so that
/// a stall is not hidden by requests that it held back.
async fn run(address: SocketAddr, expected: &Arc<BTreeMap<String, Outcome>>, swapped: &Arc<AtomicBool>) -> (Seen, f64) {
    let (single, long) = asks();
    let busy = Arc::new(AtomicUsize::new(CONNECTIONS as usize));
    let mut clients = JoinSet::new();
    let began = Instant::now();
    for _ in 0..CONNECTIONS {
        let (expected, single) = (Arc::clone(expected), single.clone());
        let (busy, swapped) = (Arc::clone(&busy), Arc::clone(swapped));
        clients.spawn(async move {
            let mut client = Client::connect(address).await;
            let mut seen = Seen::default();
            let mut due = interval(Duration::from_secs(1) * CONNECTIONS / RATE);
            let mut left = REQUESTS / CONNECTIONS;
            while left > 0 || !swapped.load(Ordering::Relaxed) {
                let due = due.tick().await;
                seen.ask(&mut client, &single, &expected).await;
                seen.latencies.push(due.elapsed());
                left = left.saturating_sub(1);
            }
            busy.fetch_sub(1, Ordering::Relaxed);
            seen
        });
    }
    // Long requests beside them, not so many that they alone fill the processors.
    let expected = Arc::clone(expected);
    clients.spawn(async move {
        let mut client = Client::connect(address).await;
        let mut seen = Seen::default();
        let mut due = interval(Duration::from_secs(1) / LONG_RATE);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for ask in long.iter().cycle() {
            due.tick().await;
            if busy.load(Ordering::Relaxed) == 0 {
                break;
            }
            seen.ask(&mut client, ask, &expected).await;
        }
        seen
    });
    let mut seen = Seen::default();
    while let Some(of_one) = clients.join_next().await {
        seen.add(of_one.expect("the client ran to its end"));
    }
    (seen, began.elapsed().as_secs_f64())
}

/// Activates the one that is not active, again and again over the run; each time the next request has it at once.
async fn swap(
    admin: SocketAddr,
    public: SocketAddr,
    expected: Arc<BTreeMap<String, Outcome>>,
    swapped: Arc<AtomicBool>,
) {
    let (mut operator, mut caller) = (Client::connect(admin).await, Client::connect(public).await);
    let (single, _) = asks();
    let mut due = interval(Duration::from_secs(1) * REQUESTS / RATE / SWAPS);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for digest in expected.keys().cycle().take(SWAPS as usize) {
        due.tick().await;
        let body = Bytes::from(json!({"digest": digest}).to_string());
        let answer = operator.send("POST", &format!("{REFERENCES}/{TOY}/activate"), &body).await.expect("an answer");
        assert_eq!((answer.status, &answer.body["active"]), (200, &json!(digest)), "{}", answer.body);
        let answer = caller.send(single.method, &single.path, &single.body).await.expect("an answer");
        assert_eq!(one_release(&single, &answer, &expected).as_ref(), Ok(digest));
    }
    swapped.store(true, Ordering::Relaxed);
}

fn report(words: &str, seen: &Seen, seconds: f64) {
    let requests = seen.latencies.len();
    #[allow(clippy::cast_precision_loss)]
    let rate = requests as f64 / seconds;
    let [p50, p99, p999, most] = [0.5, 0.99, 0.999, 1.0].map(|share| seen.percentile(share));
    let long = seen.digests.values().sum::<usize>() + seen.failed.len() - requests;
    println!(
        "{words}: {requests} requests at {rate:.0}/s beside {long} long ones, p50 {p50:.2} ms, p99 {p99:.2} ms, p99.9 {p999:.2} ms, most {most:.2} ms; {} answers failed or mixed",
        seen.failed.len()
    );
}

#[test]
fn fifty_activations_under_load_fail_no_request_and_mix_no_answer() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = Desk::open(Some(place.path()), Policy::default());
    let mut expected = BTreeMap::new();
    for (files, result) in releases() {
        assert_eq!(desk.upload("", ZIP, zip(&files)).status, 201);
        expected.insert(digest(&files), result);
    }
    // The run without swaps is of the last; the first swap brings the other.
    assert_eq!(desk.activate(expected.keys().next_back().expect("two")).status, 200);
    let expected = Arc::new(expected);
    let (app, public, admin) = (desk.app.clone(), desk.public.clone(), desk.admin.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (without, with) = runtime.block_on(async move {
        let bind = async || TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (public_door, admin_door) = (bind().await, bind().await);
        let [public_address, admin_address] =
            [&public_door, &admin_door].map(|door| door.local_addr().expect("an address"));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let service =
            tokio::spawn(serve(app, vec![Door::new(public_door, public), Door::new(admin_door, admin)], async {
                let _ = stopped.await;
            }));

        let without = run(public_address, &expected, &Arc::new(AtomicBool::new(true))).await;

        let swapped = Arc::new(AtomicBool::new(false));
        let operator = tokio::spawn(swap(admin_address, public_address, Arc::clone(&expected), Arc::clone(&swapped)));
        // Where the operator ends early, so does the run.
        let (with, operator) = tokio::join!(run(public_address, &expected, &swapped), async {
            let ended = operator.await;
            swapped.store(true, Ordering::Relaxed);
            ended
        });
        operator.expect("every activation was answered, and seen by the next request");
        let _ = stop.send(());
        service.await.expect("joined").expect("the service ended well");
        (without, with)
    });

    report("without swaps", &without.0, without.1);
    report(&format!("with {SWAPS} swaps"), &with.0, with.1);
    for (seen, releases) in [(&without.0, 1), (&with.0, 2)] {
        let first: Vec<&String> = seen.failed.iter().take(3).collect();
        assert!(first.is_empty(), "{} answers failed or mixed, such as {first:#?}", seen.failed.len());
        assert!(seen.latencies.len() >= (REQUESTS / CONNECTIONS * CONNECTIONS) as usize);
        assert_eq!(seen.digests.len(), releases, "{:?}", seen.digests);
    }
}
