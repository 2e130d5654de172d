//! The committed document of the interface is the one the routes make.

mod support;

#[test]
fn the_committed_document_is_the_one_the_routes_make() {
    let committed = std::fs::read_to_string(support::folder("openapi").join("openapi.json")).unwrap_or_default();
    assert!(
        committed == hrg_grouper::http::openapi::document(),
        "openapi/openapi.json is out of date: run `make openapi` and commit it"
    );
}

#[test]
fn every_route_of_the_interface_is_in_the_document() {
    let document: serde_json::Value =
        serde_json::from_str(&hrg_grouper::http::openapi::document()).expect("the document is JSON");
    let paths: Vec<&String> = document["paths"].as_object().expect("paths").keys().collect();
    let expected = [
        "/_ping",
        "/_status",
        "/health/live",
        "/health/ready",
        "/v1/check/{dataset}",
        "/v1/compare",
        "/v1/group/acc",
        "/v1/group/acc/batch",
        "/v1/group/apc",
        "/v1/group/apc/batch",
        "/v1/group/em",
        "/v1/group/em/batch",
        "/v1/group/nac",
        "/v1/group/nac/batch",
        "/v1/group/ncc",
        "/v1/group/ncc/batch",
        "/v1/group/nrd",
        "/v1/group/nrd/batch",
        "/v1/group/pcc",
        "/v1/group/pcc/batch",
        "/v1/jobs",
        "/v1/jobs/{id}",
        "/v1/jobs/{id}/events",
        "/v1/jobs/{id}/result",
        "/v1/limits",
        "/v1/references",
        "/v1/references/{a}/diff/{b}",
        "/v1/references/{id}",
        "/v1/references/{id}/codes/{system}",
        "/v1/references/{id}/codes/{system}/{code}",
        "/v1/references/{id}/hrgs",
        "/v1/references/{id}/hrgs/{hrg}",
        "/v1/references/{id}/lists",
        "/v1/references/{id}/lists/{name}",
        "/v1/references/{id}/rows/{row}",
        "/v1/what-if",
    ];
    assert_eq!(paths, expected);
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn the_committed_document_of_the_admin_interface_is_the_one_its_routes_make() {
    let committed = std::fs::read_to_string(support::folder("openapi").join("admin.json")).unwrap_or_default();
    assert!(
        committed == hrg_grouper::http::openapi::admin_document(),
        "openapi/admin.json is out of date: run `make openapi` and commit it"
    );
    let document: serde_json::Value = serde_json::from_str(&committed).expect("the document is JSON");
    let paths: Vec<&String> = document["paths"].as_object().expect("paths").keys().collect();
    let expected = [
        "/admin/references",
        "/admin/references/{id}",
        "/admin/references/{id}/activate",
        "/admin/references/{id}/rollback",
        "/metrics",
    ];
    assert_eq!(paths, expected);
    let public: serde_json::Value =
        serde_json::from_str(&hrg_grouper::http::openapi::document()).expect("the document is JSON");
    assert!(expected.iter().all(|path| public["paths"][path].is_null()), "none of them is public");
}
