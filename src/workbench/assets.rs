//! Styles and scripts, each under an address that changes with the content of any of them, so that a browser never asks
//! twice.

use super::page::secured;
use crate::http::conditional::{holds, not_modified, tagged};
use crate::http::error::ApiError;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static OWN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/workbench/assets");
/// The NHS design system's styles; empty where the build could not fetch them.
static NHSUK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/nhsuk.css"));

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::new);

/// A file with its tag.
struct Asset {
    bytes: &'static [u8],
    tag: String,
}

/// Every file by its name, and what tells this set from any other.
struct Assets {
    files: BTreeMap<String, Asset>,
    version: String,
}

impl Assets {
    fn new() -> Assets {
        let own = OWN.files().filter_map(|file| Some((file.path().to_str()?.to_owned(), file.contents())));
        let nhsuk = std::iter::once(("nhsuk.css".to_owned(), NHSUK));
        let asset = |bytes| Asset { bytes, tag: digits(Sha256::digest(bytes).as_slice()) };
        let files: BTreeMap<_, _> = own.chain(nhsuk).map(|(name, bytes)| (name, asset(bytes))).collect();
        let whole =
            files.iter().fold(Sha256::new(), |whole, (name, asset)| whole.chain_update(name).chain_update(&asset.tag));
        Assets { files, version: digits(whole.finalize().as_slice()) }
    }
}

fn digits(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What stands in the address of every asset.
pub(super) fn version() -> &'static str {
    &ASSETS.version
}

/// One asset. Of another version there is none: a page and its scripts are of one program.
pub(super) async fn get_asset(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let asset = ASSETS.files.get(&name).filter(|_| version == ASSETS.version);
    let (Some(asset), Some(kind)) = (asset, kind(&name)) else { return ApiError::NotFound.into_response() };
    let mut response = if holds(&headers, &asset.tag) {
        not_modified(&asset.tag)
    } else {
        tagged(([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], asset.bytes), &asset.tag)
    };
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, forever);
    secured(response)
}

/// What a file is, by the end of its name.
fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_style_asks_for_a_file_of_its_own() {
        for (name, asset) in ASSETS.files.iter().filter(|(name, _)| name.rsplit('.').next() == Some("css")) {
            let text = std::str::from_utf8(asset.bytes).expect("text");
            for word in ["url(", "@import", "@font-face", "sourceMappingURL", "http:", "https:"] {
                assert!(!text.contains(word), "{name} holds {word}");
            }
        }
    }

    #[test]
    fn every_asset_has_a_kind() {
        for name in ASSETS.files.keys() {
            assert!(kind(name).is_some(), "{name}");
        }
    }
}
