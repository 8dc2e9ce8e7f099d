//! AuthorizationPolicy against Envoy: Istio's golden RBAC filters and our evaluation agree on generated requests.
//!
//! The corpus holds policies and the filters that Istio builds of them. Both are asked about the same requests, which are made of the values that the
//! policies and the filters name. The four inputs with CUSTOM policies are judged by what their filters mark.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use countersign::kernel::source::Source;
use countersign::kernel::yaml;
use countersign::lint::authorization::{
    Fact, Identity, Input, Jwt, Plane, Request, TrustDomains, Verdict, evaluate,
};
use countersign::lint::{Options, documents, index};
use serde_json::{Value, json};

use super::corpus;
use super::envoy_rbac::{Probe, envoy, texts};

/// A source of choices that is the same in every run.
struct Choices(u64);

impl Choices {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn pick<'t>(&mut self, from: &'t [String]) -> &'t str {
        &from[self.next(from.len())]
    }
}

/// Every string of a document, wildcards replaced by something that they match.
fn strings(node: &Value, into: &mut BTreeSet<String>) {
    match node {
        Value::String(text) => {
            let plain = text.replace("{**}", "any/depth").replace("{*}", "one");
            into.insert(plain.replace('*', "any"));
            into.insert(text.trim_matches('*').to_owned());
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(entries) => entries.values().for_each(|value| strings(value, into)),
        _ => {}
    }
}

fn probe(choices: &mut Choices, words: &[String], principals: &[String]) -> Probe {
    let ip = |choices: &mut Choices| -> IpAddr {
        let known = [
            "1.2.3.4",
            "5.6.7.8",
            "9.0.0.1",
            "9.2.1.1",
            "10.10.10.10",
            "192.168.10.9",
            "90.10.10.10",
            "90.168.10.1",
            "172.18.5.1",
            "192.168.244.139",
            "8.8.8.8",
        ];
        known[choices.next(known.len())].parse().unwrap()
    };
    let ports = [80, 90, 91, 92, 8000, 8080, 9000, 9001, 9090, 443];
    let paths: Vec<String> = words
        .iter()
        .filter(|word| word.starts_with('/'))
        .cloned()
        .collect();
    let path = if paths.is_empty() || choices.next(4) == 0 {
        choices.pick(words).to_owned()
    } else {
        choices.pick(&paths).to_owned()
    };
    let claims = (choices.next(3) > 0).then(|| {
        let text = |choices: &mut Choices| choices.pick(words).to_owned();
        let whole = text(choices);
        let (issuer, subject) = whole.rsplit_once('/').unwrap_or((&whole, ""));
        json!({
            "iss": issuer, "sub": subject, "azp": text(choices),
            "aud": if choices.next(2) == 0 { json!(text(choices)) } else { json!([text(choices), "other"]) },
            "nested1": {"nested2": [text(choices)]},
        })
    });
    Probe {
        principal: (choices.next(5) > 0).then(|| choices.pick(principals).to_owned()),
        source_ip: ip(choices),
        remote_ip: ip(choices),
        destination_ip: ip(choices),
        port: ports[choices.next(ports.len())],
        sni: choices.pick(words).to_owned(),
        host: choices.pick(words).to_owned(),
        method: choices.pick(words).to_owned(),
        path,
        header: choices.pick(words).to_owned(),
        claims,
        metadata: choices.pick(words).to_owned(),
    }
}

fn principals(words: &[String]) -> Vec<String> {
    // A SPIFFE ID of nothing does not exist.
    let mut all: Vec<String> = words
        .iter()
        .filter(|word| !word.is_empty())
        .cloned()
        .collect();
    for domain in [
        "cluster.local",
        "td1",
        "old-td",
        "new-td",
        "some-trustdomain",
        "some-td",
        "another.local",
        "bad-one",
        "untrusted",
    ] {
        for word in words.iter().filter(|word| !word.contains('/')) {
            all.push(format!("{domain}/ns/{word}/sa/some"));
            all.push(format!("{domain}/ns/foo/sa/{word}"));
        }
        for word in words.iter().filter(|word| word.contains("/ns/")) {
            let (_, rest) = word.split_once('/').unwrap();
            all.push(format!("{domain}/{rest}"));
        }
        all.push(format!("{domain}/ns/my-ns/sa/my-sa"));
        all.push(format!("{domain}/ns/foo/sa/sa-only"));
    }
    all
}

/// Our verdict about a request whose every fact is known.
fn ours(
    input: &Arc<Source>,
    domains: &TrustDomains,
    plane: Plane,
    probes: &[Probe],
) -> Vec<Verdict> {
    let documents = documents::read(&[Arc::clone(input)]);
    let options = Options::default();
    let model = index::build(&documents, &options);
    assert!(
        model.notes.is_empty(),
        "{}: {:?}",
        input.name(),
        model.notes
    );
    let policies: Vec<_> = model.authorization_policies.iter().enumerate().collect();
    assert!(!policies.is_empty());
    let judge = |probe: &Probe| {
        let headers = [
            ("x-header", probe.header.as_str()),
            ("x-abc", probe.header.as_str()),
            (":method", probe.method.as_str()),
        ];
        let metadata = [("experimental.envoy.filters.a.b[c]", probe.metadata.as_str())];
        let identity = |principal: &String| Identity {
            principal: Cow::Owned(principal.clone()),
            has_unnamed_domain: false,
        };
        let request = Request {
            identity: probe
                .principal
                .as_ref()
                .map_or(Fact::Absent, |name| Fact::Known(identity(name))),
            source_ip: Fact::Known(probe.source_ip),
            remote_ip: Fact::Known(probe.remote_ip),
            destination_ip: Fact::Known(probe.destination_ip),
            port: probe.port,
            sni: Fact::Known(&probe.sni),
            host: Fact::Known(&probe.host),
            method: Fact::Known(&probe.method),
            path: Fact::Known(&probe.path),
            headers: Fact::Known(&headers),
            jwt: probe
                .claims
                .as_ref()
                .map_or(Fact::Absent, |claims| Fact::Known(Jwt { claims })),
            metadata: Fact::Known(&metadata),
        };
        let input = Input {
            request: &request,
            domains,
            plane,
            providers: None,
        };
        evaluate(&input, &policies).verdict
    };
    probes.iter().map(judge).collect()
}

fn parsed(path: &Path) -> (Arc<Source>, Vec<Value>) {
    let source = Source::new(path.display().to_string(), std::fs::read(path).unwrap()).unwrap();
    let documents = yaml::parse_stream(&source).documents;
    let documents = documents
        .into_iter()
        .map(|document| document.unwrap().root.to_json());
    let documents = documents.collect();
    (source, documents)
}

/// The golden files of an input; those whose trust domains differ have a name of their own.
const CASES: [(&str, &str, &[&str]); 23] = [
    ("http/allow-empty-rule", "", &["out"]),
    ("http/allow-full-rule", "", &["out"]),
    ("http/allow-host-before-111", "", &["out"]),
    ("http/allow-nil-rule", "", &["out"]),
    ("http/allow-path", "", &["out"]),
    ("http/audit-full-rule", "", &["out"]),
    ("http/deny-and-allow", "", &["out1", "out2"]),
    ("http/deny-empty-rule", "", &["out"]),
    ("http/dry-run-allow-and-deny", "", &["out1", "out2"]),
    ("http/dry-run-allow", "", &["out"]),
    ("http/dry-run-mix", "", &["out"]),
    ("http/multiple-policies", "", &["out"]),
    (
        "http/simple-policy-multiple-td-aliases",
        "td1 cluster.local some-td",
        &["out"],
    ),
    (
        "http/simple-policy-principal-with-wildcard",
        "td1 foobar",
        &["out"],
    ),
    (
        "http/simple-policy-td-aliases",
        "td1 cluster.local",
        &["out"],
    ),
    ("http/single-policy", "", &["out"]),
    (
        "http/td-aliases-source-principal",
        "new-td old-td some-trustdomain",
        &["out"],
    ),
    ("http/trust-domains", "", &["out"]),
    ("tcp/allow-both-http-tcp", "", &["out"]),
    ("tcp/allow-only-http", "", &["out"]),
    ("tcp/audit-both-http-tcp", "", &["out"]),
    ("tcp/deny-both-http-tcp", "", &["out"]),
    ("tcp/dry-run-mix", "", &["out"]),
];

/// 23 inputs, 44 filters in their plain and extended forms, 600 requests for each set of filters: no disagreement.
#[test]
fn policies_decide_as_the_filters_that_istio_builds_of_them() {
    let Some(folder) = corpus("manifests/istio-authz-builder") else {
        return;
    };
    let (mut compared, mut files, mut verdicts) = (0, 0, [0_usize; 2]);
    for (case, domains, outputs) in CASES {
        let (kind, name) = case.split_once('/').unwrap();
        let (input, manifests) = parsed(&folder.join(format!("{case}-in.yaml")));
        let plane = if kind == "tcp" {
            Plane::Tcp
        } else {
            Plane::Http
        };
        let domains = match domains
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
        {
            none if none.is_empty() => TrustDomains::default(),
            names => TrustDomains {
                names,
                is_known: true,
            },
        };
        for extended in ["", "extended-"] {
            let paths: Vec<_> = outputs
                .iter()
                .map(|output| folder.join(format!("{kind}/{extended}{name}-{output}.yaml")))
                .filter(|path| path.exists())
                .collect();
            if paths.is_empty() {
                continue;
            }
            assert_eq!(paths.len(), outputs.len());
            files += paths.len();
            let filters: Vec<Value> = paths.iter().flat_map(|path| parsed(path).1).collect();
            let mut words = BTreeSet::from(["unknown".to_owned()]);
            manifests
                .iter()
                .chain(&filters)
                .for_each(|document| strings(document, &mut words));
            let words: Vec<String> = words.into_iter().collect();
            let principals = principals(&words);
            let mut choices = Choices(7);
            let probes: Vec<Probe> = (0..600)
                .map(|_| probe(&mut choices, &words, &principals))
                .collect();
            let ours = ours(&input, &domains, plane, &probes);
            for (probe, ours) in probes.iter().zip(ours) {
                let theirs = envoy(&filters, probe);
                let same = ours
                    == if theirs {
                        Verdict::Allowed
                    } else {
                        Verdict::Denied
                    };
                assert!(
                    same,
                    "{case} {extended}: Envoy says {theirs}, we say {ours:?}: {probe:?}"
                );
                verdicts[usize::from(theirs)] += 1;
                compared += 1;
            }
        }
    }
    println!(
        "{files} filters, {compared} requests: {} denied, {} allowed",
        verdicts[0], verdicts[1]
    );
    assert!(
        files > 35 && verdicts.iter().all(|count| *count > 1000),
        "{files} {verdicts:?}"
    );
}

/// What a CUSTOM policy asks for, the filter's shadow rules match: then we say that it depends, and only then.
#[test]
fn custom_policies_ask_exactly_where_the_filter_marks_the_request() {
    let Some(folder) = corpus("manifests/istio-authz-builder") else {
        return;
    };
    for (input, output, plane) in [
        (
            "http/custom-simple-http",
            "http/custom-http-provider-out1",
            Plane::Http,
        ),
        (
            "tcp/custom-both-http-tcp",
            "tcp/custom-both-http-tcp-out1",
            Plane::Tcp,
        ),
    ] {
        let (source, manifests) = parsed(&folder.join(format!("{input}-in.yaml")));
        let (_, mut filters) = parsed(&folder.join(format!("{output}.yaml")));
        // As if they were enforced: refused is then what is asked about.
        for filter in &mut filters {
            let shadow = texts(filter, &["typedConfig", "shadowRules"]).clone();
            filter["typedConfig"]["rules"] = shadow;
        }
        let mut words = BTreeSet::new();
        manifests
            .iter()
            .for_each(|document| strings(document, &mut words));
        let words: Vec<String> = words.into_iter().collect();
        let mut choices = Choices(11);
        let probes: Vec<Probe> = (0..1000)
            .map(|_| probe(&mut choices, &words, &words))
            .collect();
        let ours = ours(&source, &TrustDomains::default(), plane, &probes);
        let mut asked = 0;
        for (probe, ours) in probes.iter().zip(ours) {
            let marked = !envoy(&filters, probe);
            asked += usize::from(marked);
            assert_eq!(
                ours == Verdict::Depends,
                marked,
                "{input}: {ours:?} {probe:?}"
            );
        }
        assert!(asked > 20, "{input}: {asked}");
    }
}

/// Two authorizers, or one that the mesh does not know: Istio builds a DENY of it.
#[test]
fn an_authorizer_that_istio_does_not_accept_refuses() {
    let Some(folder) = corpus("manifests/istio-authz-builder") else {
        return;
    };
    let (source, _) = parsed(&folder.join("http/custom-simple-http-in.yaml"));
    let (_, filters) = parsed(&folder.join("http/custom-bad-out.yaml"));
    let documents = documents::read(&[source]);
    let options = Options::default();
    let model = index::build(&documents, &options);
    let policies: Vec<_> = model.authorization_policies.iter().enumerate().collect();
    let mut choices = Choices(3);
    for path in ["/httpbin1", "/httpbin2", "/other"] {
        let words = ["a".to_owned()];
        let probe = Probe {
            path: path.to_owned(),
            ..probe(&mut choices, &words, &words)
        };
        let request = Request {
            identity: Fact::Absent,
            path: Fact::Known(path),
            ..Request::default()
        };
        let input = Input {
            request: &request,
            domains: &TrustDomains::default(),
            plane: Plane::Http,
            providers: Some(&[]),
        };
        let allowed = evaluate(&input, &policies).verdict == Verdict::Allowed;
        assert_eq!(allowed, envoy(&filters, &probe), "{path}");
    }
}
