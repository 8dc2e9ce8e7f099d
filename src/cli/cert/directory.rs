//! An authority's directory: certificates, encrypted keys, and what it may issue.
//!
//! `ca.json` is written last and moved into place with the whole directory, so that a directory is an authority or
//! nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cert::{Authority, Certificate, Issued, TrustDomain};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::fs::{self, Privacy, Replace};
use crate::kernel::key::{Expected, LoadOptions, Material, PrivateKey, encrypt_pkcs8, load};
use crate::kernel::pem;
use crate::kernel::secret::Secret;

/// The file that makes a directory an authority.
const MANIFEST: &str = "ca.json";
const SCHEMA: &str = "countersign/ca/v1";
pub(super) const ROOT: &str = "root.pem";
pub(super) const ROOT_KEY: &str = "root.key.pem";
pub(super) const ISSUING: &str = "issuing.pem";
pub(super) const ISSUING_KEY: &str = "issuing.key.pem";

const MAX_FILE: u64 = 1 << 20;

/// Writes a new authority: beside its place first, then moved there whole.
pub(super) fn create(
    env: &Env,
    path: &Path,
    (root, issuing): (&Issued, &Issued),
    password: Option<&Secret>,
    limits: (&TrustDomain, Duration),
) -> Result<(), Failure> {
    let target = path;
    let occupied = target.is_file()
        || target
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(
            Failure::new(Kind::Output, format!("`{}` exists already", path.display()))
                .hint("an authority is never overwritten: choose another directory"),
        );
    }
    let beside = beside(target);
    fs::create_private_dir(&beside)?;
    let written = fill(env, &beside, (root, issuing), password, limits).and_then(|()| {
        std::fs::rename(&beside, target).map_err(|error| {
            let problem = fs::describe(&error);
            Failure::new(
                Kind::Output,
                format!("cannot make `{}`: {problem}", path.display()),
            )
        })
    });
    if written.is_err() {
        let _gone = std::fs::remove_dir_all(&beside);
    }
    written
}

fn beside(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    target.with_file_name(name)
}

fn fill(
    env: &Env,
    dir: &Path,
    (root, issuing): (&Issued, &Issued),
    password: Option<&Secret>,
    (trust_domain, max_ttl): (&TrustDomain, Duration),
) -> Result<(), Failure> {
    for (issued, certificate, key) in [(root, ROOT, ROOT_KEY), (issuing, ISSUING, ISSUING_KEY)] {
        let text = key_pem(env, &issued.key, password)?;
        fs::write(
            &dir.join(key),
            text.as_bytes(),
            Privacy::Private,
            Replace::Never,
        )?;
        let text = pem::write("CERTIFICATE", &issued.certificate);
        fs::write(
            &dir.join(certificate),
            text.as_bytes(),
            Privacy::Shared,
            Replace::Never,
        )?;
    }
    let manifest = json!({
        "schema": SCHEMA,
        "trust_domain": trust_domain.as_str(),
        "max_ttl_seconds": max_ttl.as_secs(),
    });
    let text = format!("{manifest:#}\n");
    fs::write(
        &dir.join(MANIFEST),
        text.as_bytes(),
        Privacy::Shared,
        Replace::Never,
    )?;
    Ok(())
}

fn key_pem(
    env: &Env,
    key: &PrivateKey,
    password: Option<&Secret>,
) -> Result<zeroize::Zeroizing<String>, Failure> {
    let pkcs8 = key.to_pkcs8();
    match password {
        None => Ok(pem::write("PRIVATE KEY", &pkcs8)),
        Some(password) => encrypt_pkcs8(&pkcs8, password, &env.random)
            .map(|sealed| pem::write("ENCRYPTED PRIVATE KEY", &sealed))
            .map_err(|error| Failure::new(Kind::Secret, error.to_string())),
    }
}

/// An authority read from its directory, and the certificates beside it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) authority: Authority,
    /// The root, DER.
    pub(super) root: Vec<u8>,
}

/// Whether the issuing key of a directory is encrypted.
pub(super) fn is_encrypted(path: &Path) -> Result<bool, Failure> {
    let bytes = fs::read(&path.join(ISSUING_KEY), MAX_FILE)
        .map_err(|error| Failure::from(error).hint("`cert init` makes an authority's directory"))?;
    Ok(memchr::memmem::find(&bytes, b"ENCRYPTED PRIVATE KEY").is_some())
}

/// Opens an authority for issuing.
pub(super) fn open(path: &Path, password: Option<&Secret>) -> Result<Opened, Failure> {
    let (trust_domain, max_ttl) = manifest(path)?;
    let certificate = one_certificate(&path.join(ISSUING))?;
    let root = one_certificate(&path.join(ROOT))?;
    let parsed = Certificate::parse(&certificate).map_err(|error| {
        Failure::input(error.to_string())
            .context(format!("cannot use `{}`", path.join(ISSUING).display()))
    })?;
    let bytes = fs::read(&path.join(ISSUING_KEY), MAX_FILE)?;
    let options = LoadOptions {
        expected: Expected::Private,
        encoding: None,
        password,
    };
    let set = load(&bytes, options).map_err(|error| {
        Failure::from(error).context(format!(
            "cannot open the authority's key in `{}`",
            path.display()
        ))
    })?;
    let key = set.keys.into_iter().find_map(|key| match key.material {
        Material::Private(key) => Some(key),
        _ => None,
    });
    let key = key.ok_or_else(|| {
        Failure::new(
            Kind::Secret,
            "the authority's key file holds no private key",
        )
    })?;
    if parsed.public_key.as_ref().ok() != Some(&key.public()) {
        return Err(Failure::input(format!(
            "the key and the certificate of the authority in `{}` do not belong together",
            path.display()
        )));
    }
    Ok(Opened {
        authority: Authority {
            certificate,
            key,
            not_after: parsed.not_after,
            trust_domain,
            max_ttl,
        },
        root,
    })
}

fn manifest(dir: &Path) -> Result<(TrustDomain, Duration), Failure> {
    let bad = |problem: &str| {
        Failure::input(problem.to_owned()).context(format!(
            "`{}` is not an authority's directory",
            dir.display()
        ))
    };
    let bytes = fs::read(&dir.join(MANIFEST), MAX_FILE)
        .map_err(|error| bad(&error.to_string()).hint("`cert init` makes one"))?;
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|error| bad(&format!("`{MANIFEST}`: {error}")))?;
    if value["schema"] != SCHEMA {
        let found = value["schema"].as_str().unwrap_or("none");
        return Err(bad(&format!(
            "its schema is `{found}`, this version knows `{SCHEMA}`"
        )));
    }
    let domain = value["trust_domain"].as_str().unwrap_or_default().parse();
    let domain = domain.map_err(|_| bad(&format!("`{MANIFEST}` names no trust domain")))?;
    let seconds = value["max_ttl_seconds"]
        .as_u64()
        .ok_or_else(|| bad(&format!("`{MANIFEST}` gives no longest life")))?;
    Ok((domain, Duration::from_secs(seconds)))
}

fn one_certificate(path: &Path) -> Result<Vec<u8>, Failure> {
    let ders = certificates(&fs::read(path, MAX_FILE)?, &path.display().to_string())?;
    ders.into_iter()
        .next()
        .ok_or_else(|| Failure::input(format!("`{}` holds no certificate", path.display())))
}

/// The certificates of a PEM text, DER each.
pub(super) fn certificates(bytes: &[u8], name: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let text = String::from_utf8_lossy(bytes);
    let blocks = pem::parse(&text).map_err(|error| {
        Failure::input(error.to_string()).context(format!("cannot read `{name}`"))
    })?;
    Ok(blocks
        .into_iter()
        .filter(|block| block.label.ends_with("CERTIFICATE"))
        .map(|block| block.der.to_vec())
        .collect())
}
