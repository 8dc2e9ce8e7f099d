//! Where a certificate goes: the files of each profile.

use std::path::Path;

use crate::cert::IssuingProfile;
use crate::cert::issuance_log::OfflineProof;
use crate::cli::cert::directory::{Session, Whose};
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::NewFile;
use crate::kernel::fs::{self, FileError, Privacy, Replace};
use crate::kernel::key::PrivateKey;
use crate::kernel::pem;

/// The files of a leaf.
pub(crate) const CHAIN: &str = "svid.pem";
pub(crate) const KEY: &str = "svid_key.pem";
pub(crate) const BUNDLE: &str = "bundle.pem";

/// The files of an OCSP responder.
pub(crate) const RESPONDER: &str = "ocsp.pem";
pub(crate) const RESPONDER_KEY: &str = "ocsp_key.pem";

/// The names of the files of a profile.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) chain: &'static str,
    pub(crate) key: &'static str,
    pub(crate) bundle: &'static str,
    /// The certificate alone, where it has a file of its own.
    pub(crate) alone: Option<&'static str>,
}

impl Layout {
    pub(crate) fn of(profile: IssuingProfile) -> Self {
        let (chain, key, bundle, alone) = match profile {
            IssuingProfile::Svid => (CHAIN, KEY, BUNDLE, None),
            IssuingProfile::Server | IssuingProfile::Client => {
                ("tls.crt", "tls.key", "ca.crt", None)
            }
            IssuingProfile::Ca => ("ca.pem", "ca.key.pem", "root.pem", None),
            // The root is not repeated in the chain: it would be sent twice.
            IssuingProfile::IstioCacerts => (
                "cert-chain.pem",
                "ca-key.pem",
                "root-cert.pem",
                Some("ca-cert.pem"),
            ),
            IssuingProfile::Linkerd => ("issuer.crt", "issuer.key", "ca.crt", None),
            IssuingProfile::Ocsp => (RESPONDER, RESPONDER_KEY, BUNDLE, None),
        };
        Self {
            chain,
            key,
            bundle,
            alone,
        }
    }
}

/// A directory for one certificate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) profile: IssuingProfile,
    pub(crate) force: bool,
    /// Whether a `ca` certificate's key is not encrypted.
    pub(crate) plaintext: bool,
}

impl Output<'_> {
    /// Looks before anything is logged, so that nothing is issued that has no place.
    pub(crate) fn check(&self, with_key: bool) -> Result<(), Failure> {
        let layout = Layout::of(self.profile);
        for other in [
            IssuingProfile::Svid,
            IssuingProfile::Server,
            IssuingProfile::Ocsp,
        ] {
            let chain = Layout::of(other).chain;
            let stands = self.dir.join(chain).symlink_metadata().is_ok();
            if !self.profile.is_authority() && chain != layout.chain && stands {
                return Err(Failure::new(
                    Kind::Output,
                    format!(
                        "`{}` holds another certificate, in `{chain}`",
                        self.dir.display()
                    ),
                )
                .hint("each certificate has a directory of its own"));
            }
        }
        let key = with_key.then_some(layout.key);
        let names = [Some(layout.chain), Some(layout.bundle), key, layout.alone];
        for name in names.into_iter().flatten() {
            let path = self.dir.join(name);
            if !self.force && path.symlink_metadata().is_ok() {
                return Err(FileError::Exists(path).into());
            }
        }
        Ok(())
    }

    /// Makes the directory and looks whether it can be written to, and what a killed process left in it.
    pub(crate) fn prepare(&self) -> Result<(), Failure> {
        fs::create_private_dir(self.dir)?;
        fs::check_writable(self.dir)?;
        fs::sweep(self.dir, None);
        Ok(())
    }

    /// Whether files of this certificate's names are there, so that they are exchanged for the new ones as one set.
    pub(crate) fn is_occupied(&self) -> bool {
        let layout = Layout::of(self.profile);
        let names = [layout.chain, layout.key, layout.bundle];
        names
            .iter()
            .any(|name| self.dir.join(name).symlink_metadata().is_ok())
    }

    /// The files: the bundle, the chain, the key. The key comes last: it never replaces another before its certificate is
    /// there.
    pub(crate) fn files(
        &self,
        session: &Session,
        certificate: &[u8],
        key: Option<&PrivateKey>,
    ) -> Result<Vec<NewFile>, Failure> {
        let layout = Layout::of(self.profile);
        let alone = pem::write("CERTIFICATE", certificate);
        let mut chain = alone.clone();
        if session.whose == Whose::Issuing {
            chain.push_str(&pem::write("CERTIFICATE", &session.directory.issuing.der));
        }
        let root = pem::write("CERTIFICATE", &session.directory.root.der);
        let mut files = vec![self.file(layout.bundle, root.as_bytes(), Privacy::Shared)];
        if let Some(name) = layout.alone {
            files.push(self.file(name, alone.as_bytes(), Privacy::Shared));
        }
        files.push(self.file(layout.chain, chain.as_bytes(), Privacy::Shared));
        if let Some(key) = key {
            let sealed = match self.profile {
                IssuingProfile::Ca if !self.plaintext => session.encrypted(key).transpose()?,
                _ => None,
            };
            let text = match sealed {
                Some(sealed) => sealed.into(),
                None => key_text(self.profile, key)?,
            };
            files.push(self.file(layout.key, text.as_bytes(), Privacy::Private));
        }
        Ok(files)
    }

    /// The proof of a certificate.
    pub(crate) fn proof(&self, proof: &OfflineProof) -> NewFile {
        let chain = Layout::of(self.profile).chain;
        let stem = chain.rsplit_once('.').map_or(chain, |(stem, _)| stem);
        let name = format!("{stem}.tlog-proof");
        self.file(&name, proof.to_text().as_bytes(), Privacy::Shared)
    }

    fn file(&self, name: &str, bytes: &[u8], privacy: Privacy) -> NewFile {
        NewFile {
            path: self.dir.join(name),
            bytes: bytes.to_vec().into(),
            privacy,
            replace: if self.force {
                Replace::Always
            } else {
                Replace::Never
            },
        }
    }
}

/// PKCS#8; SEC 1 for Linkerd, whose older versions read nothing else.
fn key_text(
    profile: IssuingProfile,
    key: &PrivateKey,
) -> Result<zeroize::Zeroizing<String>, Failure> {
    if profile != IssuingProfile::Linkerd {
        return Ok(pem::write("PRIVATE KEY", &key.to_pkcs8()));
    }
    let sec1 = key
        .to_sec1()
        .ok_or_else(|| Failure::new(Kind::Secret, "Linkerd takes P-256 keys alone"))?;
    Ok(pem::write("EC PRIVATE KEY", &sec1))
}
