//! `POST /v1/check/{dataset}`: looks at a file before it is grouped.

use super::answer::of_json;
use super::body::{bytes_of, kind, read};
use super::error::{ApiError, Fault, Problem};
use super::limits::{CHECK_VALUES, DEFINITION_BYTES};
use super::state::App;
use crate::bundle::shelf::find;
use crate::files::check::{Report, check};
use crate::files::input::{self, ROW};
use crate::files::layout::{Layout, missing};
use crate::files::rdf::{MAX_POSITION, Rdf};
use crate::grouper::answer::ReferenceAnswer;
use crate::record::object::Object;
use crate::reference::{Dataset, Reference};
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route of the check.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(check_file))
}

/// Query of a check.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CheckQuery {
    /// Id of the release, such as `2024-25.payment`.
    #[param(example = "2024-25.payment")]
    reference: String,
    /// Whether the file begins with a header line. A CSV body must, since its header names the columns.
    #[serde(default)]
    #[param(example = true)]
    header: bool,
}

/// Two attendances at an emergency department, as the document shows them: the definition, and the file with a header.
const EXAMPLE_DEFINITION: &str =
    "COMMA DELIMITED\nAGE,Age,1,,,,\nAEPATIENTGROUP,Group,2,,,,\nINV_01,Investigation,3,,,,\n";
const EXAMPLE_CSV: &str = "AGE,AEPATIENTGROUP,INV_01\n4,1,1\n37,2,2\n";

/// A file with its record definition.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest<'b> {
    /// The record definition, as in a file: a line `COMMA DELIMITED`, then a line for each field.
    #[serde(borrow)]
    #[schema(value_type = String, example = json!(EXAMPLE_DEFINITION))]
    pub definition: &'b RawValue,
    /// The file.
    #[schema(example = json!(EXAMPLE_CSV))]
    pub data: String,
}

/// What a look at a file showed.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckAnswer {
    /// Which release answered.
    pub reference: ReferenceAnswer,
    /// What was found.
    #[serde(flatten)]
    pub report: Report,
}

/// Look at a file before grouping it.
///
/// Findings are patterns of the whole file, with counts and example lines and no value of any record. The body is CSV whose
/// header bears official field names, or JSON with a record definition.
#[utoipa::path(
    post,
    path = "/v1/check/{dataset}",
    operation_id = "check_file",
    tag = "group",
    params(("dataset" = Dataset, Path, description = "The dataset", example = "em"), CheckQuery),
    request_body(content((String = "text/csv", example = json!(EXAMPLE_CSV)), (CheckRequest = "application/json"))),
    responses(
        (status = 200, description = "What was found", body = CheckAnswer),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release or dataset", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type is neither CSV nor JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body or the query has not the form asked for", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn check_file(
    State(app): State<App>,
    Path(dataset): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let dataset =
        Dataset::ALL.into_iter().find(|d| d.to_string().to_lowercase() == dataset).ok_or(ApiError::NotFound)?;
    let query: CheckQuery = serde_urlencoded::from_str(query.as_deref().unwrap_or_default())
        .map_err(|_| ApiError::Query("the query takes `reference` and `header`, true or false".to_owned()))?;
    let all = app.shelf.all(); // once, lest a swap come between the release and the others
    let reference = find(&all, &query.reference).filter(|release| release.identity.datasets.contains(&dataset));
    let reference = Arc::clone(reference.ok_or(ApiError::UnknownReference)?);
    let is_csv = kind(&headers).eq_ignore_ascii_case("text/csv");
    if is_csv && !query.header {
        let words = "a CSV body names its columns in a header: say header=true, or send JSON with a definition";
        return Err(ApiError::Query(words.to_owned()));
    }
    let bytes = bytes_of(&headers, body, app.limits.batch_bytes, &["text/csv", "application/json"]).await?;
    let kept = Arc::clone(&reference);
    let look = move || {
        let others: Vec<&Reference> =
            all.values().map(AsRef::as_ref).filter(|other| other.identity.id != kept.identity.id).collect();
        let found = (&*kept, others.as_slice());
        if is_csv {
            let rdf = definition_of(&bytes, dataset)?;
            report(bytes.into(), &rdf, dataset, true, found)
        } else {
            let Object(request) = read::<Object<CheckRequest<'_>>>(&bytes, "")?;
            let rdf = definition_sent(request.definition, kept.options.rdf_other_delimiters)?;
            let data = request.data;
            drop(bytes);
            report(data.into_bytes(), &rdf, dataset, query.header, found)
        }
    };
    let report = app.at_work(look).await?;
    let answer = CheckAnswer { reference: ReferenceAnswer::of(&reference), report };
    Ok(of_json(&reference, &answer))
}

/// The definition of a request, as long as one may be: it is looked at before it is unpacked.
fn definition_sent(sent: &RawValue, other_delimiters: bool) -> Result<Rdf, ApiError> {
    let bad =
        || fault("/definition", "bad-definition", "it is no record definition; `hrg check` says what is wrong with it");
    if sent.get().len() > DEFINITION_BYTES {
        return Err(bad());
    }
    let text: String = read(sent.get().as_bytes(), "/definition")?;
    Rdf::parse(&text, other_delimiters).map_err(|_| bad())
}

fn fault(pointer: &str, code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::Invalid(vec![Fault { pointer: pointer.to_owned(), code, message: message.into() }])
}

/// The definition that the header of a CSV body makes: official names in any case; other columns are passed over.
fn definition_of(bytes: &[u8], dataset: Dataset) -> Result<Rdf, ApiError> {
    let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
    let first = String::from_utf8_lossy(first);
    // The last column ends the record, whatever it is called.
    let rdf = Rdf::of_header(first.split(',').map(str::trim));
    lacking(&rdf, dataset, "")?;
    Ok(rdf)
}

fn lacking(rdf: &Rdf, dataset: Dataset, pointer: &str) -> Result<(), ApiError> {
    let missing = missing(rdf, dataset);
    let words = format!("mandatory fields of {dataset} have no column: {}", missing.join(", "));
    if missing.is_empty() { Ok(()) } else { Err(fault(pointer, "missing-field", words)) }
}

fn report(
    bytes: Vec<u8>,
    rdf: &Rdf,
    dataset: Dataset,
    header: bool,
    found: (&Reference, &[&Reference]),
) -> Result<Report, ApiError> {
    lacking(rdf, dataset, "/definition")?;
    let layout =
        Layout::bind(rdf, dataset).map_err(|_| fault("", "unreadable-data", "the file cannot be read as a table"))?;
    let input = input::read(bytes, rdf, header, CHECK_VALUES).map_err(|_| {
        ApiError::TooLarge(format!(
            "a row may have {MAX_POSITION} values, and a file {CHECK_VALUES}, of which each row counts as {ROW} more; send it as a job"
        ))
    })?;
    if input.rows() == 0 {
        return Err(fault("", "no-record", "the file holds no record"));
    }
    Ok(check(&input, rdf, &layout, found))
}
