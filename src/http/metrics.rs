//! `GET /metrics` on the admin listener: the counters, and what is so at the moment.

use super::admin::Admin;
use super::error::ApiError;
use super::state::App;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;

/// The media type of what is written.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is measured of a service.
#[derive(Debug)]
pub(super) struct Measured {
    app: App,
    list: Registry,
}

impl Measured {
    pub(super) fn of(app: App) -> Measured {
        let mut list = Registry::default();
        app.meters.register(&mut list);
        list.register_collector(Box::new(Now(app.clone())));
        Measured { app, list }
    }
}

/// Metrics for Prometheus.
///
/// Requests by route, method and status, times, results by method and by message, jobs, releases, the queue of the book of
/// decisions, memory and open files.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "get_metrics",
    tag = "metrics",
    responses((status = 200, description = "In the form of OpenMetrics", body = String, content_type = "application/openmetrics-text"))
)]
pub(super) async fn get_metrics(State(admin): State<Admin>) -> Response {
    let Measured { app, list } = &*admin.measured;
    for (dataset, tally) in app.jobs().map(|jobs| jobs.take_tallies()).unwrap_or_default() {
        app.meters.grouped(dataset, &tally);
    }
    let mut text = String::new();
    match encode(&mut text, list) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(fmt::Error) => ApiError::Internal.into_response(),
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRelease {
    id: String,
    digest: String,
    status: String,
    active: &'static str,
}

/// What is looked at when it is asked for.
#[derive(Debug)]
struct Now(App);

impl Collector for Now {
    fn encode(&self, mut out: DescriptorEncoder<'_>) -> fmt::Result {
        let Now(app) = self;
        let gate = &app.gate;
        gauge(&mut out, "hrg_http_in_flight", "Requests that run", gate.running())?;
        counter(&mut out, "hrg_http_shed", "Requests refused since as many ran as may", gate.shed())?;
        counter(
            &mut out,
            "hrg_http_rate_limited",
            "Requests refused since their client sends too many",
            gate.limited(),
        )?;
        for release in app.shelf.all().values() {
            let identity = &release.identity;
            let (id, digest) = (identity.id.clone(), identity.digest.clone());
            let of = OfRelease { id, digest, status: identity.status.to_string(), active: "true" };
            labelled(&mut out, "hrg_reference_info", "The releases that answer", &of, 1)?;
        }
        if let Some(jobs) = app.jobs() {
            for (state, count) in jobs.counts() {
                labelled(&mut out, "hrg_jobs", "Jobs by state", &OfState { state }, count)?;
            }
            counter(&mut out, "hrg_job_records", "Records that jobs have worked on", jobs.records())?;
        }
        if let Some(book) = &app.book {
            gauge(&mut out, "hrg_audit_queue_length", "Lines of the book that wait", book.waiting())?;
            counter(&mut out, "hrg_audit_dropped", "Lines of the book that were lost", book.lost())?;
        }
        if let Some(bytes) = resident_bytes() {
            gauge(&mut out, "process_resident_memory_bytes", "Memory that is used", bytes)?;
        }
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            gauge(&mut out, "process_open_fds", "Open files", files.count())?;
        }
        Ok(())
    }
}

fn gauge(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: usize) -> fmt::Result {
    let metric = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    metric.encode(out.encode_descriptor(name, help, None, metric.metric_type())?)
}

fn counter(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    let metric = ConstCounter::new(value);
    metric.encode(out.encode_descriptor(name, help, None, metric.metric_type())?)
}

fn labelled(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    of: &impl EncodeLabelSet,
    value: usize,
) -> fmt::Result {
    let metric = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    let mut described = out.encode_descriptor(name, help, None, metric.metric_type())?;
    metric.encode(described.encode_family(of)?)
}

/// Memory of the process, where the system says.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    kilobytes.trim().parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}
