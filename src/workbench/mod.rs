//! Room 17, **the reading room**: pages for coders, analysts and support, in the program. Server-rendered HTML with small
//! modules of JavaScript; what a page shows it asks of the service itself, by the same routes and the same access as every
//! other caller (`desk`). A page holds no data until it is asked, and what is asked stands in bodies, never in an address.

mod answer;
mod assets;
mod desk;
mod draft;
mod fields;
mod outcome;
mod page;
mod pages;
mod scale;
mod service;
mod single;
mod why;

use crate::http::App;
use axum::Router;
use axum::routing::get;
use desk::Desk;

/// The pages. `service` is what answers everybody else.
pub fn router(app: &App, service: Router) -> Router<App> {
    let desk = Desk::new(app, service);
    Router::new()
        .route("/assets/{version}/{*path}", get(assets::get_asset))
        .merge(single::router())
        .merge(service::router())
        .merge(pages::router())
        .with_state(desk)
}
