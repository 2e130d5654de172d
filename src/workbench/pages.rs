//! The pages that hold nothing until a reader asks: what if, batch, reference. Their scripts ask the interface itself.

use super::desk::Desk;
use super::page::{Demonstrations, Frame, blank};
use crate::reference::Dataset;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

/// The pages.
pub(super) fn router() -> Router<Desk> {
    Router::new()
        .route("/what-if", get(get_what_if))
        .route("/batch", get(get_batch))
        .route("/reference", get(get_reference))
}

#[derive(Template)]
#[template(path = "what-if.html")]
struct WhatIfPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "batch.html")]
struct BatchPage {
    frame: Frame,
    /// The mandatory and other columns of each dataset.
    datasets: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "reference.html")]
struct ReferencePage {
    frame: Frame,
}

async fn get_what_if(State(desk): State<Desk>) -> Response {
    blank(&WhatIfPage { frame: Frame::of(&desk.app, "/what-if") })
}

async fn get_batch(State(desk): State<Desk>) -> Response {
    let datasets = Dataset::ALL.into_iter().map(|dataset| (dataset.to_string(), columns(dataset)));
    blank(&BatchPage { frame: Frame::of(&desk.app, "/batch"), datasets: datasets.collect() })
}

async fn get_reference(State(desk): State<Desk>) -> Response {
    blank(&ReferencePage { frame: Frame::of(&desk.app, "/reference") })
}

/// The official names of the columns of a dataset, those of lists with their first position.
fn columns(dataset: Dataset) -> String {
    let names = dataset.fields().iter().map(|rule| match rule.positions {
        0 => rule.field.name().to_owned(),
        positions => format!("{}:{positions}", rule.field.name()),
    });
    names.collect::<Vec<_>>().join(" ")
}
