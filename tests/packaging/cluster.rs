//! The Kubernetes manifests.

use crate::support::{files_below, folder};
use crate::{ADMIN, PUBLIC, USER, assert_pinned, entries, is_route, texts, yaml};
use yaml_rust2::Yaml;

fn manifest(name: &str) -> Yaml {
    yaml(&format!("deploy/kubernetes/{name}.yaml"))
}

/// What the pods are made of.
fn pod() -> Yaml {
    manifest("deployment")["spec"]["template"]["spec"].clone()
}

#[test]
fn kustomization_names_every_manifest_and_the_version_of_the_program() {
    let kustomization = manifest("kustomization");
    let mut named = texts(&kustomization["resources"]);
    named.sort_unstable();
    let there: Vec<String> = files_below(&folder("deploy/kubernetes"), "yaml")
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .filter(|name| name != "kustomization.yaml")
        .collect();
    assert_eq!(named, there);
    assert_eq!(kustomization["images"][0]["newTag"].as_str(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(kustomization["images"][0]["name"].as_str(), Some("hrg-grouper"));
}

#[test]
fn the_namespace_takes_restricted_pods_alone_and_the_pod_is_one() {
    let namespace = manifest("namespace");
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"].as_str(), Some("restricted"));
    let pod = pod();
    let of_pod = &pod["securityContext"];
    assert_eq!(of_pod["runAsNonRoot"], Yaml::Boolean(true));
    assert_eq!(of_pod["runAsUser"].as_i64(), Some(USER), "as the image has it");
    assert_eq!(of_pod["seccompProfile"]["type"].as_str(), Some("RuntimeDefault"));
    assert_eq!(pod["automountServiceAccountToken"], Yaml::Boolean(false));
    for shared in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
        assert!(pod[shared].is_badvalue(), "{shared}");
    }
    let containers = pod["containers"].as_vec().expect("containers");
    assert_eq!(containers.len(), 1);
    for container in containers {
        let of_container = &container["securityContext"];
        assert_eq!(of_container["readOnlyRootFilesystem"], Yaml::Boolean(true));
        assert_eq!(of_container["allowPrivilegeEscalation"], Yaml::Boolean(false));
        assert_eq!(of_container["privileged"], Yaml::Boolean(false));
        assert_eq!(texts(&of_container["capabilities"]["drop"]), ["ALL"]);
        assert!(of_container["capabilities"]["add"].is_badvalue());
        assert!(container["resources"]["limits"]["memory"].as_str().is_some(), "memory has a bound");
        assert_pinned(container["image"].as_str().unwrap_or_default());
    }
    for volume in pod["volumes"].as_vec().into_iter().flatten() {
        assert!(!volume["emptyDir"]["sizeLimit"].is_badvalue(), "a bounded folder of the pod alone: {volume:?}");
    }
}

/// The number of a named port of the container.
fn port(container: &Yaml, name: &str) -> Option<i64> {
    let ports = container["ports"].as_vec()?;
    ports.iter().find(|port| port["name"].as_str() == Some(name))?["containerPort"].as_i64()
}

#[test]
fn probes_ask_routes_that_are_there() {
    let container = pod()["containers"][0].clone();
    let asks = |probe: &str| {
        let get = &container[probe]["httpGet"];
        let path = get["path"].as_str().unwrap_or_default().to_owned();
        assert!(is_route(&path), "{probe} asks {path:?}");
        assert_eq!(port(&container, get["port"].as_str().unwrap_or_default()), Some(PUBLIC), "{probe}");
        path
    };
    assert_eq!(asks("startupProbe"), "/health/live");
    assert_eq!(asks("livenessProbe"), "/health/live", "a service that is not ready is not restarted");
    assert_eq!(asks("readinessProbe"), "/health/ready");
}

#[test]
fn ports_agree() {
    let kustomization = manifest("kustomization");
    let settings = texts(&kustomization["configMapGenerator"][0]["literals"]);
    assert!(settings.contains(&&*format!("HRG_LISTEN=0.0.0.0:{PUBLIC}")), "{settings:?}");
    assert!(settings.contains(&&*format!("HRG_ADMIN_LISTEN=0.0.0.0:{ADMIN}")), "{settings:?}");
    let map = kustomization["configMapGenerator"][0]["name"].as_str();
    let container = pod()["containers"][0].clone();
    assert_eq!(container["envFrom"][0]["configMapRef"]["name"].as_str(), map);
    assert_eq!((port(&container, "http"), port(&container, "admin")), (Some(PUBLIC), Some(ADMIN)));
    let service = manifest("service");
    let offered: Vec<Option<&str>> =
        service["spec"]["ports"].as_vec().into_iter().flatten().map(|port| port["targetPort"].as_str()).collect();
    assert_eq!(offered, [Some("http")], "the admin port has no Service");
    let deployment = manifest("deployment");
    let scraped = &deployment["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(scraped["prometheus.io/port"].as_str(), Some(&*ADMIN.to_string()));
}

#[test]
fn everything_that_chooses_pods_chooses_these() {
    let deployment = manifest("deployment");
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    let (service, budget, policy) = (manifest("service"), manifest("disruption-budget"), manifest("network-policy"));
    let choosers = [
        &deployment["spec"]["selector"]["matchLabels"],
        &deployment["spec"]["template"]["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
        &service["spec"]["selector"],
        &budget["spec"]["selector"]["matchLabels"],
        &policy["spec"]["podSelector"]["matchLabels"],
    ];
    for chooser in choosers {
        let chosen = entries(chooser);
        assert!(!chosen.is_empty(), "a selector without labels chooses everything, or nothing");
        for (key, value) in chosen {
            assert_eq!(&labels[key], value, "{key}");
        }
    }
    let scaler = manifest("autoscaler");
    assert_eq!(scaler["spec"]["scaleTargetRef"]["name"], deployment["metadata"]["name"]);
    let (least, kept) = (scaler["spec"]["minReplicas"].as_i64(), budget["spec"]["minAvailable"].as_i64());
    assert!(kept >= Some(1) && least > kept, "a node can be emptied, and somebody still answers");
    assert!(deployment["spec"]["replicas"].is_badvalue(), "the autoscaler says how many");
}

#[test]
fn nobody_is_let_in_who_is_not_named_and_nothing_goes_out() {
    let policy = manifest("network-policy");
    assert_eq!(texts(&policy["spec"]["policyTypes"]), ["Ingress", "Egress"]);
    assert_eq!(policy["spec"]["egress"].as_vec().map(Vec::len), Some(0));
    let rules = policy["spec"]["ingress"].as_vec().expect("rules");
    let mut let_in = Vec::new();
    for rule in rules {
        let from = rule["from"].as_vec().expect("a rule without `from` lets everybody in");
        assert!(!from.is_empty());
        for peer in from {
            let labels = entries(&peer["namespaceSelector"]["matchLabels"]);
            assert!(!labels.is_empty(), "{peer:?}");
            for port in rule["ports"].as_vec().expect("a rule without ports lets in to all of them") {
                let_in.push((labels[0].1.as_str().unwrap_or_default(), port["port"].as_str().unwrap_or_default()));
            }
        }
    }
    assert_eq!(let_in, [("gateway", "http"), ("monitoring", "admin")]);
}
