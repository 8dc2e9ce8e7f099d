//! Keys that live elsewhere: a program that is given what to sign and answers with the signature.
//!
//! `exec:PROGRAM` is run without a shell as `PROGRAM sign ALGORITHM`, where ALGORITHM is `ecdsa-p256-sha256`,
//! `ecdsa-p384-sha384`, `rsa-pkcs1-sha256` or `ed25519`. It reads the bytes to be signed from standard input to its end and
//! writes the signature, as X.509 has it (ECDSA in DER), to standard output. Any other exit status than 0 is a refusal.
//! The signature is verified with the authority's certificate before it is used.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::mpsc;
use std::time::Duration;

use crate::cert::{KeyChoice, Signs};
use crate::kernel::fs::describe;
use crate::kernel::key::PublicKey;

/// The program behind `exec:`.
#[derive(Debug, Clone)]
pub(crate) struct ExternalSigner(PathBuf);

const PATIENCE: Duration = Duration::from_secs(60);
const MAX_SIGNATURE: u64 = 4096;

impl FromStr for ExternalSigner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("exec:") {
            Some(program) if !program.is_empty() => Ok(Self(program.into())),
            _ => Err("a signer is a program: write `exec:PROGRAM`".to_owned()),
        }
    }
}

impl ExternalSigner {
    /// The signer of a key.
    pub(super) fn bound(&self, key: &PublicKey) -> Bound {
        Bound {
            program: self.0.clone(),
            key: key.clone(),
        }
    }
}

/// A program that signs for a key.
#[derive(Debug)]
pub(super) struct Bound {
    program: PathBuf,
    key: PublicKey,
}

impl Signs for Bound {
    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let algorithm = match KeyChoice::of(&self.key) {
            Some(KeyChoice::P256) => "ecdsa-p256-sha256",
            Some(KeyChoice::P384) => "ecdsa-p384-sha384",
            Some(KeyChoice::Ed25519) => "ed25519",
            None => "rsa-pkcs1-sha256",
        };
        let named = |problem: String| format!("`{}`: {problem}", self.program.display());
        let mut child = Command::new(&self.program)
            .args(["sign", algorithm])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| named(describe(&error)))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that has seen enough may close it.
            let _closed = stdin.write_all(message);
        }
        let (sender, answer) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let read = stdout.take(MAX_SIGNATURE + 1).read_to_end(&mut bytes);
                let _gone = sender.send(read.map(|_| bytes));
            });
        }
        let Ok(answer) = answer.recv_timeout(PATIENCE) else {
            let _ended = child.kill();
            let _reaped = child.wait();
            return Err(named("gave no answer within a minute".to_owned()));
        };
        let status = child.wait().map_err(|error| named(describe(&error)))?;
        if !status.success() {
            return Err(named(match status.code() {
                Some(code) => format!("ended with {code}"),
                None => "was ended by a signal".to_owned(),
            }));
        }
        answer.map_err(|error| named(describe(&error)))
    }

    fn is_external(&self) -> bool {
        true
    }
}
