//! Fingerprints: the same finding keeps its name when lines move.
//!
//! A fingerprint is SHA-256 over the rule, the input's path with `/`, the subject, the first line of the marked
//! text (trimmed), and what it covers: the members of the group it speaks for, and what it opens. The line *number* is no
//! part of it. Findings that agree in all of these are told apart by an ordinal in the order of their places, which is why
//! fingerprints are made for a whole list at once. [`kin`] is the name of a finding whatever it covers.

use std::collections::{BTreeSet, HashMap};

use super::Finding;
use crate::kernel::crypto::{Digest, DigestAlgorithm, hex};

/// The version of the recipe: the key in SARIF's `partialFingerprints` and the first thing hashed.
pub const VERSION: &str = "countersign/v1";

/// The fingerprints of a list, in its order: 64 hexadecimal digits each, all different.
///
/// They depend on the set of findings, not on the order of the list.
pub fn fingerprints(findings: &[Finding]) -> Vec<String> {
    numbered(findings, kin_parts)
}

/// The same without the input's path: a finding keeps its name when its file is moved.
pub fn wherever(findings: &[Finding]) -> Vec<String> {
    numbered(findings, |finding| {
        let mut parts = kin_parts(finding);
        if let Some(path) = parts.get_mut(1) {
            path.clear();
        }
        parts
    })
}

fn numbered(findings: &[Finding], kin_parts: fn(&Finding) -> Parts) -> Vec<String> {
    let mut by_place: Vec<usize> = (0..findings.len()).collect();
    by_place.sort_by_key(|index| findings.get(*index).map(super::sort_key));
    let mut seen: HashMap<Parts, u32> = HashMap::new();
    let mut prints = vec![String::new(); findings.len()];
    for index in by_place {
        let (Some(finding), Some(print)) = (findings.get(index), prints.get_mut(index)) else {
            continue;
        };
        let mut parts = kin_parts(finding);
        parts.extend(
            covered(finding)
                .into_iter()
                .map(|one| one.as_bytes().to_vec()),
        );
        if finding.undecided {
            parts.push(UNDECIDED.to_vec());
        }
        let ordinal = seen.entry(parts.clone()).or_insert(0);
        *print = digest(&parts, *ordinal);
        *ordinal += 1;
    }
    prints
}

/// The fingerprint of what a finding is about, whatever it covers.
pub fn kin(finding: &Finding) -> String {
    let mut parts = vec![b"kin".to_vec()];
    parts.extend(kin_parts(finding));
    if finding.undecided {
        parts.push(UNDECIDED.to_vec());
    }
    digest(&parts, 0)
}

/// What a finding covers, as a set: neither the order nor how often something is named counts.
pub fn covered(finding: &Finding) -> BTreeSet<&str> {
    let covered = finding.affected.iter().chain(&finding.covers);
    covered.map(String::as_str).collect()
}

/// What was open and is proven now is another finding: a baseline must not hide it.
const UNDECIDED: &[u8] = b"undecided";

/// A path as every platform writes it in fingerprints and baselines: `/` between parts, no leading `./`.
pub fn normalise_path(path: &str) -> String {
    let mut path = path.replace('\\', "/");
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.to_owned();
    }
    path
}

type Parts = Vec<Vec<u8>>;

fn kin_parts(finding: &Finding) -> Parts {
    let (path, text) = finding
        .primary
        .as_ref()
        .map_or((String::new(), Vec::new()), |place| {
            let marked = place.source.slice(place.span).trim_ascii_start();
            let line = marked.split(|byte| *byte == b'\n').next();
            (
                normalise_path(place.source.name()),
                line.unwrap_or_default().trim_ascii().to_vec(),
            )
        });
    vec![
        finding.rule.id.into(),
        path.into_bytes(),
        finding.subject.clone().into_bytes(),
        text,
    ]
}

/// Each part is preceded by its length, so that no two lists of parts have the same bytes.
fn digest(parts: &Parts, ordinal: u32) -> String {
    let mut digest = Digest::new(DigestAlgorithm::Sha256);
    digest.update(VERSION.as_bytes());
    for part in parts {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.update(&ordinal.to_be_bytes());
    hex(&digest.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::finding::{Confidence, Rule, Severity};
    use crate::kernel::source::{Source, Span};

    static RULE: Rule = Rule {
        id: "some-rule",
        title: "some rule",
        severity: Severity::High,
        confidence: Confidence::High,
        page: crate::kernel::finding::Page::Written(""),
    };

    fn at(name: &str, text: &str, marked: &str) -> Finding {
        let source = Source::new(name, text.into()).unwrap();
        let start = text.rfind(marked).unwrap();
        Finding::new(&RULE, "subject", "message").at(
            &source,
            Span::new(start, start + marked.len()),
            "",
        )
    }

    #[test]
    fn a_question_that_is_answered_is_another_finding() {
        let open = || {
            let mut finding = at("a.yaml", "mode: OFF", "mode");
            finding.undecided = true;
            finding
        };
        let proven = at("a.yaml", "mode: OFF", "mode");
        assert_ne!(fingerprints(&[open()]), fingerprints(&[proven]));
        assert_eq!(fingerprints(&[open()]), fingerprints(&[open()]));
    }

    #[test]
    fn survives_moved_lines_and_other_separators() {
        let before = fingerprints(&[at("a/b.yaml", "mode: OFF\n", "mode: OFF")]);
        let after = fingerprints(&[at("./a\\b.yaml", "x: 1\n\n  mode: OFF  # c\n", "mode: OFF")]);
        assert_eq!(before, after);
        assert_eq!(before[0].len(), 64);
    }

    #[test]
    fn wherever_a_file_is_moved_its_findings_are_the_same() {
        let here = [at("a.yaml", "mode: OFF\n", "mode")];
        let there = [at("b/c.yaml", "mode: OFF\n", "mode")];
        assert_ne!(fingerprints(&here), fingerprints(&there));
        assert_eq!(wherever(&here), wherever(&there));
        // Two of a kind are two, wherever they are.
        let both = wherever(&[here, there].concat());
        assert_ne!(both[0], both[1]);
    }

    #[test]
    fn changes_with_the_marked_text_and_the_subject() {
        let one = at("a.yaml", "mode: OFF\n", "mode: OFF");
        let text = at("a.yaml", "mode: ON\n", "mode: ON");
        let mut subject = one.clone();
        subject.subject = "another".into();
        let prints = fingerprints(&[one, text, subject]);
        assert_ne!(prints[0], prints[1]);
        assert_ne!(prints[0], prints[2]);
    }

    #[test]
    fn changes_with_the_members_of_the_group_but_not_with_their_order() {
        let of = |members: &[&str]| {
            let members = members.iter().map(|member| (*member).to_owned());
            let finding = at("a.yaml", "name: a\n", "a").affecting(members.collect());
            fingerprints(&[finding])
        };
        assert_eq!(of(&["a", "b"]), of(&["b", "a", "b"]));
        assert_ne!(of(&["a"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["ab"]));
        assert_ne!(of(&[]), of(&["a"]));
    }

    #[test]
    fn equal_findings_are_told_apart_whatever_their_order() {
        let source = Source::new("a", b"x\nx\n".to_vec()).unwrap();
        let finding = |start| {
            Finding::new(&RULE, "subject", "message").at(&source, Span::new(start, start + 1), "")
        };
        let forward = fingerprints(&[finding(0), finding(2)]);
        let backward = fingerprints(&[finding(2), finding(0)]);
        assert_ne!(forward[0], forward[1]);
        assert_eq!(forward[0], backward[1]);
        assert_eq!(forward[1], backward[0]);
    }

    #[test]
    fn the_recipe_is_frozen() {
        assert_eq!(
            fingerprints(&[Finding::new(&RULE, "subject", "message")]),
            ["5b282c492bd8cf8c10bac5693782d2cc15a68504f918b90bcbb0a546d8d2c35d"]
        );
    }
}
