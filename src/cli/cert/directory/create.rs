//! A new authority: written beside its place and moved there whole, so that a directory is an authority or nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::store::{LogWriter, Store};
use super::{ISSUING, ISSUING_KEY, LOG_KEY, MANIFEST, Manifest, POLICY, ROOT, ROOT_KEY};
use crate::cert::issuance_log::{Edge, Entry, VerifierKey};
use crate::cert::{
    self, AuthorityCertificate, AuthorityOptions, KeyChoice, KeyOf, LocalSigner, NameLimits,
    TrustDomain,
};
use crate::cli::cert::refuse;
use crate::cli::cert::reproducible::origin;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{Seed, hex, sha256};
use crate::kernel::fs::{self, FileError, Privacy, Replace};
use crate::kernel::key::{PrivateKey, PublicKey, encrypt_pkcs8};
use crate::kernel::pem;
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;

/// What a new authority is to be.
#[derive(Debug)]
pub(crate) struct NewAuthority<'a> {
    pub(crate) trust_domain: &'a TrustDomain,
    pub(crate) password: Option<&'a Secret>,
    pub(crate) key_type: KeyChoice,
    /// The public key of an issuing authority whose private key is elsewhere.
    pub(crate) external: Option<PublicKey>,
    pub(crate) generation: u32,
    pub(crate) root_ttl: Duration,
    pub(crate) issuing_ttl: Duration,
    pub(crate) limits: NameLimits,
    /// `policy.toml`.
    pub(crate) policy: String,
    /// What keys and serial numbers are derived from, instead of chance.
    pub(crate) seed: Option<Seed>,
    pub(crate) now: Timestamp,
}

/// What was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) root: Vec<u8>,
    pub(crate) issuing: Vec<u8>,
    pub(crate) log: VerifierKey,
}

/// Writes a new authority.
pub(crate) fn create(env: &Env, path: &Path, new: &NewAuthority<'_>) -> Result<Made, Failure> {
    let occupied = path.is_file()
        || path
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(
            Failure::new(Kind::Output, format!("`{}` exists already", path.display()))
                .hint("an authority is never overwritten: choose another directory"),
        );
    }
    // `.` and `..` have no name that something could be written beside, and whoever stands in a directory must not lose it.
    let here = path.file_name().is_none();
    let resolved = if here {
        path.canonicalize().map_err(|source| FileError::Write {
            path: path.to_owned(),
            source,
        })?
    } else {
        path.to_owned()
    };
    let beside = beside(&resolved);
    fs::sweep(
        beside.parent().unwrap_or(Path::new(".")),
        resolved.file_name(),
    );
    fs::create_private_dir(&beside)?;
    let made = fill(env, &beside, new).and_then(|made| {
        if here {
            move_contents(&beside, &resolved)?;
        } else {
            fs::move_directory(&beside, &resolved)?;
        }
        Ok(made)
    });
    if made.is_err() {
        let _gone = std::fs::remove_dir_all(&beside);
    }
    made
}

/// Moves what is in a directory to another, the manifest last: before that it is no authority.
fn move_contents(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |source| FileError::Read {
        path: from.to_owned(),
        source,
    };
    let entries: Result<Vec<_>, _> = from.read_dir().map_err(failed)?.collect();
    let mut names: Vec<_> = entries
        .map_err(failed)?
        .into_iter()
        .map(|entry| entry.file_name())
        .collect();
    names.arrange_by_key(|name| name == MANIFEST);
    for name in names {
        fs::move_directory(&from.join(&name), &to.join(&name))?;
    }
    std::fs::remove_dir(from).map_err(failed)?;
    Ok(())
}

fn beside(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    target.with_file_name(name)
}

fn fill(env: &Env, dir: &Path, new: &NewAuthority<'_>) -> Result<Made, Failure> {
    let generated = |choice, role| {
        // No log is there yet, so that the keys are bound to what names the authority alone.
        let whose = KeyOf::Authority {
            role,
            trust_domain: new.trust_domain,
            generation: new.generation,
        };
        let origin = origin(env, new.seed.as_ref(), (0, Edge::empty().root()));
        origin.key(choice, whose).map_err(refuse)
    };
    let root_key = generated(new.key_type, "root")?;
    let issuing_key = match new.external {
        Some(_) => None,
        None => Some(generated(new.key_type, "issuing")?),
    };
    let issuing_public = match (&new.external, &issuing_key) {
        (Some(public), _) => public.clone(),
        (None, Some(key)) => key.public(),
        (None, None) => return Err(Failure::usage("an issuing authority needs a key")),
    };
    let log_key = generated(KeyChoice::Ed25519, "log")?;
    let log = verifier(new.trust_domain, &log_key)?;
    // The keys first: a certificate whose key is lost would be an authority that nobody can use or revoke.
    let secrets = [
        (ROOT_KEY, Some(&root_key)),
        (ISSUING_KEY, issuing_key.as_ref()),
        (LOG_KEY, Some(&log_key)),
    ];
    for (name, key) in secrets {
        if let Some(key) = key {
            let text = key_pem(env, key, new.password)?;
            write(&dir.join(name), text.as_bytes(), Privacy::Private)?;
        }
    }
    let mut writer = LogWriter::create(Store::new(dir, log.clone()), log_key, &env.random)?;
    let (root, issuing) = certify(env, new, (&root_key, &issuing_public), &mut writer)?;
    for (name, der) in [(ROOT, &root), (ISSUING, &issuing)] {
        let text = pem::write("CERTIFICATE", der);
        write(&dir.join(name), text.as_bytes(), Privacy::Shared)?;
    }
    write(&dir.join(POLICY), new.policy.as_bytes(), Privacy::Shared)?;
    let manifest = Manifest {
        trust_domain: new.trust_domain.clone(),
        external: new.external.is_some(),
        log: log.clone(),
    };
    write(
        &dir.join(MANIFEST),
        manifest.to_text().as_bytes(),
        Privacy::Shared,
    )?;
    Ok(Made { root, issuing, log })
}

/// Root and issuing authority, each logged before it is signed.
fn certify(
    env: &Env,
    new: &NewAuthority<'_>,
    (root_key, issuing): (&PrivateKey, &PublicKey),
    writer: &mut LogWriter,
) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let options = |ttl| AuthorityOptions {
        trust_domain: new.trust_domain,
        generation: new.generation,
        ttl,
        limits: &new.limits,
        now: new.now,
    };
    let signer = LocalSigner::new(root_key, &env.random).map_err(|error| refuse(error.into()))?;
    let seal = |unsigned: &cert::Unsigned, writer: &mut LogWriter| {
        writer.append(&[Entry::Certificate(unsigned.to_be_signed.clone())])?;
        cert::seal(unsigned, &signer).map_err(|error| refuse(error.into()))
    };
    let origin = |writer: &LogWriter| origin(env, new.seed.as_ref(), writer.end());
    let place = origin(writer);
    let planned = cert::plan_root(&options(new.root_ttl), &root_key.public(), place);
    let root = seal(&planned.map_err(refuse)?, writer)?;
    let above = AuthorityCertificate::read(&root).map_err(|error| refuse(error.into()))?;
    let place = origin(writer);
    let planned = cert::plan_issuing(&options(new.issuing_ttl), &above, issuing, place);
    let issuing = seal(&planned.map_err(refuse)?, writer)?;
    Ok((root, issuing))
}

/// The log's name: of the trust domain, and of this key alone.
fn verifier(trust_domain: &TrustDomain, key: &PrivateKey) -> Result<VerifierKey, Failure> {
    let bad = || Failure::new(Kind::Secret, "the key of the log cannot be used");
    let PublicKey::Ed25519(public) = key.public() else {
        return Err(bad());
    };
    let id: String = hex(&sha256(&public)).chars().take(8).collect();
    VerifierKey::new(&format!("{trust_domain}/issuance/{id}"), public).map_err(|_| bad())
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

fn write(path: &Path, bytes: &[u8], privacy: Privacy) -> Result<(), Failure> {
    Ok(fs::write(path, bytes, privacy, Replace::Never)?)
}
