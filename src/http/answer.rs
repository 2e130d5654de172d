//! Answers about a release as responses: JSON in one buffer, and the headers that name the release.

use super::choose::Chosen;
use super::envelope::{NOSNIFF, REQUEST_ID};
use super::error::ApiError;
use super::meters::Meters;
use crate::batch::json;
use crate::grouper::Workspace;
use crate::grouper::answer::{ReferenceAnswer, trace};
use crate::record::RawSpell;
use crate::reference::{Identity, Reference};
use crate::trace::{Explain, Off, Recording};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use uuid::Uuid;

/// Which release answered.
pub(super) const REFERENCE: HeaderName = HeaderName::from_static("hrg-reference");
/// Its digest.
pub(super) const DIGEST: HeaderName = HeaderName::from_static("hrg-reference-digest");
/// This answer and no other: under this id it stands in the book of decisions, where the service keeps one.
pub(super) const DECISION: HeaderName = HeaderName::from_static("hrg-decision-id");
/// Bytes that most answers without a trace keep to: those to spells of one episode or two.
const ANSWER_BYTES: usize = 1024;
/// Headers that an answer will bear, those of the envelope and of the server library included.
const HEADERS: usize = 12;

/// The answer to one spell as the bytes of an [`Answer`](crate::grouper::Answer), written without one: that detour costs as
/// much as the grouping.
pub(super) fn written(spell: &RawSpell<'_>, chosen: &Chosen, explain: Explain, meters: &Meters) -> Vec<u8> {
    let reference = &chosen.release;
    let mut room: Box<Workspace<'_>> = ROOM.take().unwrap_or_default();
    let (grouping, trace) = if explain == Explain::None {
        (room.group(spell, reference, &mut Off), None)
    } else {
        let mut recording = Recording::default();
        let grouping = room.group(spell, reference, &mut recording);
        (grouping, Some(trace(recording.into_steps(), explain, reference)))
    };
    meters.grouped_spell(grouping);
    let mut out = Vec::with_capacity(ANSWER_BYTES);
    named(&mut out, chosen);
    out.extend_from_slice(b",\"spell\":");
    json::spell(&mut out, &grouping.spell, reference);
    out.extend_from_slice(b",\"episodes\":");
    json::episodes(&mut out, &grouping.episodes, reference);
    if let Some(trace) = &trace {
        out.extend_from_slice(b",\"trace\":");
        json::value(&mut out, trace);
    }
    out.push(b'}');
    ROOM.set(Some(room.emptied()));
    out
}

thread_local! {
    /// Room to group in: empty between two spells, so that each need not take memory of its own.
    static ROOM: Cell<Option<Box<Workspace<'static>>>> = const { Cell::new(None) };
}

/// Begins an answer with the release, as [`Chosen::named`] has it.
fn named(out: &mut Vec<u8>, chosen: &Chosen) {
    with_name(&chosen.release, |name| out.extend_from_slice(&name.json));
    if let Some(word) = chosen.by() {
        out.extend_from_slice(b",\"chosenBy\":");
        json::text(out, word);
    }
    out.push(b'}');
}

/// An answer in JSON, with the headers of [`with_reference`].
pub(super) fn of_json(reference: &Reference, answer: &impl Serialize) -> Response {
    let mut body = Vec::with_capacity(ANSWER_BYTES);
    match serde_json::to_writer(&mut body, answer) {
        Ok(()) => of_bytes(reference, body),
        Err(_) => ApiError::Internal.into_response(),
    }
}

/// The same of JSON that is written already.
pub(super) fn of_bytes(reference: &Reference, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    // A copy of headers that are there costs a third of making them.
    *headers = with_name(reference, |name| name.headers.clone());
    set_decision(headers);
    response
}

/// The headers that name the release, and the word that results are not to be kept.
pub(super) fn with_reference(reference: &Reference, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    with_name(reference, |name| {
        for header in [REFERENCE, DIGEST, header::CACHE_CONTROL] {
            if let Some(value) = name.headers.get(&header) {
                headers.insert(header, value.clone());
            }
        }
    });
    set_decision(headers);
    response
}

/// Gives an answer its id.
fn set_decision(headers: &mut HeaderMap) {
    let mut id = Uuid::encode_buffer();
    if let Ok(value) = HeaderValue::from_str(Uuid::new_v4().hyphenated().encode_lower(&mut id)) {
        headers.insert(DECISION, value);
    }
}

/// How answers name a release.
#[derive(Debug, Default)]
struct Name {
    of: Option<ReferenceAnswer>,
    /// The headers of an answer in JSON, with those that the envelope adds; the ids are set anew for each answer.
    headers: HeaderMap,
    /// How an answer in JSON begins.
    json: Vec<u8>,
}

impl Name {
    fn of(reference: &Reference) -> Name {
        let of = ReferenceAnswer::of(reference);
        let mut json = b"{\"reference\":{\"id\":".to_vec();
        json::text(&mut json, &of.id);
        json.extend_from_slice(b",\"digest\":");
        json::text(&mut json, &of.digest);
        json.extend_from_slice(b",\"status\":");
        json::value(&mut json, &of.status);
        let mut headers = HeaderMap::with_capacity(HEADERS);
        for (name, text) in [(REFERENCE, &*of.id), (DIGEST, &of.digest), (DECISION, ""), (REQUEST_ID, "")] {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        Name { of: Some(of), headers, json }
    }

    fn is_of(&self, reference: &Reference) -> bool {
        let Identity { id, digest, status, .. } = &reference.identity;
        self.of.as_ref().is_some_and(|of| of.digest == *digest && of.id == *id && of.status == *status)
    }
}

thread_local! {
    /// The name of the release of the last answer, which is mostly that of the next one too.
    static NAME: RefCell<Name> = RefCell::default();
}

/// Uses the name of a release.
fn with_name<T>(reference: &Reference, use_it: impl FnOnce(&Name) -> T) -> T {
    NAME.with_borrow_mut(|name| {
        if !name.is_of(reference) {
            *name = Name::of(reference);
        }
        use_it(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Shelf;
    use crate::grouper::{Answer, answer};
    use crate::record::RawEpisode;
    use crate::reference::Dataset;
    use crate::sample::{Order, Sample, columns};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    /// Invented spells, many of them with faults.
    fn spells(reference: &Reference) -> Vec<RawSpell<'static>> {
        let names: Vec<String> =
            columns(Dataset::Apc).iter().map(|field| field.field.name().to_ascii_lowercase()).collect();
        let mut spells: BTreeMap<String, Vec<RawEpisode<'static>>> = BTreeMap::new();
        let order = Order { dataset: Dataset::Apc, records: 500, seed: 7, errors: 0.4 };
        for row in Sample::new(order, reference) {
            let mut episode = serde_json::Map::new();
            let mut spell = String::new();
            for (name, value) in names.iter().zip(row) {
                match name.as_str() {
                    "provspno" => spell = value,
                    "procodet" => {}
                    "diag" | "oper" => {
                        let list = episode.entry(name).or_insert_with(|| serde_json::json!([]));
                        list.as_array_mut().expect("a list").push(value.into());
                    }
                    _ => drop(episode.insert(name.clone(), value.into())),
                }
            }
            let episode = serde_json::from_value(episode.into()).expect("an episode");
            spells.entry(spell).or_default().push(episode);
        }
        let spell =
            |(name, episodes): (String, _)| RawSpell { procodet: "R0A".into(), provspno: name.into(), episodes };
        spells.into_iter().map(spell).collect()
    }

    #[test]
    fn an_answer_is_written_as_it_is_serialised() {
        let (shelf, _) = Shelf::load(None).expect("loads");
        let release = shelf.find("2024-25.payment").expect("is there");
        for spell in spells(&release) {
            for (auto, explain) in [(false, Explain::None), (true, Explain::None), (true, Explain::Misses)] {
                let chosen = Chosen { release: Arc::clone(&release), auto };
                let answer = Answer { reference: chosen.named(), ..answer(&spell, &release, explain) };
                let ours = String::from_utf8(written(&spell, &chosen, explain, &Meters::default())).expect("text");
                assert_eq!(ours, serde_json::to_string(&answer).expect("serialises"));
            }
        }
    }
}
