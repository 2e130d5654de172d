//! `POST /v1/group/apc` and its batch.

use super::answer::{of_bytes, of_json, written};
use super::body::{json_bytes, make_room, read, refused};
use super::choose::{ChooseBy, Chosen, Purpose, choose_one};
use super::error::{ApiError, Fault, Problem};
use super::sent::Sent;
use super::state::App;
use super::stream::{self, Packing};
use crate::batch::{self, Form, OnError, Order};
pub use crate::batch::{Broken as BatchBroken, Status as RecordStatus, Summary as BatchSummary};
use crate::grouper::answer::{EpisodeAnswer, ReferenceAnswer, SpellAnswer};
use crate::grouper::{Answer, Method, Tally, answer};
use crate::record::RawSpell;
use crate::record::object::{Object, object};
use crate::record::size::{SizeFault, at_most, size_faults};
use crate::reference::{Dataset, Reference};
use crate::trace::{Explain, Trace};
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io::Read;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of grouping.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(group_apc)).routes(routes!(group_apc_batch))
}

/// A spell to group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GroupRequest {
    /// Id of the release, such as `2024-25.payment`, or `id@digest` for exactly that content, or `auto`.
    #[schema(example = "2024-25.payment")]
    pub reference: String,
    /// What `auto` chooses by, with the discharge date.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// What `auto` chooses by: the day of discharge, `YYYY-MM-DD`. Its financial year runs from 1 April to 31 March.
    #[serde(default)]
    #[schema(format = Date, example = "2024-06-30")]
    pub discharge_date: Option<String>,
    /// How much of the trace to send.
    #[serde(default)]
    pub explain: Explain,
    /// The spell.
    #[serde(deserialize_with = "object")]
    #[schema(value_type = RawSpell)]
    pub spell: RawSpell<'static>,
}

/// Group one admitted patient care spell.
///
/// Bad patient data is a result: `UZ01Z` with messages, status 200.
#[utoipa::path(
    post,
    path = "/v1/group/apc",
    operation_id = "group_apc",
    tag = "group",
    request_body(content = GroupRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The grouping", body = Answer),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has not the form asked for, or no release covers the discharge date", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn group_apc(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let bytes = json_bytes(&parts.headers, body, app.limits.single_bytes).await?;
    app.at_work_if_long(bytes.len(), move |app| single(app, &bytes)).await
}

fn single(app: &App, bytes: &[u8]) -> Result<Response, ApiError> {
    let sent = Sent::read(bytes)?;
    let by = ChooseBy { purpose: sent.purpose, discharge_date: sent.discharge_date.as_deref() };
    let chosen = choose_one(app, &sent.reference, Dataset::Apc, by)?;
    let faults = faults_of_size(&sent.spell, "/spell");
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    Ok(of_bytes(&chosen.release, written(&sent.spell, &chosen, sent.explain, &app.meters)))
}

/// Query of a batch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct BatchQuery {
    /// Id of the release, such as `2024-25.payment`, or `auto`.
    reference: String,
    /// What `auto` chooses by, with the discharge date.
    #[param(inline)]
    purpose: Option<Purpose>,
    /// What `auto` chooses by: a day of discharge or attendance, `YYYY-MM-DD`, for all of the batch.
    #[param(format = Date)]
    discharge_date: Option<String>,
    /// How much of each trace to send; nothing where it is left out.
    #[param(inline)]
    pub(super) explain: Option<Explain>,
    /// `sort` puts rows in the order of their spells first, so that all of a spell come together; without it rows are
    /// grouped as they come, and a spell that comes again is reported.
    #[param(inline)]
    pub(super) order: Option<BatchOrder>,
    /// `stop` ends the answer with an error after the first record that is rejected; without it the others are answered.
    #[param(inline)]
    pub(super) on_error: Option<BatchOnError>,
    /// CSV only: a record definition, by its name here or as text; without one the first line bears official field
    /// names.
    pub(super) definition: Option<String>,
    /// CSV with a definition only: whether the first line is a header.
    pub(super) header: Option<bool>,
}

/// In which order a batch is grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum BatchOrder {
    /// As the records come.
    Input,
    /// By spell.
    Sort,
}

impl From<BatchOrder> for Order {
    fn from(order: BatchOrder) -> Order {
        match order {
            BatchOrder::Input => Order::Input,
            BatchOrder::Sort => Order::Sort,
        }
    }
}

/// What a record that cannot be read does to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum BatchOnError {
    /// It is rejected, and the others are answered.
    Continue,
    /// It is rejected, and the answer ends with an error.
    Stop,
}

impl From<BatchOnError> for OnError {
    fn from(on_error: BatchOnError) -> OnError {
        match on_error {
            BatchOnError::Continue => OnError::Continue,
            BatchOnError::Stop => OnError::Stop,
        }
    }
}

/// The result of one spell of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult<'r> {
    /// Place in the array, from 1.
    pub line: usize,
    /// What became of it.
    pub status: RecordStatus,
    /// The spell, unless it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spell: Option<SpellAnswer>,
    /// The episodes, unless it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episodes: Option<Vec<EpisodeAnswer>>,
    /// Why, as far as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace<'r>>,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

/// The answer to a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer<'r> {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// One result for each spell, in input order.
    pub results: Vec<BatchResult<'r>>,
    /// Counts. Without them the answer is not complete, and `error` says why.
    #[schema(required = false)]
    pub summary: BatchSummary,
    /// Why a stream broke off, in place of the summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BatchBroken>,
}

impl BatchAnswer<'_> {
    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for result in &self.results {
            if let (Some(spell), Some(episodes)) = (&result.spell, &result.episodes) {
                let messages = episodes.iter().flat_map(|episode| &episode.messages).chain(&spell.messages);
                tally.add_named(Some(spell.grouping_method), messages.map(|message| message.situation));
            }
        }
        tally
    }
}

/// Group a stream of admitted patient care spells or episodes.
///
/// Lines of JSON (a spell, or an episode with the `procodet` and `provspno` of its spell), rows of CSV, or one JSON array of
/// spells; plain, gzip or zstd. Each has its own outcome: one that cannot be read is rejected, the others are grouped. The
/// header `Accept` chooses the form of the answer, which is streamed while the body is read; the form of the body where it
/// does not. JSON answered by JSON is not streamed, and bounded.
#[utoipa::path(
    post,
    path = "/v1/group/apc/batch",
    operation_id = "group_apc_batch",
    tag = "group",
    params(BatchQuery),
    request_body(content((Vec<RawSpell> = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    responses(
        (status = 200, description = "One result for each spell or row, and a summary last; without it the answer is not complete", content((BatchAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "The answer has none of the forms asked for", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "Nothing came for too long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large, or holds too many spells", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type is none of the three, or the content encoding neither gzip nor zstd", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body or the query has not the form asked for, or no release covers the discharge date", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "As many streams run as may", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn group_apc_batch(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let (chosen, explain, bytes) = match plain_or_streamed(&app, query.as_deref(), Dataset::Apc, &headers, body).await?
    {
        Batch::Plain(chosen, explain, bytes) => (chosen, explain, bytes),
        Batch::Streamed(response) => return Ok(response),
    };
    let (most, meters) = (most_items(&app, explain), app.meters.clone());
    let batch = app.at_work(move || {
        let batch = group_batch(&bytes, &chosen.release, explain, most)?;
        meters.grouped(Dataset::Apc, &batch.tally());
        Ok(of_json(&chosen.release, &BatchAnswer { reference: chosen.named(), ..batch }))
    });
    batch.await
}

/// A batch that was read whole, or the answer to one that is streamed.
pub(super) enum Batch {
    /// A JSON array whose answer is one JSON object.
    Plain(Chosen, Explain, Bytes),
    /// Anything else.
    Streamed(Response),
}

/// Reads a batch of moderate size whole, so that its faults are one answer, and streams every other.
pub(super) async fn plain_or_streamed(
    app: &App,
    query: Option<&str>,
    dataset: Dataset,
    headers: &HeaderMap,
    body: Body,
) -> Result<Batch, ApiError> {
    let (chosen, query) = of_query(app, query, dataset)?;
    let (forms, packing) = (stream::forms(headers)?, Packing::of(headers)?);
    let options = stream::options(app, &query, forms, dataset, &chosen)?;
    let whole = options.order == Order::Input && options.on_error == OnError::Continue;
    if forms == (Form::Json, Form::Json) && whole {
        let mut bytes = json_bytes(headers, body, app.limits.batch_bytes).await?;
        if packing != Packing::Plain {
            let most = app.limits.batch_bytes;
            let unpack = move || unpacked(&bytes, packing, most);
            bytes = app.at_work(unpack).await?;
        }
        return Ok(Batch::Plain(chosen, options.explain, bytes));
    }
    Ok(Batch::Streamed(stream::stream(app, options, &chosen, packing, body).await?))
}

fn unpacked(packed: &[u8], packing: Packing, limit: usize) -> Result<Bytes, ApiError> {
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    let mut unpacked = packing.unpack(packed).map_err(|_| ApiError::Unreadable)?;
    loop {
        let read = unpacked.read(&mut piece).map_err(|_| ApiError::Unreadable)?;
        let Some(read) = piece.get(..read).filter(|read| !read.is_empty()) else { return Ok(bytes.into()) };
        let Some(more) = limit.checked_sub(bytes.len()).filter(|more| read.len() <= *more) else {
            return Err(ApiError::TooLarge(format!(
                "the body may hold {limit} bytes unpacked; send NDJSON, or less at once"
            )));
        };
        make_room(&mut bytes, read.len(), more);
        bytes.extend_from_slice(read);
    }
}

/// The release that a batch's query asks for, and the query.
pub(super) fn of_query(app: &App, query: Option<&str>, dataset: Dataset) -> Result<(Chosen, BatchQuery), ApiError> {
    let query: BatchQuery = serde_urlencoded::from_str(query.unwrap_or_default()).map_err(|_| {
        ApiError::Query(
            "the query takes `reference`, `explain` as none, summary, misses or full, `purpose` as payment or costing, `dischargeDate`, `order` as input or sort, `onError` as continue or stop, and for CSV `definition` and `header`"
                .to_owned(),
        )
    })?;
    let by = ChooseBy { purpose: query.purpose, discharge_date: query.discharge_date.as_deref() };
    let chosen = choose_one(app, &query.reference, dataset, by).map_err(|fault| match fault {
        ApiError::Invalid(faults) => ApiError::Query(
            faults
                .iter()
                .map(|f| format!("{}: {}", f.pointer.trim_start_matches('/'), f.message))
                .collect::<Vec<_>>()
                .join("; "),
        ),
        other => other,
    })?;
    Ok((chosen, query))
}

/// How many items the array of a batch may hold.
pub(super) fn most_items(app: &App, explain: Explain) -> usize {
    if explain == Explain::None { app.limits.batch_spells } else { app.limits.batch_spells_explained }
}

/// The items of a batch's array, within the limit.
pub(super) fn items(bytes: &[u8], most: usize) -> Result<Vec<Box<RawValue>>, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let items = at_most::<_, Box<RawValue>>(&mut json, most);
    let items = items.and_then(|items| json.end().map(|()| items)).map_err(|fault| refused(&fault))?;
    if items.len() > most {
        return Err(ApiError::TooLarge(format!("a batch may hold {most} spells or records; send fewer at once")));
    }
    Ok(items)
}

/// An item of a batch, or why it is rejected.
pub(super) fn item<T: DeserializeOwned>(item: &RawValue, below: &str) -> Result<T, Vec<Fault>> {
    let most = batch::Limits::default().line_bytes;
    if item.get().len() > most {
        let message = format!("a spell or record may hold {most} bytes");
        return Err(vec![Fault { pointer: below.to_owned(), code: "line-too-long", message }]);
    }
    match read::<Object<T>>(item.get().as_bytes(), below) {
        Ok(Object(item)) => Ok(item),
        Err(ApiError::Invalid(faults)) => Err(faults),
        Err(_) => {
            let message = "this is not JSON that can be read".to_owned();
            Err(vec![Fault { pointer: below.to_owned(), code: "malformed-json", message }])
        }
    }
}

/// Counts what became of each item.
pub(super) fn summary(statuses: &[RecordStatus], chosen: &ReferenceAnswer) -> BatchSummary {
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count() as u64;
    BatchSummary {
        read: statuses.len() as u64,
        grouped: count(RecordStatus::Grouped),
        invalid: count(RecordStatus::Invalid),
        rejected: count(RecordStatus::Rejected),
        reference: chosen.id.clone(),
        digest: chosen.digest.clone(),
        ..BatchSummary::default()
    }
}

fn group_batch<'r>(
    bytes: &[u8],
    reference: &'r Reference,
    explain: Explain,
    most: usize,
) -> Result<BatchAnswer<'r>, ApiError> {
    let spells = items(bytes, most)?;
    let results: Vec<BatchResult<'r>> =
        spells.par_iter().enumerate().map(|(i, spell)| group_one(i, spell, reference, explain)).collect();
    let statuses: Vec<RecordStatus> = results.iter().map(|result| result.status).collect();
    let reference = ReferenceAnswer::of(reference);
    let summary = summary(&statuses, &reference);
    Ok(BatchAnswer { reference, results, summary, error: None })
}

fn group_one<'r>(index: usize, spell: &RawValue, reference: &'r Reference, explain: Explain) -> BatchResult<'r> {
    let below = format!("/{index}");
    let rejected = |errors| BatchResult {
        line: index + 1,
        status: RecordStatus::Rejected,
        spell: None,
        episodes: None,
        trace: None,
        errors,
    };
    let spell: RawSpell<'static> = match item(spell, &below) {
        Ok(spell) => spell,
        Err(faults) => return rejected(faults),
    };
    let faults = faults_of_size(&spell, &below);
    if !faults.is_empty() {
        return rejected(faults);
    }
    let Answer { spell, episodes, trace, .. } = answer(&spell, reference, explain);
    let invalid = spell.grouping_method == Method::Error.flag();
    BatchResult {
        line: index + 1,
        status: if invalid { RecordStatus::Invalid } else { RecordStatus::Grouped },
        spell: Some(spell),
        episodes: Some(episodes),
        trace,
        errors: Vec::new(),
    }
}

/// What of the spell is outside the bounds, placed within the body.
pub(super) fn faults_of_size(spell: &RawSpell<'_>, below: &str) -> Vec<Fault> {
    placed(size_faults(spell), below)
}

/// Faults of size, placed within the body.
pub(super) fn placed(faults: Vec<SizeFault>, below: &str) -> Vec<Fault> {
    let placed = |fault: SizeFault| Fault {
        pointer: format!("{below}{}", fault.pointer),
        code: fault.code,
        message: fault.message,
    };
    faults.into_iter().map(placed).collect()
}
