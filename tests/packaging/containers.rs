//! The image, compose, nginx and systemd.

use crate::support::{files_below, folder};
use crate::{ADMIN, PUBLIC, USER, assert_pinned, entries, is_route, text, texts, yaml};
use std::path::Path;
use toml::Table;
use yaml_rust2::Yaml;

/// The instructions of the Dockerfile, each on one line.
fn instructions() -> Vec<String> {
    let joined = text("Dockerfile").replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// What follows the last instruction of that name.
fn last(instructions: &[String], name: &str) -> String {
    let found = instructions.iter().rev().find_map(|line| line.strip_prefix(name));
    found.unwrap_or_else(|| panic!("the Dockerfile has no {name}")).trim().to_owned()
}

#[test]
fn the_image_runs_as_nobody_in_particular_and_asks_a_route_that_is_there() {
    let instructions = instructions();
    let stages: Vec<&String> = instructions.iter().filter(|line| line.starts_with("FROM ")).collect();
    assert_eq!(stages.len(), 2, "what builds is not what is shipped: {stages:?}");
    for stage in stages {
        assert_pinned(stage.split(' ').nth(1).unwrap_or_default());
    }
    assert_eq!(last(&instructions, "USER "), format!("{USER}:{USER}"));
    assert_eq!(last(&instructions, "EXPOSE "), PUBLIC.to_string());
    assert_eq!(last(&instructions, "ENV HRG_LISTEN="), format!("0.0.0.0:{PUBLIC}"));
    assert!(
        !instructions.iter().any(|line| line.contains("HRG_ALLOW_UNAUTHENTICATED")),
        "that is not the image's to say"
    );
    let health = last(&instructions, "HEALTHCHECK ");
    let place = format!("http://127.0.0.1:{PUBLIC}");
    let path = health.split_once(&place).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    assert!(is_route(path), "the health check asks {path:?}: {health}");
    let does = |what: &str| instructions.iter().position(|line| line.contains(what));
    let built = does("cargo build --profile dist --locked").expect("as Cargo.lock says");
    assert!(does("npm ci --ignore-scripts").is_some_and(|fetched| fetched < built), "with the styles of the pages");
}

/// Whether a file gets into the build context.
fn is_sent(ignore: &str, path: &str) -> bool {
    let mut exceptions = ignore.lines().filter_map(|line| line.strip_prefix('!'));
    exceptions.any(|kept| path == kept || path.starts_with(&format!("{kept}/")))
}

/// Paths that a source file takes in when it is compiled, from the root of the project.
fn included(source: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(source).expect("a source file is readable");
    let root = folder("").canonicalize().expect("the project's folder");
    let paths = text.split("include_str!(\"").skip(1).filter_map(|rest| rest.split('"').next());
    paths
        .map(|path| {
            let whole = source.with_file_name(path).canonicalize().unwrap_or_else(|fault| panic!("{path}: {fault}"));
            whole.strip_prefix(&root).expect("a file of the project").display().to_string()
        })
        .collect()
}

#[test]
fn only_what_the_program_is_built_from_is_sent_to_the_builder() {
    let ignore = text(".dockerignore");
    let rules: Vec<&str> = ignore.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(rules.first(), Some(&"*"), "everything is left out that is not named");
    assert!(rules.iter().skip(1).all(|rule| rule.starts_with('!')), "{rules:?}");
    for path in ["deploy/tls/server.key", ".git/config", "target/release/hrg", "records.csv"] {
        assert!(!is_sent(&ignore, path), "{path} is sent");
    }
    let mut wanted: Vec<String> = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "askama.toml",
        "build.rs",
        "src/main.rs",
        "src/workbench/vendor/package-lock.json",
        "reference/README.md",
    ]
    .map(str::to_owned)
    .into_iter()
    .collect();
    let manifest: Table = text("Cargo.toml").parse().expect("TOML");
    for (kind, place) in [("bench", "benches"), ("test", "tests")] {
        for target in manifest.get(kind).and_then(toml::Value::as_array).into_iter().flatten() {
            let said = |key: &str| target.get(key).and_then(toml::Value::as_str).map(str::to_owned);
            let name = said("name").expect("a target has a name");
            wanted.push(said("path").unwrap_or_else(|| format!("{place}/{name}.rs")));
        }
    }
    for source in files_below(&folder("src"), "rs") {
        wanted.extend(included(&source));
    }
    assert!(wanted.len() > 9, "{wanted:?}");
    for path in wanted {
        assert!(is_sent(&ignore, &path), "{path} is not sent");
    }
}

#[test]
fn every_service_of_compose_is_confined() {
    let compose = yaml("deploy/compose.yaml");
    let services = entries(&compose["services"]);
    assert!(services.len() >= 4, "the service, its proxy, and what watches it");
    for (name, service) in services {
        assert_pinned(service["image"].as_str().unwrap_or_default());
        assert_eq!(service["read_only"], Yaml::Boolean(true), "{name}: the file system is read-only");
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}: no capabilities");
        assert!(service["cap_add"].is_badvalue(), "{name}: and none comes back");
        assert_eq!(texts(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        assert!(service["mem_limit"].as_str().is_some(), "{name}: memory has a bound");
        assert!(service["pids_limit"].as_i64().is_some(), "{name}: processes have a bound");
        let user = service["user"].as_str();
        let is_ours = name == "hrg"; // whose image says it
        assert!(is_ours == user.is_none() && user.is_none_or(|user| !user.starts_with('0')), "{name}: {user:?}");
        assert!(service["privileged"].is_badvalue() && service["network_mode"].is_badvalue(), "{name}");
    }
}

#[test]
fn callers_reach_the_service_of_compose_through_the_proxy_alone() {
    let compose = yaml("deploy/compose.yaml");
    let (services, networks) = (&compose["services"], &compose["networks"]);
    let on = |name: &str| texts(&services[name]["networks"]);
    assert!(services["hrg"]["ports"].is_badvalue(), "no port of the service is published");
    for network in on("hrg") {
        assert_eq!(networks[network]["internal"], Yaml::Boolean(true), "{network} leads outside");
    }
    assert_eq!(on("proxy"), ["inner", "outer"]);
    assert!(!on("prometheus").contains(&"inner") && !on("grafana").contains(&"inner"));
    assert!(!on("proxy").contains(&"operators"), "callers have no way to the admin port");
    for published in texts(&services["grafana"]["ports"]) {
        assert!(published.starts_with("127.0.0.1:"), "{published}");
    }
    let admin = services["hrg"]["environment"]["HRG_ADMIN_LISTEN"].as_str();
    assert_eq!(admin, Some(&*format!("0.0.0.0:{ADMIN}")));
}

/// The directives of nginx.conf without its comments.
fn directives() -> String {
    let text = text("deploy/nginx.conf");
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn nginx_asks_every_caller_for_a_certificate_and_keeps_no_body() {
    let conf = directives();
    let listeners: Vec<&str> = conf.lines().filter(|line| line.starts_with("listen ")).collect();
    assert!(!listeners.is_empty() && listeners.iter().all(|line| line.ends_with(" ssl;")), "{listeners:?}");
    for needed in ["ssl_verify_client on;", "ssl_client_certificate ", "ssl_protocols TLSv1.2 TLSv1.3;"] {
        assert_eq!(conf.matches(needed).count(), listeners.len(), "{needed}");
    }
    for needed in ["proxy_request_buffering off;", "proxy_buffering off;", "error_log /dev/stderr crit;"] {
        assert_eq!(conf.matches(needed).count(), 1, "{needed}");
    }
    for header in ["X-Client-Verify $ssl_client_verify;", "X-Client-Subject $ssl_client_s_dn;"] {
        assert_eq!(conf.matches(&format!("proxy_set_header {header}")).count(), 1, "{header}");
    }
    // A location with one of its own would do without those of the server.
    assert_eq!(conf.matches("proxy_set_header ").count(), 4, "all at the server");
    for undone in ["proxy_request_buffering on", "proxy_buffering on", "$request_uri", "$request_body", "$uri"] {
        assert!(!conf.contains(undone), "{undone}");
    }
    assert_eq!(conf.matches(&format!("hrg:{PUBLIC};")).count(), 2, "the upstream of both listeners");
    assert!(!conf.contains(&ADMIN.to_string()), "the admin port is not for callers");
    let published = yaml("deploy/compose.yaml");
    for port in texts(&published["services"]["proxy"]["ports"]) {
        let (_, inside) = port.split_once(':').unwrap_or_default();
        assert!(conf.contains(&format!("listen {inside} ssl;")), "{port} is published and nobody listens");
    }
}

#[test]
fn the_systemd_unit_is_confined() {
    let unit = text("deploy/systemd/hrg.service");
    let lines: Vec<&str> = unit.lines().filter(|line| !line.starts_with('#')).collect();
    let needed = [
        "DynamicUser=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "MemoryDenyWriteExecute=yes",
        "RestrictNamespaces=yes",
        "SystemCallFilter=@system-service",
        "IPAddressDeny=any",
        "IPAddressAllow=localhost",
    ];
    for line in needed {
        assert!(lines.contains(&line), "{line}");
    }
    assert!(lines.contains(&&*format!("Environment=HRG_LISTEN=127.0.0.1:{PUBLIC}")), "the loopback alone");
    assert!(!unit.contains("ALLOW_UNAUTHENTICATED"), "the proxy is on the same machine");
}
