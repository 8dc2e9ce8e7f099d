//! `countersign cert request`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::init::KeyType;
use super::issue::{Subject, existing_key};
use crate::cert::{DnsName, KeyChoice, Names, SpiffeId, signing_request};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{NewFile, Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::fs::{Privacy, Replace};
use crate::kernel::key::{Key, Material};
use crate::kernel::pem;

/// Ask an authority for a certificate: a certification request, with a new key or for one that is there
///
/// The private key stays where it is; the request goes to whoever runs the authority, and `cert issue --csr` certifies what
/// its policy allows of it.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert request --spiffe-id spiffe://acme.example/ns/production/sa/payment-service --out request.pem --key-out svid_key.pem
  countersign cert request --dns db.acme.example --key tls.key --out request.pem

Exit codes: 0 made, 2 cannot be made")]
pub(crate) struct Args {
    /// The workload's SPIFFE ID
    #[arg(long, value_name = "ID", value_parser = super::verify::spiffe_id)]
    spiffe_id: Option<SpiffeId>,
    /// A DNS name; repeat for more
    #[arg(long, value_name = "NAME", value_parser = dns_name)]
    dns: Vec<DnsName>,
    /// An IP address; repeat for more
    #[arg(long, value_name = "ADDRESS")]
    ip: Vec<IpAddr>,
    /// A common name in the subject
    #[arg(long, value_name = "NAME")]
    common_name: Option<String>,
    /// The private key to be certified, without a password
    #[arg(long, value_name = "FILE", required_unless_present = "key_out", conflicts_with_all = ["key_out", "key_type"])]
    key: Option<PathBuf>,
    /// Where to write a new private key, readable by its owner alone
    #[arg(long, value_name = "FILE")]
    key_out: Option<PathBuf>,
    /// The kind of the new key
    #[arg(long, value_enum, value_name = "TYPE", default_value = "p256")]
    key_type: KeyType,
    /// The file for the request
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

fn dns_name(text: &str) -> Result<DnsName, String> {
    text.parse()
        .map_err(|error: crate::cert::BadDnsName| error.to_string())
}

struct RequestView {
    names: Vec<String>,
    common_name: Option<String>,
    key: String,
    new_key: bool,
    files: Vec<String>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let not_made = |failure: Failure| failure.context("the request is not made");
    let key = match &args.key {
        None => {
            let made = KeyChoice::from(args.key_type).generate(&env.random);
            made.map_err(super::refuse)?
        }
        Some(path) => match existing_key(path)? {
            Subject::Private(key) => key,
            Subject::Public(_) => {
                let text = format!("`{}` holds a public key", path.display());
                let failure = Failure::new(Kind::Secret, text);
                return Err(not_made(
                    failure.hint("the holder of the private key signs the request"),
                ));
            }
        },
    };
    let names = Names {
        spiffe_id: args.spiffe_id.clone(),
        dns: args.dns.clone(),
        addresses: args.ip.clone(),
    };
    let request = signing_request(&key, &names, args.common_name.as_deref())
        .map_err(|error| not_made(Failure::usage(error.to_string())))?;
    let text = pem::write("CERTIFICATE REQUEST", &request);
    // The key first: a request for a key that was never written is of no use to anyone.
    let mut files = Vec::new();
    if let Some(path) = &args.key_out {
        let key = pem::write("PRIVATE KEY", &key.to_pkcs8());
        files.push(file(args, path, key.as_bytes(), Privacy::Private));
    }
    files.push(file(args, &args.out, text.as_bytes(), Privacy::Shared));
    let mut outcome = Outcome::view(RequestView {
        names: names.list(),
        common_name: args.common_name.clone(),
        key: Key::bare(Material::Private(key)).describe(),
        new_key: args.key_out.is_some(),
        files: files
            .iter()
            .map(|file| file.path.display().to_string())
            .collect(),
    });
    outcome.files = files;
    Ok(outcome)
}

fn file(args: &Args, path: &std::path::Path, bytes: &[u8], privacy: Privacy) -> NewFile {
    NewFile {
        path: path.to_owned(),
        bytes: bytes.to_vec().into(),
        privacy,
        replace: if args.force {
            Replace::Always
        } else {
            Replace::Never
        },
    }
}

impl View for RequestView {
    fn human(&self, paint: &mut Paint) {
        let who = self.names.first().or(self.common_name.as_ref());
        let rest = who.map_or_else(String::new, |who| format!(": a request for {who}"));
        paint.toned(Tone::Good, "made", &rest);
        if self.names.len() > 1 {
            paint.field("names", &self.names.join(" "), None);
        }
        if let Some(name) = &self.common_name {
            paint.field("common name", name, None);
        }
        let whose = if self.new_key { "new" } else { "the one given" };
        paint.field("key", &format!("{}, {whose}", self.key), None);
        paint.field("files", &self.files.join(" "), None);
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/certification-request/v1",
            "names": self.names,
            "common_name": self.common_name,
            "key": self.key,
            "new_key": self.new_key,
            "files": self.files,
        })
    }
}
