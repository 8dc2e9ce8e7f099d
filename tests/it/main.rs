//! The integration tests: one binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and says what it skips, in its helpers too"
)]

mod architecture;
mod authority;
mod binary;
mod cavage;
mod cert_evasions;
mod cert_peers;
mod cert_probe;
mod cert_webpki;
mod commands;
mod contract;
mod corpora;
mod curl;
mod generated;
mod growth;
mod jwe_properties;
mod jwt_forensics;
mod jwt_profiles;
mod jwt_properties;
mod lint;
mod listening;
mod network;
mod packaging;
mod peers;
mod replay;
mod request_explain;
mod request_properties;
mod review;
mod review_remediation;
mod review_report;
#[path = "../../src/kernel/report/schema_check.rs"]
mod schema_check;
mod servers;
mod serving;
mod usage;
mod xlsx;
