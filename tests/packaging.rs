//! What the service is shipped in: image, compose, Kubernetes, systemd, nginx, what watches it, and the workflow that makes
//! a release. Read as files; nothing is built or started.

mod support;

#[path = "packaging/cluster.rs"]
mod cluster;
#[path = "packaging/containers.rs"]
mod containers;
#[path = "packaging/promql.rs"]
mod promql;
#[path = "packaging/release.rs"]
mod release;
#[path = "packaging/watch.rs"]
mod watch;

use yaml_rust2::{Yaml, YamlLoader};

/// The port that callers reach, by way of what authenticates them.
const PUBLIC: i64 = 8080;
/// The port of the admin interface and of `/metrics`.
const ADMIN: i64 = 8081;
/// The user that the image's program runs as.
const USER: i64 = 10001;

/// A file of the project.
#[track_caller]
fn text(path: &str) -> String {
    std::fs::read_to_string(support::folder(path)).unwrap_or_else(|fault| panic!("{path}: {fault}"))
}

/// The one document of a YAML file.
#[track_caller]
fn yaml(path: &str) -> Yaml {
    let mut documents =
        YamlLoader::load_from_str(&text(path)).unwrap_or_else(|fault| panic!("{path} is no YAML: {fault}"));
    assert_eq!(documents.len(), 1, "{path}: one document");
    documents.remove(0)
}

/// The texts of a list; none where there is no list.
fn texts(list: &Yaml) -> Vec<&str> {
    list.as_vec().into_iter().flatten().filter_map(Yaml::as_str).collect()
}

/// The entries of a mapping by their names; none where there is no mapping.
fn entries(mapping: &Yaml) -> Vec<(&str, &Yaml)> {
    mapping.as_hash().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str()?, value))).collect()
}

/// Whether the service's document has a GET of that path.
fn is_route(path: &str) -> bool {
    let document: serde_json::Value =
        serde_json::from_str(&hrg_grouper::http::openapi::document()).expect("the document is JSON");
    document["paths"][path]["get"].is_object()
}

/// An image has a tag that says which it is.
#[track_caller]
fn assert_pinned(image: &str) {
    let tag = image.rsplit('/').next().and_then(|name| name.split_once(':')).map(|(_, tag)| tag);
    let pinned = tag.is_some_and(|tag| tag != "latest" && tag.contains(|c: char| c.is_ascii_digit()));
    assert!(pinned, "{image} is not pinned to a version");
}

/// Every setting that is named in what is shipped is one that the program reads.
#[test]
fn settings_are_those_of_the_program() {
    let sources: String = support::files_below(&support::folder("src"), "rs")
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("a source file is readable"))
        .collect();
    let shipped = [
        "Dockerfile",
        "deploy/compose.yaml",
        "deploy/README.md",
        "deploy/kubernetes/kustomization.yaml",
        "deploy/systemd/hrg.service",
    ];
    let mut seen = 0;
    for path in shipped {
        let text = text(path);
        for (start, _) in text.match_indices("HRG_") {
            let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
            let name = text[start..].split(|c: char| !is_name(c)).next().unwrap_or_default();
            // `HRG_SECTION__KEY` is a key of the configuration, which refuses those it does not know.
            let known = name.contains("__") || sources.contains(&format!("env = \"{name}\""));
            assert!(known, "{path}: {name} is no setting");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} settings were looked at");
}
