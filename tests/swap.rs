//! Releases are swapped under load: no request fails, and no answer mixes two releases. The tail latency is printed
//! beside that of a run without swaps; nothing is asserted on time. A test program of its own, so that no other test
//! takes its processors.

mod support;

use axum::body::Bytes;
use hrg_grouper::bundle::signature::Policy;
use hrg_grouper::http::serve;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::TOY;
use support::archives::zip;
use support::desk::{Desk, REFERENCES, ZIP, spell};
use support::tampered::{digest, named};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Requests a second, over all connections.
const RATE: u32 = 2000;
/// Requests of a run.
const REQUESTS: usize = 6000;
/// Connections that share them.
const CONNECTIONS: usize = 16;
/// Activations during a run.
const SWAPS: usize = 50;
/// Spells in each batch of the connection that sends batches.
const BATCH: usize = 50;

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

    async fn post(&mut self, path: &str, body: &Bytes) -> (u16, String, Json) {
        let request = hyper::Request::post(path).header("host", self.1.to_string());
        let request = request.header("content-type", "application/json").body(Full::new(body.clone()));
        self.0.ready().await.expect("the connection stands");
        let response = self.0.send_request(request.expect("a request")).await.expect("an answer");
        let status = response.status().as_u16();
        let header = response.headers().get("hrg-reference-digest").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let bytes = response.into_body().collect().await.expect("a whole body").to_bytes();
        (status, header.unwrap_or_default(), serde_json::from_slice(&bytes).expect("JSON"))
    }
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
    fn add(&mut self, other: Seen) {
        self.latencies.extend(other.latencies);
        self.failed.extend(other.failed);
        for (digest, answers) in other.digests {
            *self.digests.entry(digest).or_default() += answers;
        }
    }

    /// Takes an answer: header, body and every label must be of one release.
    fn answer(&mut self, names: &BTreeMap<String, String>, answer: &(u16, String, Json)) {
        let (status, header, body) = answer;
        let digest = body["reference"]["digest"].as_str().unwrap_or_default();
        let results = body["results"].as_array();
        let labels = || results.into_iter().flatten().chain([body]).filter_map(|one| one["spell"]["label"].as_str());
        let whole = results.is_none_or(|results| results.len() == BATCH && body["summary"]["digest"] == digest);
        let name = names.get(digest);
        let one_release =
            header == digest && labels().count() > 0 && labels().all(|label| Some(label) == name.map(String::as_str));
        if *status != 200 || !whole || !one_release {
            self.failed.push(format!("{status} {header} {body}"));
        }
        *self.digests.entry(digest.to_owned()).or_default() += 1;
    }

    fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort();
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let index = ((sorted.len() - 1) as f64 * share).round() as usize;
        sorted[index].as_secs_f64() * 1000.0
    }
}

/// Sends every request of a run. Each latency counts from when the request was due, so that a stall is not hidden by
/// requests that it held back. `done` hears of every so many answers.
async fn run(
    address: SocketAddr,
    names: &Arc<BTreeMap<String, String>>,
    done: mpsc::UnboundedSender<()>,
) -> (Seen, f64) {
    let body = Bytes::from(json!({"reference": TOY, "explain": "none", "spell": spell()}).to_string());
    let batch = Bytes::from(Json::from(vec![spell(); BATCH]).to_string());
    let answered = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    let began = Instant::now();
    for _ in 0..CONNECTIONS {
        let (names, body, answered, done) = (Arc::clone(names), body.clone(), Arc::clone(&answered), done.clone());
        clients.spawn(async move {
            let mut client = Client::connect(address).await;
            let mut seen = Seen::default();
            let mut due =
                tokio::time::interval(Duration::from_secs(1) * u32::try_from(CONNECTIONS).expect("few") / RATE);
            for _ in 0..REQUESTS / CONNECTIONS {
                let due = due.tick().await;
                let answer = client.post("/v1/group/apc", &body).await;
                seen.latencies.push(due.elapsed());
                seen.answer(&names, &answer);
                if (answered.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(REQUESTS / (SWAPS + 1)) {
                    let _ = done.send(());
                }
            }
            seen
        });
    }
    // Long requests, which swaps overtake, each sent when the one before has been answered.
    let names = Arc::clone(names);
    clients.spawn(async move {
        let mut client = Client::connect(address).await;
        let mut seen = Seen::default();
        while answered.load(Ordering::Relaxed) < REQUESTS {
            let answer = client.post(&format!("/v1/group/apc/batch?reference={TOY}"), &batch).await;
            seen.answer(&names, &answer);
        }
        seen
    });
    drop(done);
    let mut seen = Seen::default();
    while let Some(of_one) = clients.join_next().await {
        seen.add(of_one.expect("the client ran to its end"));
    }
    (seen, began.elapsed().as_secs_f64())
}

fn report(words: &str, seen: &Seen, seconds: f64) {
    #[allow(clippy::cast_precision_loss)]
    let rate = REQUESTS as f64 / seconds;
    let [p50, p99, p999, most] = [0.5, 0.99, 0.999, 1.0].map(|share| seen.percentile(share));
    println!(
        "{words}: {REQUESTS} requests at {rate:.0}/s, p50 {p50:.2} ms, p99 {p99:.2} ms, p99.9 {p999:.2} ms, most {most:.2} ms; {} answers failed or mixed",
        seen.failed.len()
    );
}

#[test]
fn fifty_activations_under_load_fail_no_request_and_mix_no_answer() {
    let place = tempfile::tempdir().expect("a folder");
    let desk = Desk::open(Some(place.path()), Policy::default());
    let mut names = BTreeMap::new();
    for name in ["First", "Second"] {
        assert_eq!(desk.upload("?activate=true", ZIP, zip(&named(name))).status, 201);
        names.insert(digest(&named(name)), name.to_owned());
    }
    let names = Arc::new(names);
    let digests: Vec<String> = names.keys().cloned().collect();
    let (app, public, admin) = (desk.app.clone(), desk.public.clone(), desk.admin.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (without, with, activations) = runtime.block_on(async move {
        let bind = async || TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (public_door, admin_door) = (bind().await, bind().await);
        let [public_address, admin_address] =
            [&public_door, &admin_door].map(|door| door.local_addr().expect("an address"));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let service = tokio::spawn(serve(app, vec![(public_door, public), (admin_door, admin)], async {
            let _ = stopped.await;
        }));

        let (quiet, _) = mpsc::unbounded_channel();
        let without = run(public_address, &names, quiet).await;

        let (due, mut is_due) = mpsc::unbounded_channel();
        let operator = tokio::spawn(async move {
            let mut client = Client::connect(admin_address).await;
            let mut activations = 0;
            while activations < SWAPS && is_due.recv().await.is_some() {
                // Each time the one that is not active.
                let digest = &digests[activations % digests.len()];
                let body = Bytes::from(json!({"digest": digest}).to_string());
                let (status, _, answer) = client.post(&format!("{REFERENCES}/{TOY}/activate"), &body).await;
                assert_eq!((status, answer["active"].as_str()), (200, Some(digest.as_str())), "{answer}");
                activations += 1;
            }
            activations
        });
        let with = run(public_address, &names, due).await;
        let activations = operator.await.expect("the operator ran to the end");
        let _ = stop.send(());
        service.await.expect("joined").expect("the service ended well");
        (without, with, activations)
    });

    report("without swaps", &without.0, without.1);
    report(&format!("with {activations} swaps"), &with.0, with.1);
    assert_eq!(activations, SWAPS);
    for (seen, releases) in [(&without.0, 1), (&with.0, 2)] {
        assert_eq!(seen.failed, Vec::<String>::new());
        assert_eq!(seen.latencies.len(), REQUESTS / CONNECTIONS * CONNECTIONS);
        assert_eq!(seen.digests.len(), releases, "{:?}", seen.digests);
    }
    assert!(with.0.digests.values().all(|answers| *answers > REQUESTS / 10), "{:?}", with.0.digests);
}
