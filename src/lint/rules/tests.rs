//! Every rule has a sound id, a page, and a page whose examples hold.

use std::collections::HashSet;

use super::*;
use crate::kernel::source::Source;
use crate::lint::{Options, Outcome, lint};

#[test]
fn ids_are_unique_kebab_case_and_sorted() {
    let ids: Vec<_> = ALL.iter().map(|check| check.rule.id).collect();
    let unique: HashSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
    assert!(ids.is_sorted());
    for id in ids {
        let kebab = id.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        assert!(kebab, "{id}");
        assert_eq!(rule(id).unwrap().id, id);
    }
}

#[test]
fn personas_name_rules() {
    for (id, persona) in PERSONAS {
        assert!(rule(id).is_some(), "{id}");
        assert!(*persona > Persona::Regular, "{id}");
        assert_eq!(super::persona(id), *persona);
    }
    assert_eq!(super::persona("mtls-not-strict"), Persona::Regular);
}

#[test]
fn titles_are_sentences_without_a_full_stop() {
    for check in ALL {
        let title = check.rule.title;
        assert!(title.len() > 10 && title.len() <= 100, "{title}");
        assert!(!title.ends_with('.'), "{title}");
    }
}

#[test]
fn every_page_names_its_rule_and_its_examples_hold() {
    for check in ALL {
        let Rule { id, page, .. } = check.rule;
        let page = page.text();
        assert!(page.starts_with(&format!("# {id}\n")), "{id}");
        let bad = examples(page, "bad");
        let good = examples(page, "good");
        assert!(!bad.is_empty() && !good.is_empty(), "{id} lacks examples");
        for example in bad {
            let outcome = run(example);
            assert!(
                fires(&outcome, id),
                "{id} does not fire on its bad example:\n{example}"
            );
            assert!(
                outcome
                    .notes
                    .iter()
                    .all(|note| note.code == "indentation-lost"),
                "{id}: {:?}",
                outcome.notes
            );
            for finding in &outcome.findings {
                assert!(!finding.help.is_empty(), "{} has no help", finding.rule.id);
                assert!(!finding.message.ends_with('.'), "{}", finding.message);
                let place = finding.primary.as_ref().unwrap();
                assert!(
                    !place.source.slice(place.span).is_empty(),
                    "{}",
                    finding.message
                );
            }
        }
        for example in good {
            let outcome = run(example);
            assert!(
                !fires(&outcome, id),
                "{id} fires on its good example:\n{example}"
            );
            assert!(outcome.notes.is_empty(), "{id}: {:?}", outcome.notes);
            assert!(outcome.resources() > 0, "{id}");
        }
    }
}

fn run(manifest: &str) -> Outcome {
    let source = Source::new("example.yaml", manifest.as_bytes().to_vec()).unwrap();
    lint(&[source], &Options::default())
}

fn fires(outcome: &Outcome, id: &str) -> bool {
    outcome.findings.iter().any(|finding| finding.rule.id == id)
}

/// The contents of the fences that are marked so.
fn examples<'a>(page: &'a str, mark: &str) -> Vec<&'a str> {
    let fence = format!("```yaml {mark}\n");
    page.split(fence.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[test]
fn a_gateway_serves_a_certificate_with_its_own_key_while_it_lasts() {
    let issue = |year: i32| {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["shop.example".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    };
    let ((chain, key), (_, other)) = (issue(2030), issue(2030));
    let (old, old_key) = issue(2024);
    let cases = [
        ("tls.crt", &chain, "tls.key", &key, None),
        ("cert", &chain, "key", &key, None),
        ("tls.crt", &chain, "key", &key, Some("neither")),
        ("tls.crt", &chain, "tls.key", &other, Some("not the key")),
        (
            "tls.crt",
            &old,
            "tls.key",
            &old_key,
            Some("expired at 2024"),
        ),
        ("tls.crt", &key, "tls.key", &key, Some("no certificate")),
        ("tls.crt", &chain, "tls.key", &chain, Some("no private key")),
    ];
    for (name, chain, key_name, key, expected) in cases {
        let values = serde_json::json!({ name: chain, key_name: key });
        let manifest = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: edge, namespace: istio-system}}\nstringData: {values}\n---\n\
             apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: shop}}\n\
             spec: {{selector: {{istio: edge}}, servers: [{{port: {{number: 443, name: https, protocol: HTTPS}}, \
             tls: {{mode: SIMPLE, credentialName: edge}}, hosts: [shop.example]}}]}}\n"
        );
        let source = Source::new("m.yaml", manifest.into_bytes()).unwrap();
        let now = crate::kernel::time::Timestamp::parse("2026-11-22T09:00:00Z").unwrap();
        let options = Options {
            now: Some(now),
            ..Options::default()
        };
        let outcome = lint(&[source], &options);
        let mut said = outcome.findings.iter();
        let said = said.find(|one| one.rule.id == "gateway-credential-invalid");
        match (said, expected) {
            (None, None) => {}
            (Some(said), Some(expected)) => {
                assert!(said.message.contains(expected), "{}", said.message)
            }
            (said, _) => panic!("{name} {key_name}: {said:?}"),
        }
    }
}
