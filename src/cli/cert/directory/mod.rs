//! An authority's directory: certificates, encrypted keys, what it may issue, and the log of what it did.
//!
//! | file | |
//! |---|---|
//! | `ca.json` | what makes a directory an authority: version, trust domain, the log's key |
//! | `root.pem`, `root.key.pem` | the root; its key belongs offline |
//! | `issuing.pem`, `issuing.key.pem` | the issuing authority; no key file if the key is elsewhere |
//! | `policy.toml` | what may be issued |
//! | `log.key.pem`, `log/`, `log.head` | the issuance log, its key, and its head as this directory last saw it |
//! | `witnesses.policy`, `log/checkpoint.cosigned` | who must cosign the log, and the head that they cosigned |
//! | `revocations.jsonl`, `lists.json`, `crl/` | what was revoked, and the lists of it |
//! | `lock` | held by whoever writes |

mod create;
mod session;
mod store;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub(super) use create::{NewAuthority, create};
pub(super) use session::{Access, Session, Whose, plain_signer};
pub(super) use store::{LogWriter, Store};

use crate::cert::issuance_log::VerifierKey;
use crate::cert::{AuthorityCertificate, Policy, TrustDomain};
use crate::cli::error::Failure;
use crate::kernel::fs;
use crate::kernel::pem;

const MANIFEST: &str = "ca.json";
const SCHEMA: &str = "countersign/ca/v1";
pub(super) const ROOT: &str = "root.pem";
pub(super) const ROOT_KEY: &str = "root.key.pem";
pub(super) const ISSUING: &str = "issuing.pem";
pub(super) const ISSUING_KEY: &str = "issuing.key.pem";
pub(super) const POLICY: &str = "policy.toml";
pub(super) const LOG_KEY: &str = "log.key.pem";

const MAX_FILE: u64 = 1 << 20;

/// What of an authority can be read without a password.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    pub(super) trust_domain: TrustDomain,
    pub(super) policy: Policy,
    pub(super) root: AuthorityCertificate,
    pub(super) issuing: AuthorityCertificate,
    pub(super) external: bool,
    pub(super) log: VerifierKey,
}

impl Directory {
    /// Reads a directory.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let manifest = Manifest::read(path)?;
        let policy = read_policy(&path.join(POLICY))?;
        Ok(Self {
            root: authority(&path.join(ROOT))?,
            issuing: authority(&path.join(ISSUING))?,
            path: path.to_owned(),
            trust_domain: manifest.trust_domain,
            external: manifest.external,
            log: manifest.log,
            policy,
        })
    }

    /// Its log.
    pub(super) fn store(&self) -> Store {
        Store::new(&self.path, self.log.clone())
    }
}

/// Reads a policy file.
pub(super) fn read_policy(path: &Path) -> Result<Policy, Failure> {
    let bytes = fs::read(path, MAX_FILE)?;
    let bad = |problem: String| {
        Failure::input(problem).context(format!("`{}` is not a policy", path.display()))
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| bad("it is no UTF-8".to_owned()))?;
    Policy::parse(text).map_err(|error| bad(error.to_string()))
}

fn authority(path: &Path) -> Result<AuthorityCertificate, Failure> {
    let ders = certificates(&fs::read(path, MAX_FILE)?, &path.display().to_string())?;
    let cannot = format!("cannot use `{}`", path.display());
    match ders.as_slice() {
        [only] => AuthorityCertificate::read(only)
            .map_err(|error| Failure::input(error.to_string()).context(cannot)),
        [] => Err(Failure::input("it holds no certificate").context(cannot)),
        _ => Err(Failure::input("it holds several certificates").context(cannot)),
    }
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

/// `ca.json`.
struct Manifest {
    trust_domain: TrustDomain,
    external: bool,
    log: VerifierKey,
}

impl Manifest {
    fn read(dir: &Path) -> Result<Self, Failure> {
        let bad = |problem: &str| {
            Failure::input(problem.to_owned()).context(format!(
                "`{}` is not an authority's directory",
                dir.display()
            ))
        };
        let bytes = fs::read(&dir.join(MANIFEST), MAX_FILE)
            .map_err(|error| bad(&error.to_string()).hint("`cert init` makes one"))?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|error| bad(&format!("`{MANIFEST}`: {error}")))?;
        let schema = value["schema"].as_str().unwrap_or("none");
        if schema != SCHEMA {
            let newer = schema
                .strip_prefix("countersign/ca/v")
                .is_some_and(|version| version.parse::<u64>().is_ok_and(|version| version > 1));
            let failure = bad(&format!(
                "its schema is `{schema}`, this version knows `{SCHEMA}`"
            ));
            return Err(if newer {
                failure.hint("it was made by a newer countersign: use that one")
            } else {
                failure
            });
        }
        let text = |name: &str| value[name].as_str().unwrap_or_default();
        Ok(Self {
            trust_domain: text("trust_domain")
                .parse()
                .map_err(|_| bad(&format!("`{MANIFEST}` names no trust domain")))?,
            external: match text("signer") {
                "file" => false,
                "external" => true,
                _ => return Err(bad(&format!("`{MANIFEST}` does not say where the key is"))),
            },
            log: VerifierKey::parse(text("log_key"))
                .map_err(|_| bad(&format!("`{MANIFEST}` names no key of the log")))?,
        })
    }

    fn to_text(&self) -> String {
        let value = serde_json::json!({
            "schema": SCHEMA,
            "trust_domain": self.trust_domain.as_str(),
            "signer": if self.external { "external" } else { "file" },
            "log_key": self.log.to_string(),
        });
        format!("{value:#}\n")
    }
}
