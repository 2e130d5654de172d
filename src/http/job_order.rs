//! What a job is asked to do: its query and the headers of its file, checked before the file is taken.

use super::body::kind as media_type;
use super::choose::{ChooseBy, Chosen, Purpose, choose};
use super::error::ApiError;
use super::limits;
use super::state::App;
use super::stream::Packing;
use crate::files::Rdf;
use crate::files::layout::missing;
use crate::jobs::record::{Kind, Order, Packed, ReleaseName, Sent};
use crate::reference::{Dataset, Reference};
use axum::http::HeaderMap;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// In which order records are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RowOrder {
    /// As they come: rows of a spell are one spell where they come together.
    #[default]
    Input,
    /// By provider, spell and episode.
    Sort,
}

/// Query of a job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct JobQuery {
    /// What is to be done.
    #[param(inline)]
    kind: Kind,
    /// The dataset.
    #[param(inline)]
    dataset: Dataset,
    /// Id of the release, such as `2024-25.payment`, or `auto`; to compare, two to six of them with commas between.
    reference: String,
    /// What `auto` chooses by, with the discharge date.
    #[param(inline)]
    purpose: Option<Purpose>,
    /// What `auto` chooses by: a day, `YYYY-MM-DD`, for all of the file.
    #[param(format = Date)]
    discharge_date: Option<String>,
    /// A record definition: its name, where the service has it, or the text of an RDF file. Without one the header of a CSV
    /// names its columns.
    definition: Option<String>,
    /// Whether a file with a definition begins with a header line.
    #[serde(default)]
    header: bool,
    /// In which order records are grouped. Kind group only.
    #[serde(default)]
    #[param(inline)]
    order: RowOrder,
}

/// What is to be done.
pub(super) struct Asked {
    pub(super) order: Order,
    pub(super) releases: Vec<Arc<Reference>>,
    /// The record definition as text, whether it was sent or named: a job keeps it, whatever the service is started with
    /// next.
    pub(super) definition: Option<String>,
    /// Everything but the body, to tell whether a request is the same as another.
    pub(super) request: String,
}

impl Asked {
    /// Reads and checks what is asked.
    pub(super) fn read(app: &App, text: String, headers: &HeaderMap) -> Result<Asked, ApiError> {
        let query: JobQuery = serde_urlencoded::from_str(&text).map_err(|_| {
            wrong("the query takes `kind` as group, compare or check, `dataset`, `reference`, `purpose` as payment or costing, `dischargeDate`, `definition`, `header` as true or false, and `order` as input or sort")
        })?;
        let (sent, packed) = (sent(headers)?, packed(headers)?);
        query.fits(sent)?;
        let releases = query.releases(app)?;
        let definition = query.definition(app, &releases)?;
        let name = |release: &Arc<Reference>| ReleaseName {
            id: release.identity.id.clone(),
            digest: release.identity.digest.clone(),
        };
        let order = Order {
            kind: query.kind,
            dataset: query.dataset,
            references: releases.iter().map(name).collect(),
            sent,
            packed,
            header: query.header,
            definition: definition.is_some(),
            sort: query.order == RowOrder::Sort,
        };
        let request = format!("{text}\n{sent:?}\n{packed:?}");
        Ok(Asked { order, releases, definition, request })
    }
}

impl JobQuery {
    fn ids(&self) -> Vec<&str> {
        self.reference.split(',').collect()
    }

    /// Whether its parts go together.
    fn fits(&self, sent: Sent) -> Result<(), ApiError> {
        let (least, most) = limits::COMPARED;
        let count = self.ids().len();
        let words = match self.kind {
            Kind::Compare if self.dataset != Dataset::Apc => "spells alone are compared: dataset is apc",
            Kind::Compare if !(least..=most).contains(&count) => {
                "two to six releases are compared: reference names them with commas between"
            }
            Kind::Compare if sent == Sent::Json => "to compare, send CSV, or NDJSON with a spell on each line",
            Kind::Group | Kind::Check if count != 1 => "reference names one release",
            Kind::Check if sent != Sent::Csv => "to check, send CSV",
            Kind::Compare | Kind::Check if self.order == RowOrder::Sort => "order is asked of the kind group alone",
            _ if (self.definition.is_some() || self.header) && sent != Sent::Csv => "definition and header go with CSV",
            _ if self.header && self.definition.is_none() => {
                "header goes with a definition: without one the first line of a CSV always is the header"
            }
            _ => return Ok(()),
        };
        Err(wrong(words))
    }

    fn releases(&self, app: &App) -> Result<Vec<Arc<Reference>>, ApiError> {
        let by = ChooseBy { purpose: self.purpose, discharge_date: self.discharge_date.as_deref() };
        let chosen = choose(app, &self.ids(), self.dataset, by).map_err(|fault| match fault {
            ApiError::Invalid(_) => {
                wrong("dischargeDate is a day, YYYY-MM-DD; where reference is auto, it and purpose stand there too")
            }
            other => other,
        })?;
        Ok(chosen.into_iter().map(|Chosen { release, .. }| release).collect())
    }

    fn definition(&self, app: &App, releases: &[Arc<Reference>]) -> Result<Option<String>, ApiError> {
        let (Some(definition), Some(release)) = (&self.definition, releases.first()) else { return Ok(None) };
        let rdf = if definition.contains('\n') {
            Rdf::parse(definition, release.options.rdf_other_delimiters)
                .map_err(|_| wrong("definition is none; `hrg check` says what is wrong with it"))?
        } else {
            app.definitions
                .get(definition)
                .cloned()
                .ok_or_else(|| wrong("no record definition of that name is loaded"))?
        };
        let lacking = missing(&rdf, self.dataset);
        if !lacking.is_empty() {
            let words = format!("definition lacks mandatory fields of {}: {}", self.dataset, lacking.join(", "));
            return Err(ApiError::Query(words));
        }
        Ok(Some(rdf.text()))
    }
}

fn wrong(words: &str) -> ApiError {
    ApiError::Query(words.to_owned())
}

fn sent(headers: &HeaderMap) -> Result<Sent, ApiError> {
    match media_type(headers).to_ascii_lowercase().as_str() {
        "text/csv" => Ok(Sent::Csv),
        "application/x-ndjson" | "application/ndjson" => Ok(Sent::Ndjson),
        "application/json" => Ok(Sent::Json),
        _ => Err(ApiError::UnsupportedMediaType),
    }
}

fn packed(headers: &HeaderMap) -> Result<Packed, ApiError> {
    Ok(match Packing::of(headers)? {
        Packing::Plain => Packed::Plain,
        Packing::Gzip => Packed::Gzip,
        Packing::Zstd => Packed::Zstd,
    })
}
