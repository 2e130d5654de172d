//! `/`: one spell or record, its result as it is typed, and why. With scripts the form is sent to `/parts/single` for the
//! result and to `/parts/why` for the path, and the answers put beside it; without, to `/`, which answers with the whole
//! page. All go the same way.

use super::answer::{DaysAnswer, Named, RecordAnswer, SpellAnswer};
use super::desk::{Desk, Reader, Refusal};
use super::draft::{Draft, Wish};
use super::fields::{DATASETS, FormField, OF_SPELL, Shape, dataset_name, dataset_path, fields};
use super::outcome::{Answered, Outcome, Remark};
use super::page::{Demonstrations, Frame, blank, shown};
use super::why::{Wanted, encoded};
use crate::http::error::ApiError;
use crate::reference::{Dataset, Reference};
use crate::sample::columns;
use crate::trace::Explain;
use askama::Template;
use axum::body::{Body, to_bytes};
use axum::extract::{RawQuery, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The page and its parts.
pub(super) fn router() -> Router<Desk> {
    Router::new()
        .route("/", get(get_single).post(post_single))
        .route("/parts/single", post(post_part))
        .route("/parts/why", post(post_why))
        .route("/parts/codes", post(post_codes))
}

#[derive(Template)]
#[template(path = "single.html")]
struct SinglePage {
    frame: Frame,
    dataset: Dataset,
    releases: Vec<Choice>,
    spell: Vec<FieldView>,
    items: Vec<ItemView>,
    blank: ItemView,
    sets: Vec<(String, Vec<(String, String)>)>,
    columns: String,
    answer: Option<Result<Answered, Refusal>>,
}

/// A release to choose.
struct Choice {
    id: String,
    status: String,
    digest: String,
    chosen: bool,
}

/// One episode, record or day in the form.
#[derive(Template)]
#[template(path = "parts/item.html")]
struct ItemView {
    index: String,
    title: String,
    several: bool,
    fields: Vec<FieldView>,
}

/// A field of the form with what was entered and what is wrong with it.
#[derive(Template)]
#[template(path = "parts/field.html")]
struct FieldView {
    id: String,
    name: String,
    field: FormField,
    value: String,
    remarks: Vec<String>,
}

impl SinglePage {
    /// The datasets, with their paths and whether it is this one.
    fn datasets(&self) -> Vec<(String, &'static str, bool)> {
        DATASETS.iter().map(|d| (dataset_path(*d), dataset_name(*d), *d == self.dataset)).collect()
    }

    fn path(&self) -> String {
        dataset_path(self.dataset)
    }

    fn shape(&self) -> Shape {
        Shape::of(self.dataset)
    }

    fn of(desk: &Desk, draft: &Draft, answer: Option<Result<Answered, Refusal>>) -> SinglePage {
        let frame = Frame::of(&desk.app, "/");
        let releases = desk.app.shelf.all();
        let serves = |release: &&Arc<Reference>| release.identity.datasets.contains(&draft.dataset);
        let served: Vec<_> = releases.values().filter(serves).collect();
        let chosen = served.iter().find(|release| release.identity.id == draft.reference).or(served.last());
        // What a release says is for those who may read it; where that must be shown, the page has none of it.
        let told = chosen.filter(|_| !frame.asks_for_key).map(|release| &***release);
        let own = fields(draft.dataset, told);
        let remarks: Vec<Remark> = match &answer {
            Some(Ok((outcome, _))) => outcome.messages.clone(),
            _ => Vec::new(),
        };
        let items = draft.items.iter().enumerate();
        let item = |index: String, number: usize, entered: &BTreeMap<String, String>| ItemView {
            title: format!("{} {number}", Shape::of(draft.dataset).item()),
            several: Shape::of(draft.dataset).several(),
            fields: own
                .iter()
                .map(|field| FieldView::of(&format!("i{index}"), &index, field, entered.get(&field.name), &remarks))
                .collect(),
            index,
        };
        let columns: Vec<String> = columns(draft.dataset).iter().map(ToString::to_string).collect();
        let sets = own.iter().filter(|field| !field.values.is_empty() && !field.list);
        SinglePage {
            dataset: draft.dataset,
            releases: served
                .iter()
                .map(|release| Choice {
                    id: release.identity.id.clone(),
                    status: release.identity.status.to_string(),
                    digest: release.identity.digest.clone(),
                    chosen: chosen.is_some_and(|chosen| Arc::ptr_eq(chosen, release)),
                })
                .collect(),
            spell: of_spell(draft, &remarks),
            items: items.map(|(place, entered)| item(place.to_string(), place + 1, entered)).collect(),
            blank: item("N".to_owned(), 0, &BTreeMap::new()),
            sets: sets.map(|field| (field.name.clone(), field.values.clone())).collect(),
            columns: columns.join(" "),
            answer,
            frame,
        }
    }
}

/// Fields of the spell as a whole.
fn of_spell(draft: &Draft, remarks: &[Remark]) -> Vec<FieldView> {
    if Shape::of(draft.dataset) != Shape::Spell {
        return Vec::new();
    }
    let rules = draft.dataset.fields().iter();
    let own = rules.filter(|rule| OF_SPELL.iter().any(|name| rule.field.name().eq_ignore_ascii_case(name)));
    own.map(|rule| {
        let field = super::fields::field(rule, None);
        FieldView::of("spell", "spell", &field, draft.spell.get(&field.name), remarks)
    })
    .collect()
}

impl FieldView {
    fn of(place: &str, prefix: &str, field: &FormField, value: Option<&String>, remarks: &[Remark]) -> FieldView {
        let id = format!("{place}-{}", field.name);
        let mut words: Vec<String> = remarks
            .iter()
            .filter(|remark| remark.target == id)
            .map(|remark| match remark.position {
                Some(_) => format!("{}: {}", remark.official, remark.words),
                None => remark.words.clone(),
            })
            .collect();
        words.dedup();
        FieldView {
            name: format!("{prefix}.{}", field.name),
            field: field.clone(),
            value: value.cloned().unwrap_or_default(),
            remarks: words,
            id,
        }
    }
}

/// Which form is wanted, or which section of the path.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    dataset: Option<Dataset>,
    section: Option<String>,
}

/// What an address asks for: a form, or a section of the path.
fn asked(query: Option<&str>) -> Result<Asked, ApiError> {
    serde_urlencoded::from_str(query.unwrap_or_default())
        .map_err(|_| ApiError::Query("`dataset` is apc, nac, em, nrd, acc, pcc or ncc".to_owned()))
}

/// The dataset of the form; admitted patient care where the address names none.
fn dataset(query: Option<&str>) -> Result<Dataset, ApiError> {
    Ok(asked(query)?.dataset.unwrap_or(Dataset::Apc))
}

async fn get_single(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Result<Response, ApiError> {
    let draft = Draft::new(dataset(query.as_deref())?, String::new());
    Ok(blank(&SinglePage::of(&desk, &draft, None)))
}

async fn post_single(State(desk): State<Desk>, request: Request) -> Result<Response, ApiError> {
    let (reader, mut draft, wish) = read(&desk, request).await?;
    draft.grant(wish);
    let answer = if wish == Wish::Group {
        Some(ask(&desk, &reader.with_key(&draft.key), &draft, Explain::Full, &Wanted::All).await?)
    } else {
        None
    };
    let page = SinglePage::of(&desk, &draft, answer);
    Ok(match &page.answer {
        Some(Err(refusal)) => refusal.on(&page),
        _ => shown(StatusCode::OK, &page),
    })
}

async fn post_part(State(desk): State<Desk>, request: Request) -> Result<Response, ApiError> {
    let (reader, draft, _) = read(&desk, request).await?;
    Ok(match ask(&desk, &reader, &draft, Explain::None, &Wanted::First).await? {
        Ok((outcome, _)) => shown(StatusCode::OK, &outcome),
        Err(refusal) => refusal.on(&refusal),
    })
}

async fn post_why(State(desk): State<Desk>, request: Request) -> Result<Response, ApiError> {
    let wanted = asked(request.uri().query())?.section.map_or(Wanted::First, Wanted::Only);
    let (reader, draft, _) = read(&desk, request).await?;
    Ok(match ask(&desk, &reader, &draft, Explain::Full, &wanted).await? {
        Ok((_, why)) => shown(StatusCode::OK, &why),
        Err(refusal) => refusal.on(&refusal),
    })
}

/// Reads a form, within the bound of a single record.
async fn read(desk: &Desk, request: Request) -> Result<(Reader, Draft, Wish), ApiError> {
    let dataset = dataset(request.uri().query())?;
    let reader = Reader::of(&request);
    let bound = desk.app.limits.single_bytes;
    let too_large = |_| ApiError::TooLarge(format!("a form may hold {bound} bytes"));
    let bytes = to_bytes(request.into_body(), bound).await.map_err(too_large)?;
    let (draft, wish) = Draft::of_form(dataset, &bytes).ok_or(ApiError::Unreadable)?;
    Ok((reader, draft, wish))
}

/// Asks the service, and reads its answer by the release that gave it.
async fn ask(
    desk: &Desk,
    reader: &Reader,
    draft: &Draft,
    explain: Explain,
    wanted: &Wanted,
) -> Result<Result<Answered, Refusal>, ApiError> {
    let body = Body::from(draft.request(explain).to_string());
    let path = draft.path();
    match Shape::of(draft.dataset) {
        Shape::Spell => {
            let answer = desk.post::<SpellAnswer>(reader, &path, body).await?;
            told(desk, answer, |answer| &answer.reference, |answer, release| Outcome::of_spell(answer, wanted, release))
        }
        Shape::Record => {
            let answer = desk.post::<RecordAnswer>(reader, &path, body).await?;
            told(
                desk,
                answer,
                |answer| &answer.reference,
                |answer, release| Outcome::of_record(answer, wanted, release),
            )
        }
        Shape::Days => {
            let answer = desk.post::<DaysAnswer>(reader, &path, body).await?;
            told(desk, answer, |answer| &answer.reference, |answer, release| Outcome::of_days(answer, wanted, release))
        }
    }
}

#[expect(clippy::result_large_err, reason = "a refusal is shown, and handed on once")]
fn told<T>(
    desk: &Desk,
    answer: Result<T, Refusal>,
    named: impl Fn(&T) -> &Named,
    of: impl Fn(T, &Reference) -> Answered,
) -> Result<Result<Answered, Refusal>, ApiError> {
    match answer {
        Ok(answer) => release(desk, named(&answer)).map(|release| Ok(of(answer, &release))),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The release that answered. One that was swapped in between is another content, and explains nothing of the answer.
fn release(desk: &Desk, named: &Named) -> Result<Arc<Reference>, ApiError> {
    desk.app.shelf.find(&format!("{}@{}", named.id, named.digest)).ok_or(ApiError::UnknownReference)
}

/// What is being typed, to be completed. It stands in the body: an address is no place for what somebody types.
#[derive(Debug, Deserialize)]
struct Typed {
    reference: String,
    system: String,
    q: String,
}

async fn post_codes(State(desk): State<Desk>, request: Request) -> Result<Response, ApiError> {
    let reader = Reader::of(&request);
    let bytes = to_bytes(request.into_body(), 4096).await.map_err(|_| ApiError::TooLarge("too much".to_owned()))?;
    let typed: Typed = serde_json::from_slice(&bytes)
        .map_err(|_| ApiError::Malformed("a release, a classification, and what is typed".to_owned()))?;
    let (reference, system) = (encoded(&typed.reference), encoded(&typed.system));
    let path = format!("/v1/references/{reference}/codes/{system}?limit=12&q={}", encoded(&typed.q));
    let mut response = match desk.get::<Value>(&reader, &path).await? {
        Ok(found) => Json(found).into_response(),
        Err(refusal) => refusal.on(&refusal),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}
