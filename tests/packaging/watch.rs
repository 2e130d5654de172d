//! The metrics of docs/metrics.md, and what draws them and warns of them.

use crate::promql::named;
use crate::{ADMIN, text, texts, yaml};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Labels that the scrape adds.
const SCRAPED: [&str; 3] = ["job", "instance", "le"];

/// The words between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The series that docs/metrics.md lists, each with its labels.
fn series() -> BTreeMap<String, Vec<String>> {
    let mut series = BTreeMap::new();
    for line in text("docs/metrics.md").lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, kind, labels, words, ..] = &cells[..] else { panic!("{line}: four columns") };
        assert!(!words.is_empty(), "{line}: what it counts");
        let names = quoted(name);
        let [name] = &names[..] else { panic!("{line}: one name") };
        let endings: &[&str] = match *kind {
            "counter" | "gauge" => &[""],
            "histogram" => &["_bucket", "_sum", "_count"],
            other => panic!("{line}: {other} is no kind"),
        };
        assert_eq!(*kind == "counter", name.ends_with("_total"), "{name}: counters end so, and nothing else");
        for ending in endings {
            let earlier = series.insert(format!("{name}{ending}"), quoted(labels));
            assert_eq!(earlier, None, "{name} stands twice");
        }
    }
    assert!(series.len() >= 14, "{series:?}");
    series
}

/// Checks a query; gives the series that it names.
#[track_caller]
fn check(place: &str, query: &str, own: &[&str]) -> BTreeSet<String> {
    let series = series();
    let named = named(query);
    assert!(!named.metrics.is_empty(), "{place}: {query} names no metric");
    let mut labels: BTreeSet<&str> = SCRAPED.into_iter().collect();
    for metric in &named.metrics {
        match series.get(metric) {
            Some(of_metric) => labels.extend(of_metric.iter().map(String::as_str)),
            None => assert!(own.contains(&metric.as_str()), "{place}: docs/metrics.md has no {metric}"),
        }
    }
    for label in &named.labels {
        assert!(labels.contains(label.as_str()), "{place}: {query} has no label {label}");
    }
    named.metrics
}

#[test]
fn the_dashboard_draws_metrics_of_the_list_and_each_of_them() {
    let dashboard: Json = serde_json::from_str(&text("deploy/grafana/dashboards/hrg.json")).expect("JSON");
    let source = yaml("deploy/grafana/provisioning/datasources/prometheus.yaml");
    let source = source["datasources"][0]["uid"].as_str().expect("a uid").to_owned();
    let mut drawn = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        let title = panel["title"].as_str().expect("a title");
        assert!(ids.insert(panel["id"].as_u64().expect("an id")), "{title}: its id stands twice");
        for target in panel["targets"].as_array().into_iter().flatten() {
            assert_eq!(target["datasource"]["uid"], source.as_str(), "{title}");
            drawn.extend(check(title, target["expr"].as_str().expect("a query"), &[]));
        }
    }
    let stems: BTreeSet<&str> = drawn.iter().map(|name| name.trim_end_matches("_bucket")).collect();
    let missing: Vec<String> = series()
        .into_keys()
        .filter(|name| !name.ends_with("_sum") && !name.ends_with("_count"))
        .filter(|name| !stems.contains(name.trim_end_matches("_bucket")))
        .collect();
    assert!(missing.is_empty(), "not drawn: {missing:?}");
}

#[test]
fn alerts_are_about_metrics_of_the_list() {
    let alerts = yaml("deploy/prometheus/alerts.yml");
    let rules = alerts["groups"][0]["rules"].as_vec().expect("rules");
    assert!(rules.len() >= 5);
    for rule in rules {
        let name = rule["alert"].as_str().expect("a name");
        // `up` is Prometheus' own.
        check(name, rule["expr"].as_str().expect("a query"), &["up"]);
        assert!(rule["annotations"]["summary"].as_str().is_some_and(|words| words.ends_with(['.', '?'])), "{name}");
        assert!(["page", "ticket"].contains(&rule["labels"]["severity"].as_str().unwrap_or_default()), "{name}");
    }
}

#[test]
fn what_watches_looks_at_the_admin_port_and_finds_its_files() {
    let prometheus = yaml("deploy/prometheus/prometheus.yml");
    let scrape = &prometheus["scrape_configs"][0];
    assert_eq!(scrape["metrics_path"].as_str(), Some("/metrics"));
    assert_eq!(texts(&scrape["static_configs"][0]["targets"]), [format!("hrg:{ADMIN}")]);
    assert_eq!(scrape["job_name"].as_str(), Some("hrg"), "as dashboard and alerts have it");
    for file in texts(&prometheus["rule_files"]) {
        text(&format!("deploy/prometheus/{file}"));
    }
    let compose = yaml("deploy/compose.yaml");
    let mounts = texts(&compose["services"]["grafana"]["volumes"]);
    let provider = yaml("deploy/grafana/provisioning/dashboards/hrg.yaml");
    let place = provider["providers"][0]["options"]["path"].as_str().expect("a path");
    assert!(mounts.contains(&&*format!("./grafana/dashboards:{place}:ro")), "{mounts:?}");
    let source = yaml("deploy/grafana/provisioning/datasources/prometheus.yaml");
    assert_eq!(source["datasources"][0]["url"].as_str(), Some("http://prometheus:9090"));
}
