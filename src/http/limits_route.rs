//! `GET /v1/limits`: what a caller may send.

use super::access::Owner;
use super::limits::{COMPARED, DIFF_ROWS, Limits};
use super::state::App;
use crate::batch;
use crate::jobs;
use crate::record::size::{MAX_DAYS, MAX_EPISODES, MAX_POSITIONS};
use crate::what_if::{MAX_EDITS, MAX_EPISODES_TRIED};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route of limits.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_limits))
}

/// Every limit, as numbers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LimitsAnswer {
    /// Whose they are; `anonymous` where callers are not known.
    #[schema(example = "key:trust-a")]
    client: String,
    single: SingleLimits,
    batch: BatchLimits,
    stream: StreamLimits,
    jobs: JobLimits,
    service: ServiceLimits,
    /// How often the client may ask; null where that is not limited.
    #[schema(nullable)]
    rate: Option<RateLimits>,
}

/// One spell or record, or days.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SingleLimits {
    /// Bytes of the body.
    bytes: usize,
    /// Episodes of a spell.
    episodes: usize,
    /// Codes in each list of an episode or record.
    codes: usize,
    /// Critical care days.
    days: usize,
    /// Releases that a spell is compared under.
    compared: usize,
    /// Variants of a spell that are tried at once.
    variants: usize,
    /// Episodes of all variants together.
    variant_episodes: usize,
    /// Rows of a difference between releases, where `limit` does not say otherwise.
    difference_rows: usize,
}

/// A batch that is not streamed, or a file to check.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BatchLimits {
    /// Bytes of the body as sent.
    sent_bytes: usize,
    /// Bytes of the body unpacked.
    unpacked_bytes: usize,
    /// Spells or records.
    items: usize,
    /// Spells or records where traces are asked for.
    explained_items: usize,
}

/// A batch that is streamed. Its body may be of any size.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StreamLimits {
    /// Bytes of a line.
    line_bytes: usize,
    /// Streams at once, of all clients together.
    at_once: usize,
    /// Seconds in which nothing is sent.
    idle_seconds: u64,
    /// Seconds in which nothing of the answer is taken.
    stall_seconds: u64,
}

/// Jobs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JobLimits {
    /// Bytes of the file as sent.
    sent_bytes: u64,
    /// Bytes of the file unpacked.
    unpacked_bytes: u64,
    /// Bytes of a file that is checked, unpacked.
    checked_bytes: u64,
    /// Lines of the file.
    lines: u64,
    /// Jobs of the client that wait or run.
    waiting: usize,
    /// Jobs of the client that are kept.
    kept: usize,
    /// Files that are on their way in, of all clients together.
    uploads: usize,
    /// Seconds in which nothing of the file is sent.
    stall_seconds: u64,
    /// Hours that a job is kept from its end; null where the service takes no jobs.
    #[schema(nullable)]
    kept_hours: Option<i64>,
}

/// Every request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ServiceLimits {
    /// Seconds that a request may take; a job's file and a stream have limits of their own.
    request_seconds: u64,
    /// Requests that are worked on at once, of all clients together.
    requests: usize,
    /// Batches, checks, comparisons, look-ups and long singles that are computed at once, of all clients together.
    work: usize,
    /// Connections at once, of all clients together.
    connections: usize,
    /// Seconds in which the head of a request arrives.
    header_seconds: u64,
    /// Seconds that a connection may stay without a request.
    idle_seconds: u64,
}

/// How often the client may ask.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RateLimits {
    /// Requests a second.
    per_second: u32,
    /// Requests at once.
    burst: u32,
}

/// Every limit, as numbers, for the client that asks.
#[utoipa::path(
    get,
    path = "/v1/limits",
    operation_id = "get_limits",
    tag = "limits",
    responses((status = 200, description = "The limits", body = LimitsAnswer))
)]
async fn get_limits(State(app): State<App>, owner: Owner) -> Json<LimitsAnswer> {
    let limits: &Limits = &app.limits;
    let own = app.jobs().map(|jobs| jobs.settings().clone());
    let jobs = own.clone().unwrap_or_else(|| jobs::Settings {
        sent_bytes: limits.job_bytes,
        unpacked_bytes: limits.job_unpacked_bytes,
        lines: limits.job_lines,
        waiting: limits.jobs_waiting,
        kept: limits.jobs_kept,
        uploads: limits.job_uploads,
        ..jobs::Settings::default()
    });
    Json(LimitsAnswer {
        client: owner.0.to_string(),
        single: SingleLimits {
            bytes: limits.single_bytes,
            episodes: MAX_EPISODES,
            codes: MAX_POSITIONS,
            days: MAX_DAYS,
            compared: COMPARED.1,
            variants: MAX_EDITS,
            variant_episodes: MAX_EPISODES_TRIED,
            difference_rows: DIFF_ROWS,
        },
        batch: BatchLimits {
            sent_bytes: limits.batch_bytes,
            unpacked_bytes: limits.batch_bytes,
            items: limits.batch_spells,
            explained_items: limits.batch_spells_explained,
        },
        stream: StreamLimits {
            line_bytes: batch::Limits::default().line_bytes,
            at_once: limits.streams,
            idle_seconds: limits.stream_idle_seconds,
            stall_seconds: limits.stream_stall_seconds,
        },
        jobs: JobLimits {
            sent_bytes: jobs.sent_bytes,
            unpacked_bytes: jobs.unpacked_bytes,
            checked_bytes: jobs.whole_bytes,
            lines: jobs.lines,
            waiting: jobs.waiting,
            kept: jobs.kept,
            uploads: jobs.uploads,
            stall_seconds: limits.job_stall_seconds,
            kept_hours: own.map(|jobs| jobs.keep.as_hours()),
        },
        service: ServiceLimits {
            request_seconds: limits.seconds,
            requests: limits.requests,
            work: limits.work(),
            connections: limits.connections,
            header_seconds: limits.header_seconds,
            idle_seconds: limits.idle_seconds,
        },
        rate: app.rate().map(|(per_second, burst)| RateLimits { per_second, burst }),
    })
}
