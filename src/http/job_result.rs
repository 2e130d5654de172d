//! The result of a finished job, whole or a range of its bytes.

use super::access::Owner;
use super::answer::{DECISION, DIGEST, REFERENCE};
use super::error::{ApiError, Problem};
use super::job_answer::{Accepted, wanted};
use super::job_refusal::JobRefusal;
use super::jobs::{blocking, find, jobs_of, unkept};
use super::state::App;
use crate::jobs::record::{Format, Record, ReleaseName, State as JobState};
use crate::jobs::{Opener, View};
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt;
use http_range_header::parse_range_header;
use serde::Deserialize;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use tokio::task::spawn_blocking;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes that are opened at a time.
const PIECE: u64 = 64 * 1024;

/// The route of results.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_job_result))
}

/// Query of a result.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResultQuery {
    /// The form, where Accept does not say it.
    #[param(inline)]
    format: Option<Format>,
}

/// The result of a finished job: NDJSON, CSV, or the files of the official program in a zip.
///
/// A table (CSV) that is grouped has all three: the zip holds what `hrg group` makes of it. Other jobs have the first two.
/// `Range` asks for a part of the bytes, `If-Range` with the `ETag` says of which result.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/result",
    operation_id = "get_job_result",
    tag = "jobs",
    params(
        ("id" = String, Path, description = "Id of the job"),
        ResultQuery,
        ("Range" = Option<String>, Header, description = "One range of bytes, such as `bytes=1000-`"),
        ("If-Range" = Option<String>, Header, description = "The `ETag` of the result that the range is of")
    ),
    responses(
        (status = 200, description = "The result", content((String = "application/x-ndjson"), (String = "text/csv"), (String = "application/zip")), headers(("ETag" = String), ("Accept-Ranges" = String))),
        (status = 206, description = "The range of it", content((String = "application/x-ndjson"), (String = "text/csv"), (String = "application/zip")), headers(("ETag" = String), ("Content-Range" = String))),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "The job has no result of that form", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The job has not finished", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The job's time is over", body = Problem, content_type = "application/problem+json"),
        (status = 416, description = "The result has no such bytes", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The query is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 501, description = "The service has no folder for jobs", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "It cannot be read just now", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_job_result(
    State(app): State<App>,
    owner: Owner,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let jobs = jobs_of(&app)?;
    let query: ResultQuery = serde_urlencoded::from_str(query.as_deref().unwrap_or_default())
        .map_err(|_| ApiError::Query("the query takes `format` as ndjson, csv or zip".to_owned()))?;
    let View { record, .. } = find(&jobs, &owner, id).await?;
    match record.state {
        JobState::Finished => {}
        _ if record.failure.is_some() => return Err(JobRefusal::Failed.into()),
        _ => return Err(JobRefusal::NotFinished.into()),
    }
    let said = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let there: Vec<Format> = record.results.iter().map(|kept| kept.format).collect();
    let accepted = Accepted { format: query.format, accept: said(header::ACCEPT) };
    let format = wanted(&accepted, &there).ok_or(JobRefusal::NotAcceptable)?;
    let etag = format!("\"{}.{}\"", record.id, format.name());
    let kept = record.clone();
    let (mut opener, kept) = blocking(move || jobs.open_result(&kept, format)).await?;
    let asked = said(header::RANGE).filter(|_| said(header::IF_RANGE).is_none_or(|of| of == etag));
    let part = asked.map(|range| part(range, kept.bytes)).transpose()?.flatten();
    let (from, length) = match &part {
        Some(part) => (*part.start(), part.end() - part.start() + 1),
        None => (0, kept.bytes),
    };
    if from > 0 {
        opener = blocking(move || {
            opener.go_to(from)?;
            Ok(opener)
        })
        .await?;
    }
    let mut response = Response::new(Body::from_stream(pieces(opener, length)));
    let mut set = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    };
    if let Some(part) = &part {
        set(header::CONTENT_RANGE, format!("bytes {}-{}/{}", part.start(), part.end(), kept.bytes));
    }
    set(header::CONTENT_TYPE, format.media_type().to_owned());
    set(header::CONTENT_LENGTH, length.to_string());
    set(header::ACCEPT_RANGES, "bytes".to_owned());
    set(header::ETAG, etag);
    set(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{}\"", record.id, format.name()));
    name_decision(&record, response.headers_mut());
    if part.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(unkept(response))
}

/// Names the releases, and the decision, which is the job: so both that it was taken and that its result was given out stand in
/// the book.
pub(super) fn name_decision(record: &Record, headers: &mut HeaderMap) {
    let releases = [(REFERENCE, joined(record, |name| &name.id)), (DIGEST, joined(record, |name| &name.digest))];
    for (name, value) in releases.into_iter().chain([(DECISION, record.id.clone())]) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

fn joined(record: &Record, of: fn(&ReleaseName) -> &str) -> String {
    record.order.references.iter().map(of).collect::<Vec<_>>().join(",")
}

/// The range that is asked for; none where it is no range of bytes, or several, and all of it is the answer.
fn part(range: &str, bytes: u64) -> Result<Option<RangeInclusive<u64>>, ApiError> {
    let Ok(ranges) = parse_range_header(range) else { return Ok(None) };
    match ranges.validate(bytes) {
        Ok(ranges) => Ok(<[_; 1]>::try_from(ranges).ok().map(|[range]| range)),
        Err(_) => Err(JobRefusal::Range(bytes).into()),
    }
}

/// Opens a result piece by piece; no thread waits for a slow reader.
fn pieces(opener: Opener, length: u64) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    let pieces = futures_util::stream::unfold(Some((opener, length)), |rest| async {
        let (mut opener, left) = rest.filter(|(_, left)| *left > 0)?;
        let piece = spawn_blocking(move || {
            let mut piece = Vec::new();
            let read = (&mut opener).take(PIECE.min(left)).read_to_end(&mut piece);
            let read =
                read.and_then(|read| if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(read) });
            (read.map(|_| Bytes::from(piece)), opener)
        });
        match piece.await {
            Ok((Ok(piece), opener)) => {
                let left = left.saturating_sub(piece.len() as u64);
                Some((Ok(piece), Some((opener, left))))
            }
            Ok((Err(fault), _)) => {
                tracing::error!(fault = %fault.kind(), "a result could not be read");
                Some((Err(fault), None))
            }
            Err(fault) => Some((Err(io::Error::other(fault)), None)),
        }
    });
    // Whoever packs an answer asks again after its end.
    pieces.fuse()
}
