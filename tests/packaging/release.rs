//! The workflow that makes a release, and the policy on what the program is made of.

use crate::{entries, text, yaml};
use toml::{Table, Value};

#[test]
fn the_release_workflow_runs_pinned_actions_with_no_more_rights_than_each_job_needs() {
    let workflow = yaml(".github/workflows/release.yml");
    let rights = workflow["permissions"].as_hash().map(|rights| rights.len());
    assert_eq!(rights, Some(0), "no rights but those of a job");
    let mut actions = 0;
    for (name, job) in entries(&workflow["jobs"]) {
        for (right, level) in entries(&job["permissions"]) {
            let may = level.as_str() == Some("read") || name == "publish";
            assert!(may, "{name} may {level:?} {right}");
        }
        for step in job["steps"].as_vec().expect("steps") {
            let Some(action) = step["uses"].as_str() else { continue };
            let (_, commit) = action.split_once('@').unwrap_or_default();
            let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(is_commit, "{name}: {action} is not pinned to a commit");
            actions += 1;
        }
    }
    assert!(actions >= 5, "{actions}");
}

#[test]
fn a_release_is_tested_static_and_listed() {
    let workflow = yaml(".github/workflows/release.yml");
    let jobs = &workflow["jobs"];
    let run = |job: &str| {
        let steps = jobs[job]["steps"].as_vec().expect("steps");
        steps.iter().filter_map(|step| step["run"].as_str()).collect::<Vec<_>>().join("\n")
    };
    assert!(run("check").contains("make test") && run("check").contains("make audit"));
    assert_eq!(jobs["build"]["needs"].as_str(), Some("check"));
    let built: Vec<&str> = jobs["build"]["strategy"]["matrix"]["include"]
        .as_vec()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry["target"].as_str())
        .collect();
    assert_eq!(built, ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"]);
    let build = run("build");
    assert!(build.contains("cargo build --profile dist --locked") && build.contains("static-pie linked"));
    assert!(build.contains("tests/npm.sh src/workbench/vendor"), "with the styles of the pages");
    let bill = run("sbom");
    assert!(
        bill.contains("cargo cyclonedx --format json") && bill.contains("cargo install cargo-cyclonedx --version ")
    );
    assert!(run("publish").contains("sha256sum"));
}

/// A value of deny.toml.
fn policy(section: &str, key: &str) -> Value {
    let table: Table = text("deny.toml").parse().expect("TOML");
    table.get(section).and_then(|section| section.get(key)).cloned().unwrap_or_else(|| panic!("{section}.{key}"))
}

#[test]
fn the_policy_refuses_what_is_unsafe_unknown_or_copyleft() {
    assert_eq!(policy("advisories", "yanked").as_str(), Some("deny"));
    assert_eq!(policy("advisories", "ignore").as_array().map(Vec::len), Some(0), "no advisory is lived with");
    for source in ["unknown-registry", "unknown-git"] {
        assert_eq!(policy("sources", source).as_str(), Some("deny"), "{source}");
    }
    assert_eq!(policy("bans", "wildcards").as_str(), Some("deny"));
    let allowed = policy("licenses", "allow");
    let allowed: Vec<&str> = allowed.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert!(allowed.contains(&"MIT") && allowed.contains(&"Apache-2.0"), "{allowed:?}");
    for licence in allowed {
        let is_copyleft = ["GPL", "MPL", "EPL", "CDDL", "EUPL"].iter().any(|family| licence.contains(family));
        assert!(!is_copyleft, "{licence} asks more of those who use the program than it asks itself");
    }
}
