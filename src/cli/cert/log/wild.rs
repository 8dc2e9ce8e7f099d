//! Certificates seen in the wild: files and directories searched for what the authority is said to have issued.

use std::path::{Path, PathBuf};

use super::scan::{Contents, Found, hash_of};
use crate::cert::issuance_log::LogReason;
use crate::cert::{AuthorityCertificate, Fields, signed_by};
use crate::cli::cert::directory::Directory;
use crate::cli::error::Failure;
use crate::kernel::fs;
use crate::kernel::pem;

const MAX_FILE: u64 = 16 << 20;

/// What the search came to.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Certificates of the authority.
    pub(super) ours: usize,
    /// Certificates of others.
    pub(super) others: usize,
    pub(super) problems: Vec<Found>,
}

/// Looks at every certificate below some paths.
pub(super) fn look(
    paths: &[PathBuf],
    directory: &Directory,
    contents: &Contents,
) -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    for path in paths {
        if !path.exists() {
            return Err(Failure::input(format!(
                "`{}` does not exist",
                path.display()
            )));
        }
        for entry in walkdir::WalkDir::new(path)
            .follow_links(true)
            .sort_by_file_name()
        {
            let Ok(entry) = entry else { continue };
            if entry.file_type().is_file() {
                file(entry.path(), directory, contents, &mut seen);
            }
        }
    }
    Ok(seen)
}

fn file(path: &Path, directory: &Directory, contents: &Contents, seen: &mut Seen) {
    let Ok(bytes) = fs::read(path, MAX_FILE) else {
        return;
    };
    let ders: Vec<Vec<u8>> = if pem::is_pem(&bytes) {
        let blocks = pem::parse(&String::from_utf8_lossy(&bytes)).unwrap_or_default();
        let blocks = blocks
            .into_iter()
            .filter(|block| block.label.ends_with("CERTIFICATE"));
        blocks.map(|block| block.der.to_vec()).collect()
    } else if bytes.first() == Some(&0x30) {
        vec![bytes]
    } else {
        return;
    };
    for der in ders {
        certificate(path, &der, (directory, contents), seen);
    }
}

fn certificate(
    path: &Path,
    der: &[u8],
    (directory, contents): (&Directory, &Contents),
    seen: &mut Seen,
) {
    let Ok(fields) = Fields::of_certificate(der) else {
        return;
    };
    let issuer = issuer(&fields, directory);
    let Some(issuer) = issuer else {
        seen.others += 1;
        return;
    };
    let subject = format!("{} ({})", path.display(), fields.label());
    if !signed_by(der, &issuer.key) {
        let detail = format!("it names `{}` and is not signed by it", issuer.name);
        seen.problems
            .push(Found::new(LogReason::Forged, subject, detail));
        return;
    }
    seen.ours += 1;
    let logged = hash_of(der).is_some_and(|hash| contents.certificates.contains_key(&hash));
    if !logged {
        let detail = format!(
            "serial {}, signed by `{}`, is not in the log",
            fields.serial_hex(),
            issuer.name
        );
        seen.problems
            .push(Found::new(LogReason::NotLogged, subject, detail));
    }
}

/// The authority that a certificate says it is of, by its key or by its name.
fn issuer<'a>(fields: &Fields<'_>, directory: &'a Directory) -> Option<&'a AuthorityCertificate> {
    let key = fields.issuer_key_id();
    let both = [&directory.issuing, &directory.root];
    let by_key = |authority: &&&AuthorityCertificate| {
        key.as_deref() == Some(crate::kernel::crypto::hex(&authority.key_id).as_str())
    };
    let named =
        |authority: &&&AuthorityCertificate| key.is_none() && authority.subject == fields.issuer;
    both.iter()
        .find(by_key)
        .or_else(|| both.iter().find(named))
        .copied()
}
