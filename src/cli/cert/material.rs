//! Certificates, revocation lists and bundles from files, for those who judge.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cert::{
    self, BundleDocument, Bundles, Certificate, Response, RevocationList, TrustBundle, TrustDomain,
};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::fs::FileError;
use crate::kernel::json;
use crate::kernel::key::{Key, KeySet, Material};
use crate::kernel::pem;
use crate::kernel::source::Source;

/// The most certificates of a chain, and of a file of intermediates.
pub(super) const MAX_CHAIN: usize = 1000;
/// The most authorities of a bundle.
const MAX_BUNDLE: usize = 10_000;

/// The DER of the certificates in a source: PEM, or one in DER.
pub(super) fn certificates(source: &Source) -> Result<Vec<Vec<u8>>, Failure> {
    blocks(source, &["CERTIFICATE", "X509 CERTIFICATE"])
}

/// Refuses a file with more certificates than are read.
pub(super) fn bounded(source: &Source, count: usize, limit: usize) -> Result<(), Failure> {
    if count <= limit {
        return Ok(());
    }
    Err(Failure::input(format!(
        "`{}` holds {count} certificates; {limit} are read",
        source.name()
    )))
}

/// A label that only looks like a certificate's: passing over it would judge the next one in its place.
fn check_label(source: &Source, block: &pem::Block) -> Result<(), Failure> {
    let label = block.label.as_str();
    let known = matches!(label, "CERTIFICATE" | "X509 CERTIFICATE") || label.ends_with("REQUEST");
    if known || !label.to_ascii_uppercase().contains("CERTIFICATE") {
        return Ok(());
    }
    let failure = Failure::input(format!(
        "the block in line {} is a `{label}`, not a `CERTIFICATE`",
        block.line
    ))
    .context(format!("cannot read `{}`", source.name()));
    Err(if label == "TRUSTED CERTIFICATE" {
        failure.hint("`openssl x509 -in FILE` writes it without OpenSSL's own trust settings")
    } else {
        failure
    })
}

/// The DER of all PEM blocks with these labels, or the whole source where it is DER.
fn blocks(source: &Source, labels: &[&str]) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = source.bytes();
    if !pem::is_pem(bytes) {
        let is_der = bytes.first() == Some(&0x30);
        return Ok(if is_der {
            vec![bytes.to_vec()]
        } else {
            Vec::new()
        });
    }
    let text = String::from_utf8_lossy(bytes);
    let blocks = pem::parse(&text).map_err(|error| {
        Failure::input(error.to_string()).context(format!("cannot read `{}`", source.name()))
    })?;
    if labels.contains(&"CERTIFICATE") {
        for block in &blocks {
            check_label(source, block)?;
        }
    }
    let wanted = blocks
        .into_iter()
        .filter(|block| labels.contains(&block.label.as_str()));
    Ok(wanted.map(|block| block.der.to_vec()).collect())
}

/// Certificates of a file that is the caller's own: one that cannot be read is an error.
pub(super) fn own_certificates(
    env: &Env,
    path: &Path,
    what: &str,
) -> Result<Vec<Certificate>, Failure> {
    let source = env.source(path)?;
    let ders = certificates(&source)?;
    if ders.is_empty() {
        return Err(Failure::input(format!(
            "the {what} `{}` holds no certificate",
            source.name()
        )));
    }
    bounded(&source, ders.len(), MAX_CHAIN)?;
    let all = ders.iter().enumerate();
    all.map(|(index, der)| {
        Certificate::examine(der).map_err(|error| {
            Failure::input(error.to_string()).context(format!(
                "cannot use certificate {} of the {what} `{}`",
                index + 1,
                source.name()
            ))
        })
    })
    .collect()
}

/// The revocation lists of files.
pub(super) fn revocation_lists(
    env: &Env,
    paths: &[std::path::PathBuf],
) -> Result<Vec<RevocationList>, Failure> {
    let mut lists = Vec::new();
    for path in paths {
        let source = env.source(path)?;
        let ders = blocks(&source, &["X509 CRL"])?;
        if ders.is_empty() {
            return Err(Failure::input(format!(
                "`{}` holds no revocation list",
                source.name()
            )));
        }
        for der in ders {
            let list = RevocationList::examine(&der).map_err(|error| {
                Failure::input(error.to_string()).context(format!("cannot use `{}`", source.name()))
            })?;
            lists.push(list);
        }
    }
    Ok(lists)
}

/// OCSP responses of files, and of directories, in which whatever else lies there is named and left.
pub(super) fn responses(env: &Env, paths: &[PathBuf]) -> Result<Vec<Response>, Failure> {
    let mut responses = Vec::new();
    for path in paths {
        let is_dir = path.is_dir();
        let files = if is_dir {
            files_of(path)?
        } else {
            vec![path.clone()]
        };
        let before = responses.len();
        for file in &files {
            let source = env.source(file)?;
            let name = source.name().to_owned();
            if cert::is_response(source.bytes()) {
                let der = source.bytes().to_vec();
                responses.push(Response { name, der });
            } else if is_dir {
                env.note(&format!("`{name}` is no OCSP response and is left out"));
            } else {
                return Err(Failure::input(format!(
                    "`{name}` is no OCSP response in DER"
                )));
            }
        }
        if responses.len() == before {
            let shown = path.display();
            return Err(Failure::input(format!("`{shown}` holds no OCSP response")));
        }
    }
    Ok(responses)
}

/// The files of a directory, in the order of their names.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |source| FileError::Read {
        path: folder.to_owned(),
        source,
    };
    let entries: Result<Vec<_>, _> = folder.read_dir().map_err(failed)?.collect();
    let entries = entries.map_err(failed)?.into_iter();
    let files = entries.map(|entry| entry.path());
    let mut files: Vec<_> = files.filter(|path| path.is_file()).collect();
    files.arrange();
    Ok(files)
}

/// A bundle as the command line names it: `FILE`, or `TRUST_DOMAIN=FILE`.
struct Named<'a> {
    domain: Option<TrustDomain>,
    path: &'a Path,
}

fn named(argument: &str) -> Named<'_> {
    let split = argument
        .split_once('=')
        .and_then(|(name, path)| Some((name.parse().ok()?, path)));
    match split {
        Some((domain, path)) => Named {
            domain: Some(domain),
            path: Path::new(path),
        },
        None => Named {
            domain: None,
            path: Path::new(argument),
        },
    }
}

/// Reads the bundles, each kept apart by its trust domain; and what is to be told about them.
pub(super) fn bundles(env: &Env, arguments: &[String]) -> Result<(Bundles, Vec<String>), Failure> {
    let mut map: BTreeMap<TrustDomain, TrustBundle> = BTreeMap::new();
    let mut single = None;
    let mut notes = Vec::new();
    let twice = |domain: &TrustDomain| {
        Failure::usage(format!(
            "there are two bundles of the trust domain `{domain}`"
        ))
        .hint("bundles are never merged: give one for each trust domain")
    };
    for argument in arguments {
        let Named { domain, path } = named(argument);
        match (domain, read_bundle(env, path)?) {
            (None, BundleDocument::Map(read)) => {
                for (domain, bundle) in read {
                    if map.contains_key(&domain) {
                        return Err(twice(&domain));
                    }
                    notes.extend(
                        bundle
                            .notes
                            .iter()
                            .map(|note| format!("bundle of `{domain}`: {note}")),
                    );
                    map.insert(domain, bundle);
                }
            }
            (Some(domain), BundleDocument::One(bundle)) => {
                if map.contains_key(&domain) {
                    return Err(twice(&domain));
                }
                notes.extend(
                    bundle
                        .notes
                        .iter()
                        .map(|note| format!("bundle of `{domain}`: {note}")),
                );
                map.insert(domain, bundle);
            }
            (Some(_), BundleDocument::Map(_)) => {
                return Err(Failure::usage(format!(
                    "`{}` is a map of bundles, not the bundle of one trust domain",
                    path.display()
                ))
                .hint("give the file alone; it names the trust domains itself"));
            }
            (None, BundleDocument::One(bundle)) => {
                notes.extend(bundle.notes.iter().map(|note| format!("bundle: {note}")));
                if single.replace(bundle.authorities).is_some() {
                    return Err(Failure::usage("there are two bundles without a trust domain")
                        .hint("bundles are never merged: say whose each is, as in `acme.example=acme.pem`"));
                }
            }
        }
    }
    match (single, map.is_empty()) {
        (Some(authorities), true) => Ok((Bundles::One(authorities), notes)),
        (None, _) => Ok((Bundles::ByTrustDomain(map), notes)),
        (Some(_), false) => Err(Failure::usage(
            "one bundle has a trust domain and another has none",
        )
        .hint("say whose each is, as in `acme.example=acme.pem`")),
    }
}

// A damaged authority is not judged around: the file is the verifier's own.
pub(super) fn read_bundle(env: &Env, path: &Path) -> Result<BundleDocument, Failure> {
    let source = env.source(path)?;
    let is_json = source.bytes().trim_ascii_start().starts_with(b"{");
    if !is_json {
        let ders = certificates(&source)?;
        if ders.is_empty() {
            let failure = Failure::input(format!(
                "the bundle `{}` holds no certificate",
                source.name()
            ));
            let text = source.bytes();
            return Err(if text.starts_with(b"\xef\xbb\xbf") {
                failure.hint(
                    "it begins with a byte order mark, which JSON has none of (RFC 8259 §8.1)",
                )
            } else if text.trim_ascii_start().starts_with(b"[") {
                failure
                    .hint("a SPIFFE bundle is a JSON object with `keys`, or with `trust_domains`")
            } else {
                failure
            });
        }
        bounded(&source, ders.len(), MAX_BUNDLE)?;
        let mut bundle = TrustBundle::default();
        for (index, der) in ders.iter().enumerate() {
            let certificate = Certificate::examine(der).map_err(|error| {
                Failure::input(error.to_string()).context(format!(
                    "cannot use certificate {} of the bundle `{}`",
                    index + 1,
                    source.name()
                ))
            })?;
            bundle.authorities.push(certificate);
        }
        return Ok(BundleDocument::One(bundle));
    }
    let bad = |error: String| {
        Failure::input(error).context(format!("cannot use the bundle `{}`", source.name()))
    };
    let document = json::parse(&source).map_err(|error| bad(error.to_string()))?;
    cert::read_bundle(&document).map_err(|error| bad(error.to_string()))
}

/// The one key of a file: the private one, where there are others beside it. Of several, which is meant is anybody's guess.
pub(super) fn one_key(set: KeySet) -> Result<Option<Key>, Failure> {
    let is_private = |key: &Key| matches!(key.material, Material::Private(_));
    let private = set.keys.iter().any(is_private);
    let keys = set.keys.into_iter();
    let mut keys = keys.filter(|key| is_private(key) || !private);
    let first = keys.next();
    let others = keys.filter(|key| key.public() != first.as_ref().and_then(Key::public));
    match others.count() {
        0 => Ok(first),
        more => Err(Failure::input(format!(
            "it holds {} keys, and one belongs there",
            more + 1
        ))),
    }
}

/// Nothing to judge in an input.
pub(super) fn nothing(source: &Source) -> Failure {
    let failure = Failure::new(
        Kind::Nothing,
        format!("`{}` holds no certificate", source.name()),
    );
    match memchr::memmem::find(source.bytes(), b"PRIVATE KEY-----") {
        Some(_) => failure.hint("it holds a private key; the certificate is another file"),
        None => failure,
    }
}
