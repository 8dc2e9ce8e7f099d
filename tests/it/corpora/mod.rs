//! Third-party corpora: one file each. A corpus that is absent is said to be skipped.

use std::path::{Path, PathBuf};

mod limbo;
mod manifests;
mod rfc9421;
mod structured_fields;
mod wycheproof;
mod yaml;

/// The folder of a corpus, or none with a word about it.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "only tests look for the corpora, and only in the environment"
    )]
    let root = std::env::var_os("COUNTERSIGN_CORPORA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"),
        PathBuf::from,
    );
    let path = root.join(name);
    if path.exists() {
        Some(path)
    } else {
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
