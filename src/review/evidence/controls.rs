//! Which control which file is evidence for.

use serde_json::{Value, json};

/// Framework, control, what it demands in a few words, and the files that speak to it.
const CONTROLS: [(&str, &str, &str, &[&str]); 20] = [
    (
        "PCI DSS 4.0.1",
        "7.2.4",
        "all accounts reviewed every six months, fixed, acknowledged",
        &[
            "population.csv",
            "decisions.ndjson",
            "outcomes.csv",
            "manifest.json",
        ],
    ),
    (
        "PCI DSS 4.0.1",
        "7.2.5.1",
        "application accounts reviewed as the risk analysis says",
        &["population.csv", "outcomes.csv", "policy.toml"],
    ),
    (
        "PCI DSS 4.0.1",
        "8.2.5",
        "access of leavers is taken away at once",
        &["findings.csv", "events.ndjson"],
    ),
    (
        "PCI DSS 4.0.1",
        "8.2.6",
        "accounts without use for 90 days are disabled",
        &["findings.csv", "gaps.csv"],
    ),
    (
        "NIST SP 800-53r5",
        "ac-2_smt.j",
        "accounts are reviewed",
        &["population.csv", "decisions.ndjson", "outcomes.csv"],
    ),
    (
        "NIST SP 800-53r5",
        "ac-2.3",
        "accounts that expired or lie idle are disabled",
        &["findings.csv", "gaps.csv"],
    ),
    (
        "NIST SP 800-53r5",
        "ac-5",
        "duties are apart",
        &["findings.csv", "policy.toml"],
    ),
    (
        "NIST SP 800-53r5",
        "ac-6.7",
        "privileges are reviewed",
        &["population.csv", "decisions.ndjson", "outcomes.csv"],
    ),
    (
        "NIST SP 800-53r5",
        "ia-2.1",
        "privileged accounts have a second factor",
        &["findings.csv", "gaps.csv"],
    ),
    (
        "NIST SP 800-53r5",
        "ps-4",
        "access ends with employment",
        &["findings.csv", "events.ndjson"],
    ),
    (
        "NIST SP 800-53r5",
        "ps-5",
        "access follows the job",
        &["findings.csv", "gaps.csv"],
    ),
    (
        "SOC 2",
        "CC6.2",
        "access is removed when it is no longer needed",
        &["outcomes.csv", "events.ndjson"],
    ),
    (
        "SOC 2",
        "CC6.3",
        "access is by role, least privilege, duties apart",
        &["decisions.ndjson", "findings.csv", "policy.toml"],
    ),
    (
        "ISO 27001:2022",
        "A.5.15",
        "access control",
        &["policy.toml", "outcomes.csv"],
    ),
    (
        "ISO 27001:2022",
        "A.5.16",
        "identities are managed",
        &["population.csv", "findings.csv"],
    ),
    (
        "ISO 27001:2022",
        "A.5.18",
        "access rights are reviewed",
        &["decisions.ndjson", "outcomes.csv"],
    ),
    (
        "ISO 27001:2022",
        "A.8.2",
        "privileged access is restricted",
        &["population.csv", "findings.csv"],
    ),
    (
        "HIPAA",
        "164.308(a)(3)(ii)(C)",
        "access ends with employment",
        &["findings.csv", "events.ndjson"],
    ),
    (
        "HIPAA",
        "164.308(a)(4)(ii)(C)",
        "access is established and modified",
        &["decisions.ndjson", "outcomes.csv"],
    ),
    (
        "SOX ITGC",
        "IPE",
        "source, scope, completeness, integrity, precision of the lists",
        &["sources.json", "population.csv", "events.ndjson"],
    ),
];

/// The map.
pub(super) fn map() -> Value {
    let each = CONTROLS.iter().map(|(framework, control, demand, files)| {
        json!({ "framework": framework, "control": control, "demand": demand, "evidence": files })
    });
    json!({
        "controls": each.collect::<Vec<_>>(),
        "remark": "the files are evidence; whether a control is met is for whoever assesses it",
    })
}

/// The controls of NIST SP 800-53r5 that a rule is evidence for.
pub fn controls_of(rule: &str) -> &'static [&'static str] {
    match rule {
        "orphan-account" | "dormant-access" | "expired-but-active" => &["ac-2.3"],
        "leaver-with-access" => &["ac-2.3", "ps-4"],
        "mover-keeps-access" => &["ac-2", "ps-5"],
        "never-used-grant" | "peer-outlier" => &["ac-6.7"],
        "privileged-without-mfa" => &["ia-2.1", "ia-2.8"],
        "privileged-without-phishing-resistant-mfa" => &["ia-2.1", "ia-2.8"],
        "key-over-90-days" => &["ia-5"],
        "wildcard-grant" | "privilege-escalation" => &["ac-6", "ac-6.1"],
        "separation-of-duties" | "toxic-combination" => &["ac-5"],
        "service-account-without-owner" | "outside-approved-path" => &["ac-2"],
        "guest-without-sponsor" => &["ac-2", "ps-7"],
        // What says that the review itself may not be relied on.
        _ => &["ac-2", "ca-7"],
    }
}
