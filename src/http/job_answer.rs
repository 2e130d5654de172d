//! What the interface says of a job, and which of its results a caller means.

use crate::jobs::View;
use crate::jobs::record::{Counts, Failure, Format, Kind, ReleaseName, State};
use crate::reference::Dataset;
use serde::Serialize;
use utoipa::ToSchema;

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobAnswer {
    /// Its id.
    id: String,
    /// What is done.
    kind: Kind,
    /// The dataset.
    dataset: Dataset,
    /// The release, or those that are compared, as they were when the job came.
    references: Vec<ReleaseName>,
    /// Where it stands.
    state: State,
    /// Bytes of the file as sent.
    sent_bytes: u64,
    /// When it came.
    #[schema(example = "2030-01-15T12:00:00Z")]
    created_at: String,
    /// When it last began to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// When its files are erased.
    expires_at: String,
    /// How far it is, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressAnswer>,
    /// Counts, once it is finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    /// Its results, once it is finished: they are whole and on the disk.
    results: Vec<ResultAnswer>,
    /// Why it came to no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

/// How far a job is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProgressAnswer {
    /// The share of the work that is done, 0 to 1.
    share: f64,
    /// The result that is being made: they are made one after another, and given out once all are whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    making: Option<Format>,
    /// Records of that result so far.
    records: u64,
    /// Records of the file so far with an HRG, where they are grouped.
    #[serde(skip_serializing_if = "Option::is_none")]
    grouped: Option<u64>,
    /// UZ01Z.
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid: Option<u64>,
    /// Not to be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected: Option<u64>,
    /// Records of that result a second.
    records_per_second: f64,
    /// Seconds until the job is done, as it looks now.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_left: Option<f64>,
}

/// A result of a job.
#[derive(Debug, Serialize, ToSchema)]
struct ResultAnswer {
    /// Its form.
    format: Format,
    /// Its length in bytes.
    bytes: u64,
    /// Where it is.
    href: String,
}

impl JobAnswer {
    /// What is said of a job.
    pub fn of(View { record, progress, .. }: &View) -> JobAnswer {
        let round = |number: f64| (number * 1000.0).round() / 1000.0;
        let result = |format: Format, bytes| ResultAnswer {
            format,
            bytes,
            href: format!("/v1/jobs/{}/result?format={}", record.id, format.name()),
        };
        JobAnswer {
            id: record.id.clone(),
            kind: record.order.kind,
            dataset: record.order.dataset,
            references: record.order.references.clone(),
            state: record.state,
            sent_bytes: record.sent_bytes,
            created_at: record.created.to_string(),
            started_at: record.started.map(|time| time.to_string()),
            ended_at: record.ended.map(|time| time.to_string()),
            expires_at: record.expires.to_string(),
            progress: progress.map(|progress| ProgressAnswer {
                share: round(progress.share),
                making: progress.making,
                records: progress.records,
                grouped: progress.outcomes.map(|[grouped, _, _]| grouped),
                invalid: progress.outcomes.map(|[_, invalid, _]| invalid),
                rejected: progress.outcomes.map(|[_, _, rejected]| rejected),
                records_per_second: round(progress.rate),
                seconds_left: progress.seconds_left.map(round),
            }),
            counts: record.counts.clone(),
            results: record.results.iter().map(|kept| result(kept.format, kept.bytes)).collect(),
            failure: record.failure.clone(),
        }
    }
}

/// What a caller says of the form.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<'a> {
    /// By the query.
    pub format: Option<Format>,
    /// By the header.
    pub accept: Option<&'a str>,
}

/// The result that is meant, of those that are there. The query stands above the header.
pub fn wanted(asked: &Accepted<'_>, there: &[Format]) -> Option<Format> {
    if let Some(format) = asked.format {
        return there.contains(&format).then_some(format);
    }
    let mut best: Option<(f64, Format)> = None;
    for format in Format::ALL.into_iter().filter(|format| there.contains(format)) {
        let weight = weight(asked.accept.unwrap_or("*/*"), format.media_type());
        if weight > best.map_or(0.0, |(weight, _)| weight) {
            best = Some((weight, format));
        }
    }
    best.map(|(_, format)| format)
}

/// How much the header asks for a media type: the weight of the range that names it most closely.
fn weight(accept: &str, media_type: &str) -> f64 {
    let class = media_type.split('/').next().unwrap_or_default();
    let mut closest = (0, 0.0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let name = parts.next().unwrap_or_default();
        let closeness = match name.as_str() {
            "*/*" => 1,
            name if name.strip_suffix("/*") == Some(class) => 2,
            name if name == media_type => 3,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        if closeness > closest.0 {
            closest = (closeness, weight);
        }
    }
    closest.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_stands_above_the_header_and_the_closest_range_decides() {
        use Format::{Csv, Ndjson, Zip};
        let all = &Format::ALL[..];
        for (format, accept, there, meant) in [
            (None, None, all, Some(Ndjson)),
            (None, Some("*/*"), all, Some(Ndjson)),
            (None, Some("text/csv"), all, Some(Csv)),
            (None, Some("TEXT/CSV; q=0.5, */*;q=0.1"), all, Some(Csv)),
            (None, Some("text/*, application/zip;q=0.9"), all, Some(Csv)),
            (None, Some("application/zip"), all, Some(Zip)),
            (None, Some("application/zip"), &[Ndjson, Csv], None),
            (None, Some("image/png"), all, None),
            (None, Some("*/*, application/x-ndjson;q=0"), all, Some(Csv)),
            (Some(Zip), Some("text/csv"), all, Some(Zip)),
            (Some(Zip), None, &[Ndjson], None),
            (None, None, &[], None),
        ] {
            assert_eq!(wanted(&Accepted { format, accept }, there), meant, "{format:?} {accept:?}");
        }
    }
}
