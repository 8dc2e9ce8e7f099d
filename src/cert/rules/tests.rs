//! Every rule has a page whose examples hold. An example describes a certificate line by line; `---` parts several.

use std::collections::{BTreeMap, HashSet};

use super::*;
use crate::kernel::crypto::{SystemRandom, unhex};
use crate::kernel::der::{self, tag};
use crate::kernel::key::{Curve, PublicKey, generate_ec};
use crate::kernel::time::parse_duration;

const ECDSA_SHA256: &str = "06082a8648ce3d040302";

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

/// The lines of an example: each name with its values, in order.
struct Described(BTreeMap<String, Vec<String>>);

impl Described {
    fn new(text: &str) -> Self {
        let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (name, value) = line.split_once(": ").unwrap();
            lines
                .entry(name.to_owned())
                .or_default()
                .push(value.to_owned());
        }
        Self(lines)
    }

    fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }
}

fn name(text: &str) -> Vec<u8> {
    let Some(text) = text.strip_prefix("CN=") else {
        return der::sequence(&[]);
    };
    let attribute = der::sequence(&[
        &der::element(tag::OID, &[0x55, 4, 3]),
        &der::element(0x0c, text.as_bytes()),
    ]);
    der::sequence(&[&der::element(tag::SET, &attribute)])
}

fn time(seconds: i64) -> Vec<u8> {
    let time = Timestamp::from_unix(now().unix() + seconds)
        .unwrap()
        .to_string();
    let digits: String = time.chars().filter(char::is_ascii_digit).skip(2).collect();
    der::element(tag::UTC_TIME, format!("{digits}Z").as_bytes())
}

fn seconds(text: &str) -> i64 {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    sign * i64::try_from(parse_duration(text).unwrap().as_secs()).unwrap()
}

fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    der::sequence(&[
        &der::element(tag::OID, oid),
        critical,
        &der::element(tag::OCTET_STRING, value),
    ])
}

/// An OID in dotted form, its arcs below 128 but for those of the private enterprises.
fn oid(text: &str) -> Vec<u8> {
    let arcs: Vec<u64> = text.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut bytes = vec![u8::try_from(arcs[0] * 40 + arcs[1]).unwrap()];
    for arc in &arcs[2..] {
        let mut septets = vec![u8::try_from(arc & 0x7f).unwrap()];
        let mut rest = arc >> 7;
        while rest > 0 {
            septets.insert(0, 0x80 | u8::try_from(rest & 0x7f).unwrap());
            rest >>= 7;
        }
        bytes.extend(septets);
    }
    bytes
}

fn bits(names: &str) -> Vec<u8> {
    let order = [
        "digitalSignature",
        "contentCommitment",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
    ];
    let set = order
        .iter()
        .enumerate()
        .filter(|(_, name)| names.contains(*name));
    let byte = set.fold(0u8, |byte, (index, _)| byte | 0x80 >> index);
    vec![
        tag::BIT_STRING,
        2,
        u8::try_from(byte.trailing_zeros()).unwrap(),
        byte,
    ]
}

fn key(described: &Described, same: &PublicKey) -> Vec<u8> {
    let fresh = |curve| {
        generate_ec(curve, &SystemRandom::default())
            .unwrap()
            .public()
    };
    let quantum = |oid: &str, length: usize, parameters: &[u8]| {
        let oid = der::element(tag::OID, &unhex(oid.as_bytes()).unwrap());
        let identifier = der::sequence(&[&oid, parameters]);
        der::sequence(&[&identifier, &der::bit_string(&vec![7; length])])
    };
    let ml_dsa_65 = "608648016503040312";
    let key = match described.one("key") {
        Some("ml-dsa-65") => return quantum(ml_dsa_65, 1952, &[]),
        Some("ml-dsa-65 short") => return quantum(ml_dsa_65, 1312, &[]),
        Some("ml-dsa-65 parameters") => return quantum(ml_dsa_65, 1952, &[tag::NULL, 0]),
        Some("ml-kem-768") => return quantum("608648016503040402", 1184, &[]),
        Some("same") => same.clone(),
        Some("secp256k1") => fresh(Curve::Secp256k1),
        Some("rsa 1024") => PublicKey::Rsa {
            n: vec![0xff; 128],
            e: vec![1, 0, 1],
        },
        _ => fresh(Curve::P256),
    };
    key.to_spki()
}

fn alternative_names(described: &Described) -> Option<Vec<u8>> {
    let of = |kind: u8, name: &str| -> Vec<Vec<u8>> {
        described
            .all(name)
            .iter()
            .map(|text| der::element(kind, text.as_bytes()))
            .collect()
    };
    let all = [of(0x86, "uri"), of(0x82, "dns")].concat();
    let parts: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    (!parts.is_empty()).then(|| der::sequence(&parts))
}

fn extensions(described: &Described) -> Vec<Vec<u8>> {
    let ca = described.one("ca");
    let mut all = Vec::new();
    if let Some(ca) = ca {
        let limit = ca.contains("pathlen 0").then(|| der::unsigned(&[]));
        let value = der::sequence(&[&[1, 1, 0xff], &limit.unwrap_or_default()]);
        all.push(extension(
            &[0x55, 0x1d, 19],
            !ca.contains("not critical"),
            &value,
        ));
    }
    let usage = described.one("key-usage").unwrap_or(if ca.is_some() {
        "keyCertSign, cRLSign"
    } else {
        "digitalSignature"
    });
    if usage != "none" {
        all.push(extension(
            &[0x55, 0x1d, 15],
            !usage.contains("not critical"),
            &bits(usage),
        ));
    }
    let purposes = described.one("purposes").unwrap_or(if ca.is_some() {
        "none"
    } else {
        "serverAuth, clientAuth"
    });
    let known = [
        ("serverAuth", "1.3.6.1.5.5.7.3.1"),
        ("OCSPSigning", "1.3.6.1.5.5.7.3.9"),
        ("clientAuth", "1.3.6.1.5.5.7.3.2"),
        ("any", "2.5.29.37.0"),
    ];
    let set: Vec<Vec<u8>> = known
        .into_iter()
        .filter(|(name, _)| purposes.contains(name))
        .map(|(_, text)| der::element(tag::OID, &oid(text)))
        .collect();
    if !set.is_empty() {
        all.push(extension(
            &[0x55, 0x1d, 37],
            false,
            &der::sequence(&set.iter().map(Vec::as_slice).collect::<Vec<_>>()),
        ));
    }
    if let Some(names) = alternative_names(described) {
        all.push(extension(
            &[0x55, 0x1d, 17],
            described.one("names-critical").is_some(),
            &names,
        ));
    }
    let without = described.one("without").unwrap_or_default();
    if ca.is_some() && without != "subject-key" {
        all.push(extension(
            &[0x55, 0x1d, 14],
            false,
            &der::element(tag::OCTET_STRING, &[1; 20]),
        ));
    }
    if without != "authority-key" {
        let id = if ca.is_some() { [2; 20] } else { [1; 20] };
        all.push(extension(
            &[0x55, 0x1d, 35],
            false,
            &der::sequence(&[&der::element(0x80, &id)]),
        ));
    }
    for base in described.all("permitted") {
        let (kind, base) = base.split_once(' ').unwrap();
        let kind = if kind == "URI" { 0x86 } else { 0x82 };
        let subtree = der::sequence(&[&der::element(kind, base.as_bytes())]);
        let value = der::sequence(&[&der::element(0xa0, &subtree)]);
        all.push(extension(&[0x55, 0x1d, 30], true, &value));
    }
    for line in described.all("extension") {
        let words: Vec<&str> = line.split(' ').collect();
        let value = unhex(words.last().unwrap().as_bytes()).unwrap();
        all.push(extension(
            &oid(words[0]),
            words.contains(&"critical"),
            &value,
        ));
    }
    all
}

fn certificate(text: &str, same: &PublicKey) -> Certificate {
    let described = Described::new(text);
    let ca = described.one("ca");
    let subject =
        described
            .one("subject")
            .unwrap_or(if ca.is_some() { "CN=issuer" } else { "CN=leaf" });
    let own = ca.is_some_and(|ca| ca.contains("self-signed"));
    let above = if ca.is_some() { "CN=root" } else { "CN=issuer" };
    let issuer = described
        .one("issuer")
        .unwrap_or(if own { subject } else { above });
    let begins = described.one("begins").map_or(0, seconds);
    let life = described.one("life").map_or(3600, seconds);
    let algorithm = unhex(
        described
            .one("signature")
            .unwrap_or(ECDSA_SHA256)
            .as_bytes(),
    )
    .unwrap();
    let algorithm = der::element(tag::SEQUENCE, &algorithm);
    let version = match described.one("version") {
        None => der::element(tag::CONTEXT_0, &der::unsigned(&[2])),
        Some(_) => Vec::new(),
    };
    let serial = unhex(
        described
            .one("serial")
            .unwrap_or("7fabcdef0123456789")
            .as_bytes(),
    )
    .unwrap();
    let extensions = extensions(&described);
    let extensions = der::sequence(&extensions.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let unique: &[u8] = if described.one("unique-ids").is_some() {
        &[0x81, 2, 0, 1]
    } else {
        &[]
    };
    let signed = der::sequence(&[
        &version,
        &der::element(tag::INTEGER, &serial),
        &algorithm,
        &name(issuer),
        &der::sequence(&[&time(begins), &time(begins + life)]),
        &name(subject),
        &key(&described, same),
        unique,
        &der::element(tag::CONTEXT_3, &extensions),
    ]);
    Certificate::examine(&der::sequence(&[
        &signed,
        &algorithm,
        &der::bit_string(&[0]),
    ]))
    .unwrap()
}

fn of_cert_example(text: &str) -> Vec<Finding> {
    let same = generate_ec(Curve::P256, &SystemRandom::default())
        .unwrap()
        .public();
    let all: Vec<Certificate> = text
        .split("---\n")
        .map(|one| certificate(one, &same))
        .collect();
    of_certificates(&all, &[], now())
}

fn of_crl_example(text: &str) -> Vec<Finding> {
    let described = Described::new(text);
    let algorithm = der::element(tag::SEQUENCE, &unhex(ECDSA_SHA256.as_bytes()).unwrap());
    let next = match described.one("next") {
        Some("none") => Vec::new(),
        next => time(next.map_or(600, seconds)),
    };
    let version = described
        .one("version")
        .map_or_else(|| der::unsigned(&[1]), |_| Vec::new());
    let entries: Vec<Vec<u8>> = described
        .all("revoked")
        .iter()
        .map(|code| {
            let reason = extension(&[0x55, 0x1d, 21], false, &[0x0a, 1, code.parse().unwrap()]);
            der::sequence(&[&der::unsigned(&[7]), &time(-60), &der::sequence(&[&reason])])
        })
        .collect();
    let entries = match entries.first() {
        Some(entry) => der::sequence(&[entry]),
        None => Vec::new(),
    };
    let mut extensions = Vec::new();
    if described.one("authority-key") != Some("none") {
        extensions.extend(extension(
            &[0x55, 0x1d, 35],
            false,
            &der::sequence(&[&der::element(0x80, &[1; 20])]),
        ));
    }
    if described.one("number") != Some("none") {
        extensions.extend(extension(&[0x55, 0x1d, 20], false, &der::unsigned(&[1])));
    }
    let signed = der::sequence(&[
        &version,
        &algorithm,
        &name("CN=issuer"),
        &time(-60),
        &next,
        &entries,
        &der::element(tag::CONTEXT_0, &der::element(tag::SEQUENCE, &extensions)),
    ]);
    let whole = der::sequence(&[&signed, &algorithm, &der::bit_string(&[0])]);
    of_list(&RevocationList::examine(&whole).unwrap(), &None, now())
}

/// The contents of the fences that are marked so, judged.
fn examples(page: &str, mark: &str) -> Vec<(String, Vec<Finding>)> {
    let mut found = Vec::new();
    for (language, judge) in [
        ("cert", of_cert_example as fn(&str) -> Vec<Finding>),
        ("crl", of_crl_example),
    ] {
        let fence = format!("```{language} {mark}\n");
        for rest in page.split(fence.as_str()).skip(1) {
            let example = rest.split("```").next().unwrap();
            found.push((example.to_owned(), judge(example)));
        }
    }
    found
}

fn fires(findings: &[Finding], id: &str) -> bool {
    findings.iter().any(|finding| finding.rule.id == id)
}

#[test]
fn ids_are_unique_and_titles_are_sentences_without_a_full_stop() {
    let mut seen = HashSet::new();
    for Rule { id, title, .. } in all() {
        assert!(seen.insert(id), "{id}");
        assert!(title.len() > 10 && title.len() <= 100, "{title}");
        assert!(!title.ends_with('.'), "{title}");
        assert_eq!(rule(id).unwrap().id, *id);
    }
}

#[test]
fn every_page_cites_its_source_and_its_examples_hold() {
    for Rule { id, page, .. } in all() {
        let page = page.text();
        let unwrapped = page.replace('\n', " ");
        let cited = ["RFC ", "SPIFFE", "NIST ", "X509-SVID"]
            .iter()
            .any(|source| unwrapped.contains(source));
        assert!(cited, "{id} cites nothing");
        let (bad, good) = (examples(page, "bad"), examples(page, "good"));
        assert!(!bad.is_empty() && !good.is_empty(), "{id} lacks examples");
        for (example, findings) in bad {
            assert!(fires(&findings, id), "{id} does not fire:\n{example}");
        }
        for (example, findings) in good {
            assert!(!fires(&findings, id), "{id} fires:\n{example}");
        }
    }
}

#[test]
fn a_well_made_identity_and_its_authorities_are_clean() {
    let leaf = "uri: spiffe://acme.example/ns/a/sa/b\n";
    let issuing = "ca: true pathlen 0\nuri: spiffe://acme.example\nlife: 30d\n";
    let findings = of_cert_example(&format!("{leaf}---\n{issuing}"));
    let told: Vec<&str> = findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(told, [""; 0]);
    let root = of_cert_example("ca: true self-signed\nuri: spiffe://acme.example\nlife: 30d\n");
    assert!(root.is_empty(), "{root:?}");
}
