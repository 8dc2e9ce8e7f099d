//! `countersign cert inspect`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::view::certificate_json;
use crate::cert::inspect::{
    self, Field, Found, Item, difference, items, of_certificate, of_list, of_request,
};
use crate::cert::{BundleDocument, TrustBundle};
use crate::cli::args::{Clock, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::key::thumbprint;
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;

/// Show what certificates, requests, revocation lists, bundles and keys hold
///
/// Every field in words, the SPIFFE view first. Nothing is verified, and no private key is shown: `cert verify` judges.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert inspect svid.pem
  countersign cert inspect --diff old.pem new.pem
  countersign cert inspect --password env:STORE_PASSWORD keystore.p12
  countersign cert inspect --format json - < chain.pem

Exit codes: 0 shown, 2 something cannot be read, 3 nothing in the input")]
pub(crate) struct Args {
    /// A file in PEM, DER, or JSON (a SPIFFE bundle), or `-`
    input: PathBuf,
    /// Show where this certificate differs from the one in the input
    #[arg(long, value_name = "FILE")]
    diff: Option<PathBuf>,
    /// How many entries of a revocation list to show
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    entries: usize,
    /// Where the password of a PKCS#12 file is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    password: Option<SecretArg>,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let password = match &args.password {
        Some(argument) => Some(env.password(argument, "the file's password")?),
        None => None,
    };
    let (name, found) = read(env, &args.input, password.as_ref())?;
    if let Some(other) = &args.diff {
        let (other_name, other) = read(env, other, password.as_ref())?;
        let left = first_fields(&name, &found, now)?;
        let right = first_fields(&other_name, &other, now)?;
        return Ok(Outcome::view(Difference {
            names: [name, other_name],
            rows: difference(&left, &right),
        }));
    }
    let damaged = found
        .iter()
        .any(|found| matches!(found.item, Item::Damaged(_)));
    let mut outcome = Outcome::view(Inspection {
        name,
        found,
        now,
        entries: args.entries,
    });
    if damaged {
        outcome.exit = ExitCode::CannotAnswer;
    }
    Ok(outcome)
}

fn read(
    env: &Env,
    path: &std::path::Path,
    password: Option<&Secret>,
) -> Result<(String, Vec<Found>), Failure> {
    let source = env.source(path)?;
    if let Some(password) = password {
        let cannot = format!("cannot open `{}`", source.name());
        let opened = inspect::opened(&source, password)
            .map_err(|error| Failure::new(Kind::Secret, error.to_string()).context(&cannot))?;
        let found = opened.ok_or_else(|| {
            Failure::input("it is not a PKCS#12 file, or it is damaged")
                .context(&cannot)
                .hint("`--password` opens PKCS#12 alone")
        })?;
        return Ok((source.name().to_owned(), found));
    }
    let found = items(&source).map_err(|error| {
        let failure =
            Failure::input(error.to_string()).context(format!("cannot read `{}`", source.name()));
        match error {
            inspect::InspectError::Pem(crate::kernel::pem::PemError::LegacyEncryption {
                ..
            }) => failure.hint(
                "`openssl pkcs8 -topk8 -in KEY -out NEW` writes it with an encryption of today",
            ),
            _ => failure,
        }
    })?;
    if found.is_empty() {
        let message = format!(
            "`{}` holds no certificate, request, revocation list, bundle or key",
            source.name()
        );
        return Err(Failure::new(Kind::Nothing, message));
    }
    Ok((source.name().to_owned(), found))
}

/// The fields of the first thing that can be compared.
fn first_fields(name: &str, found: &[Found], now: Timestamp) -> Result<Vec<Field>, Failure> {
    let mut comparable = found.iter().filter_map(|found| match &found.item {
        Item::Certificate(certificate) => Some(of_certificate(certificate, now)),
        Item::Request(request) => Some(of_request(request)),
        Item::List(list) => Some(of_list(list, now, usize::MAX)),
        _ => None,
    });
    comparable.next().ok_or_else(|| {
        Failure::new(
            Kind::Nothing,
            format!("`{name}` holds no certificate, request or revocation list to compare"),
        )
    })
}

struct Inspection {
    name: String,
    found: Vec<Found>,
    now: Timestamp,
    entries: usize,
}

impl Inspection {
    fn fields(&self, item: &Item) -> Vec<Field> {
        match item {
            Item::Certificate(certificate) => {
                let mut fields = of_certificate(certificate, self.now);
                fields.insert(0, ("state", state(certificate, self.now)));
                fields
            }
            Item::Request(request) => of_request(request),
            Item::List(list) => of_list(list, self.now, self.entries),
            Item::Bundle(bundle) => bundle_fields(bundle),
            Item::PrivateKey(key) => {
                let mut fields = vec![
                    ("kind", format!("{} private key", key.kind())),
                    ("thumbprint", thumbprint(key)),
                ];
                for (index, found) in self.found.iter().enumerate() {
                    if let Item::Certificate(certificate) = &found.item
                        && certificate.public_key.as_ref().ok() == Some(key)
                    {
                        fields.push((
                            "belongs to",
                            format!("item {}, {}", index + 1, certificate.name()),
                        ));
                    }
                }
                fields
            }
            Item::PublicKey(key) => {
                vec![
                    ("kind", format!("{} public key", key.kind())),
                    ("thumbprint", thumbprint(key)),
                ]
            }
            Item::EncryptedKey => {
                vec![("kind", "a private key that a password protects".to_owned())]
            }
            Item::Pkcs12(None) => vec![(
                "kind",
                "its contents are encrypted: `--password REF` opens it".to_owned(),
            )],
            Item::Pkcs12(Some(opened)) => {
                let protection = opened.protection.iter();
                let names = opened.names.iter();
                protection
                    .map(|text| ("protected", text.clone()))
                    .chain(names.map(|name| ("name", name.clone())))
                    .collect()
            }
            Item::Damaged(problem) => vec![("PROBLEM", problem.clone())],
            Item::Other => vec![("kind", "not known here".to_owned())],
        }
    }
}

fn state(certificate: &crate::cert::Certificate, now: Timestamp) -> String {
    let (from, to) = (certificate.not_before.unix(), certificate.not_after.unix());
    match now.unix() {
        now if now < from => "not valid yet".to_owned(),
        now if now > to => "EXPIRED".to_owned(),
        _ => "in its validity".to_owned(),
    }
}

fn bundle_fields(document: &BundleDocument) -> Vec<Field> {
    let of = |bundle: &TrustBundle| {
        let mut fields = Vec::new();
        fields.extend(
            bundle
                .sequence
                .map(|number| ("sequence", number.to_string())),
        );
        fields.extend(
            bundle
                .refresh_hint
                .map(|seconds| ("refresh hint", format!("{seconds} s"))),
        );
        for authority in &bundle.authorities {
            fields.push((
                "authority",
                format!(
                    "{}, until {}, {}",
                    authority.name(),
                    authority.not_after,
                    authority.fingerprint()
                ),
            ));
        }
        fields.push(("JWT keys", bundle.jwt_keys.len().to_string()));
        fields.extend(bundle.notes.iter().map(|note| ("note", note.clone())));
        fields
    };
    match document {
        BundleDocument::One(bundle) => of(bundle),
        BundleDocument::Map(map) => map
            .iter()
            .flat_map(|(domain, bundle)| {
                let mut fields = vec![("trust domain", domain.to_string())];
                fields.extend(of(bundle));
                fields
            })
            .collect(),
    }
}

fn kind(item: &Item) -> &'static str {
    match item {
        Item::Certificate(_) => "certificate",
        Item::Request(_) => "request",
        Item::List(_) => "revocation list",
        Item::Bundle(_) => "SPIFFE bundle",
        Item::PrivateKey(_) => "private key",
        Item::PublicKey(_) => "public key",
        Item::EncryptedKey => "encrypted private key",
        Item::Pkcs12(_) => "PKCS#12",
        Item::Damaged(_) => "damaged",
        Item::Other => "other",
    }
}

impl View for Inspection {
    fn human(&self, paint: &mut Paint) {
        paint.toned(
            Tone::Warn,
            "signature: NOT VERIFIED",
            &format!(" ({}, at {})", self.name, self.now),
        );
        for (index, found) in self.found.iter().enumerate() {
            paint.gap();
            let place = found
                .line
                .map_or_else(String::new, |line| format!(", line {line}"));
            let label = match (&found.item, found.label.as_str()) {
                (Item::Damaged(_) | Item::Other, label) if !label.is_empty() => {
                    format!(" `{label}`")
                }
                _ => String::new(),
            };
            paint.toned(
                Tone::Strong,
                &format!("{}. {}", index + 1, kind(&found.item)),
                &format!("{label}{place}"),
            );
            for (name, value) in self.fields(&found.item) {
                let tone = match name {
                    "DEFECT" | "PROBLEM" => Some(Tone::Bad),
                    _ if value.starts_with("EXPIRED") || value.contains(" IS NONE: ") => {
                        Some(Tone::Bad)
                    }
                    _ => None,
                };
                paint.field(name, &value, tone);
            }
        }
    }

    fn json(&self) -> Value {
        let items: Vec<Value> = self
            .found
            .iter()
            .map(|found| {
                let certificate = match &found.item {
                    Item::Certificate(certificate) => Some(certificate_json(certificate)),
                    _ => None,
                };
                json!({
                    "kind": kind(&found.item),
                    "label": found.label,
                    "line": found.line,
                    "fields": fields_json(&self.fields(&found.item)),
                    "certificate": certificate,
                })
            })
            .collect();
        json!({
            "schema": "countersign/certificate-inspection/v1",
            "input": self.name,
            "signature": "NOT VERIFIED",
            "at": self.now.to_string(),
            "items": items,
        })
    }
}

fn fields_json(fields: &[Field]) -> Vec<Value> {
    fields
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

struct Difference {
    names: [String; 2],
    rows: Vec<(&'static str, Vec<String>, Vec<String>)>,
}

impl View for Difference {
    fn human(&self, paint: &mut Paint) {
        let [left, right] = &self.names;
        if self.rows.is_empty() {
            paint.toned(Tone::Good, "same", &format!(": {left} and {right}"));
            return;
        }
        paint.toned(
            Tone::Strong,
            "differ",
            &format!(": {left} (-) and {right} (+)"),
        );
        for (name, before, after) in &self.rows {
            for value in before.iter().filter(|value| !after.contains(value)) {
                paint.field(name, &format!("- {value}"), Some(Tone::Bad));
            }
            for value in after.iter().filter(|value| !before.contains(value)) {
                paint.field(name, &format!("+ {value}"), Some(Tone::Good));
            }
        }
    }

    fn json(&self) -> Value {
        let [left, right] = &self.names;
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|(name, before, after)| json!({ "field": name, "left": before, "right": after }))
            .collect();
        json!({
            "schema": "countersign/certificate-difference/v1",
            "left": left,
            "right": right,
            "differences": rows,
        })
    }
}
