//! `POST /v1/group/{nac|em|nrd|acc|pcc|ncc}` and their batches.

use super::answer::of_json;
use super::body::{json_bytes, read};
use super::choose::{ChooseBy, Purpose, choose_one};
use super::error::{ApiError, Fault, Problem};
use super::group::{
    Batch, BatchBroken, BatchQuery, BatchSummary, RecordStatus, item, items, most_items, placed, plain_or_streamed,
    summary,
};
use super::state::App;
use crate::grouper::Tally;
use crate::grouper::answer::ReferenceAnswer;
use crate::grouper::other::{DaysGrouping, Logic, RecordAnswer, RecordGrouping, answer, answer_days, logic};
use crate::record::object::{Object, object, objects};
use crate::record::size::{MAX_DAYS, long_lists};
use crate::record::{RawAcc, RawEm, RawNac, RawNccDay, RawNrd, RawPccDay};
use crate::reference::{Hrg, Reference};
use crate::trace::{Explain, Trace};
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What a request asks besides its records.
struct Asked<'q> {
    reference: &'q str,
    purpose: Option<Purpose>,
    day: Option<&'q str>,
    explain: Explain,
}

/// The result of one record of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum BatchRecordResult<'r> {
    /// It was read.
    Read(Box<BatchRecordRead<'r>>),
    /// It was not.
    Rejected(BatchRecordRejected),
}

/// A record of a batch that was read.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchRecordRead<'r> {
    /// Place in the array, from 1.
    pub line: usize,
    /// `grouped` or `invalid`.
    pub status: RecordStatus,
    /// Paediatric and neonatal critical care: number of the period within the batch, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<usize>,
    /// The result.
    #[serde(flatten)]
    pub result: RecordAnswer,
    /// Why, as far as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace<'r>>,
}

/// A record of a batch that could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchRecordRejected {
    /// Place in the array, from 1.
    pub line: usize,
    /// `rejected`.
    pub status: RecordStatus,
    /// Why.
    pub errors: Vec<Fault>,
}

impl BatchRecordResult<'_> {
    fn line(&self) -> usize {
        match self {
            BatchRecordResult::Read(read) => read.line,
            BatchRecordResult::Rejected(rejected) => rejected.line,
        }
    }

    fn read(&self) -> Option<&RecordAnswer> {
        match self {
            BatchRecordResult::Read(read) => Some(&read.result),
            BatchRecordResult::Rejected(_) => None,
        }
    }

    fn status(&self) -> RecordStatus {
        match self {
            BatchRecordResult::Read(read) => read.status,
            BatchRecordResult::Rejected(rejected) => rejected.status,
        }
    }
}

/// The answer to a batch of records.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchRecordAnswer<'r> {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// One result for each record, in input order.
    pub results: Vec<BatchRecordResult<'r>>,
    /// Counts. Without them the answer is not complete, and `error` says why.
    #[schema(required = false)]
    pub summary: BatchSummary,
    /// Why a stream broke off, in place of the summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BatchBroken>,
}

fn tally<'r>(results: impl IntoIterator<Item = &'r RecordAnswer>) -> Tally {
    let mut tally = Tally::default();
    for result in results {
        tally.add_named(result.grouping_method, result.messages.iter().map(|message| message.situation));
    }
    tally
}

fn single<L: Logic>(app: &App, asked: &Asked<'_>, record: &L) -> Result<Response, ApiError> {
    let chosen =
        choose_one(app, asked.reference, L::DATASET, ChooseBy { purpose: asked.purpose, discharge_date: asked.day })?;
    let faults = placed(long_lists(&record.lists()), "/record");
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let answer = RecordGrouping { reference: chosen.named(), ..answer(record, &chosen.release, asked.explain) };
    app.meters.grouped(L::DATASET, &tally([&answer.result]));
    Ok(of_json(&chosen.release, &answer))
}

fn days<L: Logic>(app: &App, asked: &Asked<'_>, days: &[L]) -> Result<Response, ApiError> {
    let chosen =
        choose_one(app, asked.reference, L::DATASET, ChooseBy { purpose: asked.purpose, discharge_date: asked.day })?;
    let mut faults: Vec<Fault> = days
        .iter()
        .enumerate()
        .flat_map(|(place, day)| placed(long_lists(&day.lists()), &format!("/days/{place}")))
        .collect();
    let mut fault = |code, message| faults.push(Fault { pointer: "/days".to_owned(), code, message });
    if days.is_empty() {
        fault("too-few", "there is at least one day".to_owned());
    }
    if days.len() > MAX_DAYS {
        fault("too-many", format!("a request may hold {MAX_DAYS} days"));
    }
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let answer = DaysGrouping { reference: chosen.named(), ..answer_days(days, &chosen.release, asked.explain) };
    app.meters.grouped(L::DATASET, &tally(answer.days.iter().map(|day| &day.result)));
    Ok(of_json(&chosen.release, &answer))
}

async fn batch<L>(app: App, query: Option<String>, headers: HeaderMap, body: Body) -> Result<Response, ApiError>
where
    L: Logic + DeserializeOwned + Send + Sync + 'static,
{
    let (chosen, explain, bytes) = match plain_or_streamed(&app, query.as_deref(), L::DATASET, &headers, body).await? {
        Batch::Plain(chosen, explain, bytes) => (chosen, explain, bytes),
        Batch::Streamed(response) => return Ok(response),
    };
    let (most, meters) = (most_items(&app, explain), app.meters.clone());
    let batch = app.at_work(move || {
        let batch = group_batch::<L>(&bytes, &chosen.release, explain, most)?;
        meters.grouped(L::DATASET, &tally(batch.results.iter().filter_map(BatchRecordResult::read)));
        Ok(of_json(&chosen.release, &BatchRecordAnswer { reference: chosen.named(), ..batch }))
    });
    batch.await
}

/// Reads every record, links those that could be read, and groups them.
fn group_batch<'r, L>(
    bytes: &[u8],
    reference: &'r Reference,
    explain: Explain,
    most: usize,
) -> Result<BatchRecordAnswer<'r>, ApiError>
where
    L: Logic + DeserializeOwned + Send + Sync,
{
    let sent = items(bytes, most)?;
    let each: Vec<Result<L, Vec<Fault>>> = sent
        .par_iter()
        .enumerate()
        .map(|(place, sent)| {
            let below = format!("/{place}");
            let record: L = item(sent, &below)?;
            let faults = placed(long_lists(&record.lists()), &below);
            if faults.is_empty() { Ok(record) } else { Err(faults) }
        })
        .collect();
    let (mut records, mut lines, mut results) = (Vec::new(), Vec::new(), Vec::new());
    for (record, line) in each.into_iter().zip(1..) {
        match record {
            Ok(record) => {
                records.push(record);
                lines.push(line);
            }
            Err(errors) => {
                let rejected = BatchRecordRejected { line, status: RecordStatus::Rejected, errors };
                results.push(BatchRecordResult::Rejected(rejected));
            }
        }
    }
    let periods = L::linked(&records);
    let grouped = records.par_iter().zip(&lines).enumerate().map(|(place, (record, line))| {
        let (result, trace) = logic::result(record, reference, explain);
        let invalid = result.hrg == Hrg::INVALID.to_string();
        BatchRecordResult::Read(Box::new(BatchRecordRead {
            line: *line,
            status: if invalid { RecordStatus::Invalid } else { RecordStatus::Grouped },
            period: periods.as_ref().and_then(|periods| periods.get(place)).map(|period| period + 1),
            result,
            trace,
        }))
    });
    results.extend(grouped.collect::<Vec<_>>());
    results.sort_by_key(BatchRecordResult::line);
    let statuses: Vec<RecordStatus> = results.iter().map(BatchRecordResult::status).collect();
    let reference = ReferenceAnswer::of(reference);
    let summary = summary(&statuses, &reference);
    Ok(BatchRecordAnswer { reference, results, summary, error: None })
}

/// The two routes of a logic: one request, and the batch.
macro_rules! routes_of {
    (
        $one:ident $batch:ident $path:tt $batch_path:tt $id:tt $batch_id:tt
        $request:ident { $field:ident: $kind:ty as $schema:ty, $reader:tt $(, $attribute:meta)? }
        $record:ident $answer:ident $handle:ident $what:tt $batch_what:tt
    ) => {
        #[doc = concat!("What is asked of `", $path, "`.")]
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        pub struct $request {
            /// Id of the release, such as `2024-25.payment`, or `id@digest` for exactly that content, or `auto`.
            #[schema(example = "2024-25.payment")]
            pub reference: String,
            /// What `auto` chooses by, with the date.
            #[serde(default)]
            pub purpose: Option<Purpose>,
            /// What `auto` chooses by: the day of discharge, or of the attendance or session, `YYYY-MM-DD`. Its financial
            /// year runs from 1 April to 31 March.
            #[serde(default)]
            #[schema(format = Date, example = "2024-06-30")]
            pub discharge_date: Option<String>,
            /// How much of the trace to send.
            #[serde(default)]
            pub explain: Explain,
            /// What is to be grouped.
            #[serde(deserialize_with = $reader)]
            #[schema(value_type = $schema $(, $attribute)?)]
            pub $field: $kind,
        }

        #[doc = $what]
        ///
        /// Bad patient data is a result: `UZ01Z` with messages, status 200.
        #[utoipa::path(
            post,
            path = $path,
            operation_id = $id,
            tag = "group",
            request_body(content = $request, content_type = "application/json"),
            responses(
                (status = 200, description = "The grouping", body = $answer),
                (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
                (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
                (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
                (status = 415, description = "The content type is not JSON", body = Problem, content_type = "application/problem+json"),
                (status = 422, description = "The body has not the form asked for, the release does not serve this logic, or no release covers the date", body = Problem, content_type = "application/problem+json"),
            )
        )]
        async fn $one(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
            let (parts, body) = request.into_parts();
            let bytes = json_bytes(&parts.headers, body, app.limits.single_bytes).await?;
            let length = bytes.len();
            let work = move |app: &App| {
                let Object(request) = read::<Object<$request>>(&bytes, "")?;
                let asked = Asked {
                    reference: &request.reference,
                    purpose: request.purpose,
                    day: request.discharge_date.as_deref(),
                    explain: request.explain,
                };
                $handle(app, &asked, &request.$field)
            };
            app.at_work_if_long(length, work).await
        }

        #[doc = $batch_what]
        ///
        /// Lines of JSON, rows of CSV, or one JSON array; plain, gzip or zstd. Each has its own outcome: one that cannot be
        /// read is rejected, the others are grouped. The header `Accept` chooses the form of the answer, which is streamed
        /// while the body is read; the form of the body where it does not. JSON answered by JSON is not streamed, and
        /// bounded.
        #[utoipa::path(
            post,
            path = $batch_path,
            operation_id = $batch_id,
            tag = "group",
            params(BatchQuery),
            request_body(content((Vec<$record> = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
            responses(
                (status = 200, description = "One result for each record, and a summary last; without it the answer is not complete", content((BatchRecordAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
                (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
                (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
                (status = 406, description = "The answer has none of the forms asked for", body = Problem, content_type = "application/problem+json"),
                (status = 408, description = "Nothing came for too long", body = Problem, content_type = "application/problem+json"),
                (status = 413, description = "The body is too large, or holds too many records", body = Problem, content_type = "application/problem+json"),
                (status = 415, description = "The content type is none of the three, or the content encoding neither gzip nor zstd", body = Problem, content_type = "application/problem+json"),
                (status = 422, description = "The body or the query has not the form asked for, the release does not serve this logic, or no release covers the date", body = Problem, content_type = "application/problem+json"),
                (status = 503, description = "As many streams run as may", body = Problem, content_type = "application/problem+json"),
            )
        )]
        async fn $batch(
            State(app): State<App>,
            RawQuery(query): RawQuery,
            headers: HeaderMap,
            body: Body,
        ) -> Result<Response, ApiError> {
            batch::<$record<'static>>(app, query, headers, body).await
        }
    };
}

routes_of! {
    group_nac group_nac_batch "/v1/group/nac" "/v1/group/nac/batch" "group_nac" "group_nac_batch"
    NacRequest { record: RawNac<'static> as RawNac, "object" }
    RawNac RecordGrouping single
    "Group one outpatient attendance or ward attender contact." "Group a stream of outpatient attendances."
}
routes_of! {
    group_em group_em_batch "/v1/group/em" "/v1/group/em/batch" "group_em" "group_em_batch"
    EmRequest { record: RawEm<'static> as RawEm, "object" }
    RawEm RecordGrouping single
    "Group one emergency attendance, in national codes or SNOMED CT." "Group a stream of emergency attendances."
}
routes_of! {
    group_nrd group_nrd_batch "/v1/group/nrd" "/v1/group/nrd/batch" "group_nrd" "group_nrd_batch"
    NrdRequest { record: RawNrd<'static> as RawNrd, "object" }
    RawNrd RecordGrouping single
    "Group one renal dialysis session." "Group a stream of renal dialysis sessions."
}
routes_of! {
    group_acc group_acc_batch "/v1/group/acc" "/v1/group/acc/batch" "group_acc" "group_acc_batch"
    AccRequest { record: RawAcc<'static> as RawAcc, "object" }
    RawAcc RecordGrouping single
    "Group one adult critical care period." "Group a stream of adult critical care periods."
}
routes_of! {
    group_pcc group_pcc_batch "/v1/group/pcc" "/v1/group/pcc/batch" "group_pcc" "group_pcc_batch"
    PccRequest { days: Vec<RawPccDay<'static>> as Vec<RawPccDay>, "objects", min_items = 1 }
    RawPccDay DaysGrouping days
    "Group paediatric critical care days and link them into periods."
    "Group a stream of paediatric critical care days."
}
routes_of! {
    group_ncc group_ncc_batch "/v1/group/ncc" "/v1/group/ncc/batch" "group_ncc" "group_ncc_batch"
    NccRequest { days: Vec<RawNccDay<'static>> as Vec<RawNccDay>, "objects", min_items = 1 }
    RawNccDay DaysGrouping days
    "Group neonatal critical care days and link them into periods."
    "Group a stream of neonatal critical care days."
}

/// The routes of grouping in the six logics besides admitted patient care.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(group_nac))
        .routes(routes!(group_nac_batch))
        .routes(routes!(group_em))
        .routes(routes!(group_em_batch))
        .routes(routes!(group_nrd))
        .routes(routes!(group_nrd_batch))
        .routes(routes!(group_acc))
        .routes(routes!(group_acc_batch))
        .routes(routes!(group_pcc))
        .routes(routes!(group_pcc_batch))
        .routes(routes!(group_ncc))
        .routes(routes!(group_ncc_batch))
}
