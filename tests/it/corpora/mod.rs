//! Third-party corpora: one file each. A corpus that is absent is said to be skipped.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

mod admission_policies;
mod authz_builder;
mod aws;
mod cloudtrail;
mod cookbook_jws;
mod envoy_rbac;
mod inspect;
mod istio_analyzers;
mod jwe;
mod limbo;
mod manifests;
mod merkle;
mod netpol_analyzer;
mod review;
mod rfc9421;
mod structured_fields;
mod weak_secrets;
mod wycheproof;
mod yaml;

#[expect(
    clippy::disallowed_methods,
    reason = "only tests look for the corpora, and only in the environment"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The folder of a corpus, or none with a word about it.
///
/// # Panics
/// Where it is absent although `COUNTERSIGN_REQUIRE_CORPORA` says that it must be there.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    let required = variable("COUNTERSIGN_REQUIRE_CORPORA").is_some_and(|value| !value.is_empty());
    let root = variable("COUNTERSIGN_CORPORA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"),
        PathBuf::from,
    );
    let path = root.join(name);
    if path.exists() {
        Some(path)
    } else {
        assert!(!required, "corpus {name} not found in {}", root.display());
        println!("skipped: corpus {name} not found");
        None
    }
}

/// All files below a folder with one of these extensions, sorted.
pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
