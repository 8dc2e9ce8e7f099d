//! An authority that signs: its key or whatever stands for it, and its log, which is written first.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Directory, ISSUING_KEY, LOG_KEY, LogWriter, MAX_FILE, ROOT_KEY};
use crate::cert::issuance_log::Entry;
use crate::cert::{self, AuthorityCertificate, Issuing, LocalSigner, Origin, Signs, Unsigned};
use crate::cli::args::SecretArg;
use crate::cli::cert::external::ExternalSigner;
use crate::cli::cert::material::one_key;
use crate::cli::cert::refuse;
use crate::cli::cert::reproducible::origin;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::crypto::{Seed, SystemRandom};
use crate::kernel::fs;
use crate::kernel::key::{
    Expected, LoadOptions, Material, PrivateKey, PublicKey, encrypt_pkcs8, load,
};
use crate::kernel::pem;
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;

/// Which authority, and how to use its keys.
#[derive(Debug, Clone, Args)]
pub(crate) struct Access {
    /// The authority's directory
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// Where the password of the authority's keys is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    pub(crate) ca_password: Option<SecretArg>,
    /// A program that signs for an issuing authority whose key is elsewhere: exec:PROGRAM
    #[arg(long, value_name = "exec:PROGRAM")]
    pub(crate) signer: Option<ExternalSigner>,
    /// The root's key, if it is not in the directory; needed for what the root signs
    #[arg(long, value_name = "FILE")]
    pub(crate) root_key: Option<PathBuf>,
}

impl Access {
    /// Refuses a password where a reference to one belongs, before anything else is looked at.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if let Some(argument) = &self.ca_password {
            argument.reference()?;
        }
        Ok(())
    }
}

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The issuing authority.
    Issuing,
    /// The root.
    Root,
}

/// An authority that is ready to sign; its directory is locked.
pub(crate) struct Session {
    pub(crate) directory: Directory,
    pub(crate) whose: Whose,
    signer: Box<dyn Signs>,
    writer: LogWriter,
    password: Option<Secret>,
    random: SystemRandom,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({:?})", self.whose)
    }
}

impl Session {
    /// Opens an authority. The password is asked for before anything is locked.
    pub(crate) fn open(env: &Env, access: &Access, whose: Whose) -> Result<Self, Failure> {
        access.check()?;
        if whose == Whose::Issuing && access.root_key.is_some() {
            return Err(Failure::usage(
                "the issuing authority signs this: `--root-key` has nothing to do",
            ));
        }
        let directory = Directory::read(&access.ca)?;
        let external = whose == Whose::Issuing && directory.external;
        let key = match whose {
            Whose::Issuing if external => None,
            Whose::Issuing => Some(access.ca.join(ISSUING_KEY)),
            Whose::Root => Some(
                access
                    .root_key
                    .clone()
                    .unwrap_or_else(|| access.ca.join(ROOT_KEY)),
            ),
        };
        let log_key = access.ca.join(LOG_KEY);
        let files: Vec<&Path> = key
            .iter()
            .map(PathBuf::as_path)
            .chain([log_key.as_path()])
            .collect();
        let (mut keys, password) = open_keys(env, access, &files)?;
        let log_key = keys.pop().ok_or_else(|| missing("the log's"))?;
        let authority = match whose {
            Whose::Issuing => &directory.issuing,
            Whose::Root => &directory.root,
        };
        let signer = signer(env, access, authority, keys.pop())?;
        let writer = LogWriter::open(directory.store(), log_key, &env.random)?;
        Ok(Self {
            directory,
            whose,
            signer,
            writer,
            password,
            random: env.random.clone(),
        })
    }

    /// Opens an authority for its log alone: whatever it is asked to sign is refused.
    pub(crate) fn open_log(env: &Env, access: &Access) -> Result<Self, Failure> {
        access.check()?;
        if access.root_key.is_some() || access.signer.is_some() {
            return Err(Failure::usage(
                "nothing is signed with an authority's key: `--root-key` and `--signer` have nothing to do",
            ));
        }
        let directory = Directory::read(&access.ca)?;
        let log_key = access.ca.join(LOG_KEY);
        let (mut keys, password) = open_keys(env, access, &[&log_key])?;
        let log_key = keys.pop().ok_or_else(|| missing("the log's"))?;
        let writer = LogWriter::open(directory.store(), log_key, &env.random)?;
        Ok(Self {
            signer: Box::new(NoSigner(directory.issuing.key.clone())),
            whose: Whose::Issuing,
            directory,
            writer,
            password,
            random: env.random.clone(),
        })
    }

    /// Whether there is a password that a new authority's key can be encrypted with: that of this one's.
    pub(crate) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// A key as PEM, encrypted with the password of this authority's keys; None without one.
    pub(crate) fn encrypted(&self, key: &PrivateKey) -> Option<Result<String, Failure>> {
        let password = self.password.as_ref()?;
        let sealed = encrypt_pkcs8(&key.to_pkcs8(), password, &self.random);
        let text = sealed.map(|sealed| pem::write("ENCRYPTED PRIVATE KEY", &sealed).to_string());
        Some(text.map_err(|error| Failure::new(Kind::Secret, error.to_string())))
    }

    /// The one that signs.
    pub(crate) fn authority(&self) -> &AuthorityCertificate {
        match self.whose {
            Whose::Issuing => &self.directory.issuing,
            Whose::Root => &self.directory.root,
        }
    }

    /// Whatever signs.
    pub(crate) fn signer(&self) -> &dyn Signs {
        self.signer.as_ref()
    }

    /// The rules at a time.
    pub(crate) fn issuing(&self, now: Timestamp) -> Issuing<'_> {
        let above = match self.whose {
            Whose::Issuing => std::slice::from_ref(&self.directory.root),
            Whose::Root => &[],
        };
        Issuing {
            authority: self.authority(),
            above,
            trust_domain: &self.directory.trust_domain,
            policy: &self.directory.policy,
            now,
        }
    }

    /// Where what is new in a certificate comes from that is logged so many entries from now.
    pub(crate) fn origin<'a>(
        &self,
        env: &'a Env,
        seed: Option<&'a Seed>,
        later: usize,
    ) -> Origin<'a> {
        let (size, root) = self.writer.end();
        origin(env, seed, (size + later as u64, root))
    }

    /// The log.
    pub(crate) fn log(&mut self) -> &mut LogWriter {
        &mut self.writer
    }

    /// Logs what is to be signed; the index of the first.
    pub(crate) fn record(&mut self, unsigned: &[Unsigned]) -> Result<u64, Failure> {
        let entries: Vec<Entry> = unsigned
            .iter()
            .map(|unsigned| Entry::Certificate(unsigned.to_be_signed.clone()))
            .collect();
        self.writer.append(&entries)
    }

    /// Signs what was logged.
    pub(crate) fn seal(&self, unsigned: &Unsigned) -> Result<Vec<u8>, Failure> {
        cert::seal(unsigned, self.signer()).map_err(|error| refuse(error.into()))
    }
}

/// Signs nothing.
struct NoSigner(PublicKey);

impl Signs for NoSigner {
    fn public_key(&self) -> &PublicKey {
        &self.0
    }

    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, String> {
        Err("only the log was opened".to_owned())
    }

    fn is_external(&self) -> bool {
        true
    }
}

/// The signer with a key outside the directory that is not encrypted: whose, and the public key that it must belong to.
pub(crate) fn plain_signer(
    env: &Env,
    path: &Path,
    owner: (&str, &PublicKey),
) -> Result<Box<dyn Signs>, Failure> {
    let bytes = zeroize::Zeroizing::new(fs::read(path, MAX_FILE)?);
    let key = open_key(&bytes, None)
        .map_err(|failure| failure.context(format!("cannot open the key `{}`", path.display())))?;
    local(env, owner, &key)
}

fn local(
    env: &Env,
    (name, public): (&str, &PublicKey),
    key: &PrivateKey,
) -> Result<Box<dyn Signs>, Failure> {
    if key.public() != *public {
        return Err(Failure::input(format!(
            "the key and the certificate of `{name}` do not belong together"
        )));
    }
    let signer = LocalSigner::new(key, &env.random).map_err(|error| refuse(error.into()))?;
    Ok(Box::new(signer))
}

fn missing(whose: &str) -> Failure {
    Failure::new(Kind::Secret, format!("{whose} key is missing"))
}

fn signer(
    env: &Env,
    access: &Access,
    authority: &AuthorityCertificate,
    key: Option<PrivateKey>,
) -> Result<Box<dyn Signs>, Failure> {
    let Some(key) = key else {
        let external = access.signer.as_ref().ok_or_else(|| {
            Failure::usage("the key of this issuing authority is elsewhere")
                .hint("name the program that signs with it: `--signer exec:PROGRAM`")
        })?;
        return Ok(Box::new(external.bound(&authority.key)));
    };
    if access.signer.is_some() {
        return Err(Failure::usage(
            "this authority's key is in its directory: `--signer` has nothing to do",
        ));
    }
    local(env, (&authority.name, &authority.key), &key)
}

/// Opens key files with one password, which is asked for once and only if one of them is encrypted.
fn open_keys(
    env: &Env,
    access: &Access,
    files: &[&Path],
) -> Result<(Vec<PrivateKey>, Option<Secret>), Failure> {
    let mut contents = Vec::new();
    for path in files {
        let bytes = fs::read(path, MAX_FILE).map_err(|error| {
            let failure = Failure::from(error);
            if path.ends_with(ROOT_KEY) {
                failure
                    .hint("the root's key is offline: bring it and name it with `--root-key FILE`")
            } else {
                failure
            }
        })?;
        contents.push(zeroize::Zeroizing::new(bytes));
    }
    let encrypted = |bytes: &zeroize::Zeroizing<Vec<u8>>| {
        memchr::memmem::find(bytes, b"ENCRYPTED PRIVATE KEY").is_some()
    };
    let password = match &access.ca_password {
        Some(argument) => Some(env.password(argument, "the authority's password")?),
        None if contents.iter().any(encrypted) => {
            let ask = SecretArg("prompt".into());
            let password = env.password(&ask, "the authority's password");
            Some(password.map_err(|failure| {
                failure
                    .hint("name the password's place with `--ca-password env:NAME` or `file:PATH`")
            })?)
        }
        None => None,
    };
    let open = |bytes: &zeroize::Zeroizing<Vec<u8>>| open_key(bytes, password.as_ref());
    let opened: Vec<_> = if contents.iter().any(encrypted) {
        // Each key costs hundreds of thousands of hashes: two at a time.
        std::thread::scope(|scope| {
            let threads: Vec<_> = contents
                .iter()
                .map(|bytes| scope.spawn(|| open(bytes)))
                .collect();
            let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined
                .map(|opened| opened.unwrap_or_else(|_| Err(missing("the authority's"))))
                .collect()
        })
    } else {
        contents.iter().map(open).collect()
    };
    let keys: Result<_, Failure> = opened
        .into_iter()
        .zip(files)
        .map(|(opened, path)| {
            opened.map_err(|failure| {
                failure.context(format!("cannot open the key `{}`", path.display()))
            })
        })
        .collect();
    Ok((keys?, password))
}

fn open_key(bytes: &[u8], password: Option<&Secret>) -> Result<PrivateKey, Failure> {
    let options = LoadOptions {
        expected: Expected::Private,
        encoding: None,
        password,
    };
    let set = load(bytes, options)?;
    match one_key(set)?.map(|key| key.material) {
        Some(Material::Private(key)) => Ok(key),
        _ => Err(missing("the authority's")),
    }
}
