//! `POST /v1/what-if`: one spell, changed.

use super::answer::of_json;
use super::body::{json_bytes, read};
use super::choose::{ChooseBy, Chosen, Purpose, choose_one};
use super::error::{ApiError, Fault, Problem};
use super::group::faults_of_size;
use super::meters::Meters;
use super::state::App;
use crate::grouper::Tally;
use crate::record::RawSpell;
use crate::record::object::{Object, object, objects};
use crate::reference::{Dataset, ReferenceAnswer};
use crate::what_if::{Edit, Explore, Explored, Grouped, MAX_EDITS, MAX_EPISODES_TRIED, NOTE, Variant, base, variant};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route of what-if.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(what_if_apc))
}

/// A spell, and what is to be tried with it: `edits`, `explore`, or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WhatIfRequest {
    /// Id of the release, as in grouping.
    #[schema(example = "2024-25.payment")]
    reference: String,
    /// What `auto` chooses by, with the discharge date.
    #[serde(default)]
    purpose: Option<Purpose>,
    /// What `auto` chooses by: the day of discharge, `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(format = Date, example = "2024-06-30")]
    discharge_date: Option<String>,
    /// The spell.
    #[serde(deserialize_with = "object")]
    #[schema(value_type = RawSpell)]
    spell: RawSpell<'static>,
    /// Variants to group beside it.
    #[serde(default, deserialize_with = "objects")]
    #[schema(max_items = 200)]
    edits: Vec<Edit>,
    /// What to look for: the single changes that would give the spell another HRG.
    #[serde(default)]
    #[schema(example = json!(["secondary-diagnoses", "stay"]))]
    explore: Vec<Explore>,
}

/// The spell as it was sent, and what was tried with it.
#[derive(Debug, Serialize, ToSchema)]
struct WhatIfAnswer {
    /// Which release answered.
    reference: ReferenceAnswer,
    /// What to bear in mind, to be shown beside the results.
    #[schema(example = "Coding follows the record, not the tariff.")]
    note: &'static str,
    /// What the spell groups to as it was sent.
    base: Grouped,
    /// The variants, in the order of the edits.
    variants: Vec<Variant>,
    /// What was found, where anything was to be explored.
    #[serde(skip_serializing_if = "Option::is_none")]
    explored: Option<Explored>,
}

/// Change one admitted patient care spell and see what would follow.
///
/// Each of the `edits` is grouped beside the spell as it was sent, with the first step that decides otherwise. `explore`
/// finds the single secondary diagnosis, stay, age or procedure that would give the spell another HRG, by the tables of the
/// release. Coding follows the record, not the tariff.
#[utoipa::path(
    post,
    path = "/v1/what-if",
    operation_id = "what_if_apc",
    tag = "group",
    request_body(content = WhatIfRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "The spell as it was sent, and what was tried with it", body = WhatIfAnswer),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The content type is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has not the form asked for, a change cannot be made, or no release covers the discharge date", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn what_if_apc(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let bytes = json_bytes(&headers, body, app.limits.single_bytes).await?;
    let Object(request) = read::<Object<WhatIfRequest>>(&bytes, "")?;
    let by = ChooseBy { purpose: request.purpose, discharge_date: request.discharge_date.as_deref() };
    let chosen = choose_one(&app, &request.reference, Dataset::Apc, by)?;
    let faults: Vec<Fault> =
        number_faults(&request).into_iter().chain(faults_of_size(&request.spell, "/spell")).collect();
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let meters = app.meters.clone();
    app.at_work(move || answer(request, &chosen, &meters)).await
}

fn answer(request: WhatIfRequest, chosen: &Chosen, meters: &Meters) -> Result<Response, ApiError> {
    let WhatIfRequest { spell, edits, explore, .. } = request;
    let changed = changed(&spell, &edits).map_err(ApiError::Invalid)?;
    let reference = &chosen.release;
    let base = base(&spell, reference);
    let mut tally = Tally::default();
    base.count(&mut tally);
    meters.grouped(Dataset::Apc, &tally);
    let variants = edits.into_iter().zip(&changed).map(|(edit, changed)| variant(edit.name, changed, &base, reference));
    let answer = WhatIfAnswer {
        reference: chosen.named(),
        note: NOTE,
        variants: variants.collect(),
        explored: (!explore.is_empty()).then(|| Explored::of(&explore, &spell, &base, reference)),
        base: base.result,
    };
    Ok(of_json(reference, &answer))
}

/// The spell with the changes of each edit, or every edit's first fault.
fn changed(spell: &RawSpell<'static>, edits: &[Edit]) -> Result<Vec<RawSpell<'static>>, Vec<Fault>> {
    let (mut changed, mut faults, mut episodes) = (Vec::with_capacity(edits.len()), Vec::new(), 0);
    for (i, edit) in edits.iter().enumerate() {
        match edit.apply(spell, &format!("/edits/{i}")) {
            Ok(variant) => {
                episodes += variant.episodes.len();
                changed.push(variant);
            }
            Err(more) => faults.extend(more),
        }
        if episodes > MAX_EPISODES_TRIED {
            let message = format!("all variants together may have {MAX_EPISODES_TRIED} episodes; send fewer at once");
            return Err(vec![Fault { pointer: "/edits".to_owned(), code: "too-many", message }]);
        }
    }
    if faults.is_empty() { Ok(changed) } else { Err(faults) }
}

fn number_faults(request: &WhatIfRequest) -> Option<Fault> {
    let (code, message) = match request.edits.len() {
        0 if request.explore.is_empty() => {
            ("missing-field", "there is something to try: edits, explore or both".to_owned())
        }
        n if n > MAX_EDITS => ("too-many", format!("at most {MAX_EDITS} variants at once")),
        _ => return None,
    };
    Some(Fault { pointer: "/edits".to_owned(), code, message })
}
