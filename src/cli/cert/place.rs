//! A certificate's directory: what lies there, and how all of it is exchanged at one instant.
//!
//! As Kubernetes writes volumes: the files are links to `..data/NAME`, and `..data` is a link to a directory of one version.
//! Moving one link exchanges certificate, key and bundle as one set; a reader sees the old set or the new one. A directory with
//! plain files becomes such a one at its renewal, and so does one where someone put plain files over the links, or where the
//! first renewal was cut off.

use std::path::{Path, PathBuf};

use super::directory::certificates;
use super::issue::Layout;
use crate::cert::{DnsName, Fields, IssuingProfile, Names, RenewalReason};
use crate::cli::error::{Failure, Kind};
use crate::kernel::fs::{self, FileError, Privacy};
use crate::kernel::key::{Expected, LoadOptions, Material, PrivateKey, load};
use crate::kernel::time::Timestamp;

const DATA: &str = "..data";
const OWED: &str = "..untold";
const MAX_FILE: u64 = 1 << 20;

/// A certificate and what is beside it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) profile: IssuingProfile,
    /// The leaf, DER.
    pub(super) leaf: Vec<u8>,
    pub(super) names: Names,
    pub(super) key: Option<PrivateKey>,
    /// When the issuer in the chain ends.
    issuer_ends: Option<Timestamp>,
}

/// The files of one certificate as they are exchanged for another's.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    path: &'a Path,
}

impl Place {
    /// Reads a directory that `cert issue` wrote. Nothing is remembered from an earlier reading.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let leaves = [
            IssuingProfile::Svid,
            IssuingProfile::Server,
            IssuingProfile::Ocsp,
        ];
        let mut found = leaves
            .into_iter()
            .map(|profile| (profile, Layout::of(profile)))
            .filter(|(_, layout)| path.join(layout.chain).exists());
        let first = found.next();
        if found.next().is_some() {
            return Err(Failure::input(format!(
                "`{}` holds more than one of `svid.pem`, `tls.crt` and `ocsp.pem`: which is meant is not known",
                path.display()
            ))
            .hint("keep each certificate in a directory of its own"));
        }
        let Some((profile, layout)) = first else {
            return Err(Failure::new(
                Kind::Nothing,
                format!(
                    "`{}` holds none of `svid.pem`, `tls.crt` and `ocsp.pem`",
                    path.display()
                ),
            )
            .hint("`cert issue --out DIR` writes such a directory"));
        };
        let chain = path.join(layout.chain);
        let shown = chain.display().to_string();
        let ders = certificates(&fs::read(&chain, MAX_FILE)?, &shown)?;
        let mut ders = ders.into_iter();
        let leaf = ders
            .next()
            .ok_or_else(|| Failure::input(format!("`{shown}` holds no certificate")))?;
        let fields = Fields::of_certificate(&leaf).map_err(|_| {
            Failure::input(format!("`{shown}` holds no certificate that can be read"))
        })?;
        let profile = match profile {
            IssuingProfile::Svid | IssuingProfile::Ocsp => profile,
            _ if fields.serves() => IssuingProfile::Server,
            _ => IssuingProfile::Client,
        };
        let issuer_ends = ders
            .next()
            .and_then(|der| Some(Fields::of_certificate(&der).ok()?.not_after));
        let names = names(&fields).ok_or_else(|| {
            Failure::input(format!("`{shown}` bears a name that is not issued here"))
        })?;
        Ok(Self {
            key: key(&path.join(layout.key)),
            profile,
            names,
            leaf,
            issuer_ends,
        })
    }

    /// Whether the certificate ends with its issuer: its life says nothing about what was asked for.
    pub(super) fn is_cut_short(&self) -> bool {
        let fields = Fields::of_certificate(&self.leaf).ok();
        fields.is_some_and(|fields| self.issuer_ends == Some(fields.not_after))
    }

    /// Whether key and certificate belong together.
    pub(super) fn key_problem(&self) -> Option<RenewalReason> {
        let fields = Fields::of_certificate(&self.leaf).ok();
        let matches = |key: &PrivateKey| {
            fields
                .as_ref()
                .is_some_and(|fields| key.public().to_spki() == fields.key)
        };
        match &self.key {
            Some(key) if matches(key) => None,
            _ => Some(RenewalReason::KeyMismatch),
        }
    }
}

impl<'a> Exchange<'a> {
    /// The files of a directory.
    pub(super) fn of(path: &'a Path) -> Self {
        Self { path }
    }

    /// Exchanges the files for others, all at one instant. Files of the set that are not among them stay as they are; the
    /// proof of the certificate before goes.
    pub(super) fn run(
        &self,
        files: &[(&str, &[u8], Privacy)],
        version: &str,
    ) -> Result<(), Failure> {
        let data = self.path.join(DATA);
        let linked = |(name, ..): &(&str, &[u8], Privacy)| {
            let target = std::fs::read_link(self.path.join(name));
            target.is_ok_and(|target| target == Path::new(DATA).join(name))
        };
        if data.symlink_metadata().is_err() || !files.iter().all(linked) {
            self.adopt(files)?;
        }
        let before = std::fs::read_link(&data).ok();
        let new = self.version(files, version)?;
        self.carry(&new, files)?;
        swap_link(&new, &data)?;
        // The version before stays for whoever is reading it; older ones go.
        let kept = [Some(PathBuf::from(&new)), before];
        for entry in self.path.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            let versioned = name.to_string_lossy().starts_with("..2");
            if versioned && !kept.contains(&Some(PathBuf::from(&name))) {
                let _left_for_later = std::fs::remove_dir_all(entry.path());
            } else if is_proof(&name) && !files.iter().any(|(file, ..)| name == *file) {
                let _of_another_certificate = std::fs::remove_file(entry.path());
            }
        }
        self.confirm(files)
    }

    /// Reads the files again by the names that their users know: a renewal that nobody sees is none.
    fn confirm(&self, files: &[(&str, &[u8], Privacy)]) -> Result<(), Failure> {
        for (name, bytes, _) in files {
            let path = self.path.join(name);
            let seen = zeroize::Zeroizing::new(fs::read(&path, MAX_FILE)?);
            if seen.as_slice() != *bytes {
                return Err(Failure::new(
                    Kind::Output,
                    format!("`{}` is not what was written", path.display()),
                )
                .context("the certificate is issued, but its files were not exchanged"));
            }
        }
        Ok(())
    }

    /// Turns plain files into links to a first version with the same contents. Whatever each name shows stays the same at
    /// every step, so that a process which ends here leaves what was there.
    fn adopt(&self, files: &[(&str, &[u8], Privacy)]) -> Result<(), Failure> {
        let mut present = Vec::new();
        for (name, _, privacy) in files {
            if let Ok(bytes) = fs::read(&self.path.join(name), MAX_FILE) {
                present.push((*name, zeroize::Zeroizing::new(bytes), *privacy));
            }
        }
        let borrowed: Vec<(&str, &[u8], Privacy)> = present
            .iter()
            .map(|(name, bytes, privacy)| (*name, bytes.as_slice(), *privacy))
            .collect();
        let data = self.path.join(DATA);
        // One that was cut off may have left the links at the first of these: that is not written over while it is read.
        let current = std::fs::read_link(&data).unwrap_or_default();
        let taken = current == Path::new("..2000_first");
        let name = if taken { "2000_again" } else { "2000_first" };
        let first = self.version(&borrowed, name)?;
        swap_link(&first, &data)?;
        for (name, ..) in files {
            swap_link(&format!("{DATA}/{name}"), &self.path.join(name))?;
        }
        Ok(())
    }

    /// Takes what the version before holds beside these files along.
    fn carry(&self, version: &str, files: &[(&str, &[u8], Privacy)]) -> Result<(), Failure> {
        let before = self.path.join(DATA);
        for entry in before.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            let replaced = files.iter().any(|(file, ..)| name == *file);
            if !replaced && !is_proof(&name) {
                let bytes = zeroize::Zeroizing::new(fs::read(&entry.path(), MAX_FILE)?);
                let path = self.path.join(version).join(&name);
                fs::write(&path, &bytes, Privacy::Private, fs::Replace::Never)?;
                keep_mode(&entry.path(), &path)?;
            }
        }
        Ok(())
    }

    /// Writes a version; its name.
    fn version(&self, files: &[(&str, &[u8], Privacy)], version: &str) -> Result<String, Failure> {
        let name = format!("..{version}");
        let dir = self.path.join(&name);
        // What a killed process left behind was never linked to.
        let _absent = std::fs::remove_dir_all(&dir);
        fs::create_directory(&dir)?;
        for (file, bytes, privacy) in files {
            let path = dir.join(file);
            fs::write(&path, bytes, *privacy, fs::Replace::Never)?;
            keep_mode(&self.path.join(file), &path)?;
        }
        Ok(name)
    }
}

fn is_proof(name: &std::ffi::OsStr) -> bool {
    name.to_string_lossy().ends_with(".tlog-proof")
}

/// Whoever could read the old one can read the new one.
fn keep_mode(old: &Path, new: &Path) -> Result<(), Failure> {
    if let Ok(old) = std::fs::metadata(old) {
        let kept = std::fs::set_permissions(new, old.permissions());
        kept.map_err(|source| FileError::Write {
            path: new.to_owned(),
            source,
        })?;
    }
    Ok(())
}

/// The name of a version: when, and of which certificate.
pub(super) fn version(now: Timestamp, serial: &str) -> String {
    let time = now.to_string();
    let time = time
        .chars()
        .map(|c| if c.is_ascii_digit() { c } else { '_' });
    time.chain(serial.chars().take(8)).collect()
}

/// Remembers that whoever uses a certificate is to be told of it, before it is exchanged; a process that ends meanwhile
/// leaves that to the next.
pub(super) fn owe_notice(path: &Path) -> Result<(), Failure> {
    let path = path.join(OWED);
    Ok(fs::write(&path, b"", Privacy::Shared, fs::Replace::Always)?)
}

/// Whether somebody is still to be told.
pub(super) fn owes_notice(path: &Path) -> bool {
    path.join(OWED).exists()
}

/// All were told.
pub(super) fn notice_given(path: &Path) {
    let _asked_again_next_time = std::fs::remove_file(path.join(OWED));
}

/// The names of a certificate as they would be asked for; None if one is of another kind.
fn names(fields: &Fields<'_>) -> Option<Names> {
    let borne = fields.names();
    let mut names = Names::default();
    for uri in &borne.uris {
        if names.spiffe_id.replace(uri.parse().ok()?).is_some() {
            return None;
        }
    }
    let dns: Result<Vec<DnsName>, _> = borne.dns.iter().map(|name| name.parse()).collect();
    names.dns = dns.ok()?;
    let addresses: Result<Vec<_>, _> = borne.others.iter().map(|name| name.parse()).collect();
    names.addresses = addresses.ok()?;
    Some(names)
}

/// The private key of a file, if it holds one that is not encrypted.
pub(super) fn key(path: &Path) -> Option<PrivateKey> {
    let bytes = zeroize::Zeroizing::new(fs::read(path, MAX_FILE).ok()?);
    let set = load(&bytes, LoadOptions::plain(Expected::Private)).ok()?;
    set.keys.into_iter().find_map(|key| match key.material {
        Material::Private(key) => Some(key),
        _ => None,
    })
}

#[cfg(unix)]
fn swap_link(target: &str, link: &Path) -> Result<(), Failure> {
    let mut beside = link.as_os_str().to_owned();
    beside.push("_tmp");
    let beside = PathBuf::from(beside);
    let _absent = std::fs::remove_file(&beside);
    let failed = |source| FileError::Write {
        path: link.to_owned(),
        source,
    };
    std::os::unix::fs::symlink(target, &beside).map_err(failed)?;
    Ok(fs::move_directory(&beside, link)?)
}

#[cfg(not(unix))]
fn swap_link(_target: &str, link: &Path) -> Result<(), Failure> {
    Err(Failure::new(
        Kind::Output,
        format!(
            "`{}` cannot be exchanged: renewal needs symbolic links",
            link.display()
        ),
    ))
}
