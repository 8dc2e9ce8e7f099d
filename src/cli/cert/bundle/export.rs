//! `countersign cert bundle export`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Map, Value, json};

use crate::cert::{
    AuthorityCertificate, Fields, IstioFiles, istio_problems, linkerd_problems, signed_by,
    spiffe_bundle,
};
use crate::cli::args::SecretArg;
use crate::cli::cert::directory::{Directory, certificates};
use crate::cli::cert::issue::Layout;
use crate::cli::cert::material::one_key;
use crate::cli::cert::place::Place;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::fs::{self, Privacy, Replace};
use crate::kernel::key::{Expected, LoadOptions, PublicKey, load};
use crate::kernel::pem;
use crate::kernel::pkcs12::{self, Contents, Strength};
use crate::kernel::time::{Timestamp, parse_duration};

/// Write what others are to trust, in the form that they take
///
/// A SPIFFE bundle (its sequence grows whenever its authorities change), PEM, a Kubernetes ConfigMap or Secret, Istio's
/// `cacerts`, Linkerd's issuer, PKCS#12. What istiod or Linkerd would refuse is refused here, with the reason.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert bundle export --ca ca --as spiffe -o bundle.json
  countersign cert bundle export --ca ca --as istio --files cacerts -o cacerts.yaml
  countersign cert bundle export --ca ca --as pkcs12 --files svid --password env:STORE_PASSWORD -o keystore.p12

Exit codes: 0 written, 2 cannot write, also if the program would refuse it")]
pub(crate) struct Args {
    /// The authority's directory
    #[arg(long, value_name = "DIR")]
    ca: PathBuf,
    /// The form
    #[arg(long = "as", value_enum, value_name = "FORM", default_value = "spiffe")]
    form: Form,
    /// More roots to trust, during a rotation (PEM); repeat for more
    #[arg(long, value_name = "FILE")]
    also: Vec<PathBuf>,
    /// How often a SPIFFE bundle is to be looked at [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    refresh_hint: Option<Duration>,
    /// The directory that `cert issue` wrote, for `secret`, `istio`, `linkerd` and `pkcs12`
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// The name of the Kubernetes object, or of the key in PKCS#12
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its namespace
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Where the password of PKCS#12 is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    password: Option<SecretArg>,
    /// Protect PKCS#12 by Triple DES and SHA-1, for software that reads nothing newer [without a value: 3des]
    #[arg(long, value_enum, value_name = "CIPHER", num_args = 0..=1, require_equals = true, default_missing_value = "3des")]
    legacy: Option<Legacy>,
}

/// What old software reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Legacy {
    /// Key and certificates by Triple DES
    #[value(name = "3des")]
    TripleDes,
    /// The key by Triple DES, the certificates, which are public anyway, by RC2 with 40 bits, which anyone can break: what
    /// OpenSSL 1 and old Windows wrote, for what reads only that
    #[value(name = "rc2-40")]
    Rc2,
}

/// How often a SPIFFE bundle is to be looked at, if it is not said.
const REFRESH_HINT: Duration = Duration::from_secs(300);

impl Args {
    /// Refuses what the form has no place for.
    fn check(&self) -> Result<(), Failure> {
        let manifest = !matches!(self.form, Form::Spiffe | Form::Pem | Form::Pkcs12);
        let table = [
            (
                "--refresh-hint",
                self.refresh_hint.is_some(),
                self.form == Form::Spiffe,
            ),
            ("--files", self.files.is_some(), self.form.is_secret()),
            (
                "--name",
                self.name.is_some(),
                matches!(self.form, Form::Configmap | Form::Secret | Form::Pkcs12),
            ),
            (
                "--password",
                self.password.is_some(),
                self.form == Form::Pkcs12,
            ),
            ("--legacy", self.legacy.is_some(), self.form == Form::Pkcs12),
            ("--namespace", self.namespace.is_some(), manifest),
        ];
        for (flag, given, used) in table {
            if given && !used {
                return Err(Failure::usage(format!(
                    "`{flag}` has nothing to do with the form `{}`",
                    self.form.name()
                )));
            }
        }
        Ok(())
    }
}

/// The forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A SPIFFE bundle, a JWK set
    Spiffe,
    /// PEM
    Pem,
    /// A Kubernetes ConfigMap with `ca.crt`
    Configmap,
    /// A Kubernetes Secret of the type kubernetes.io/tls
    Secret,
    /// The secret `cacerts` of istiod
    Istio,
    /// The secret of Linkerd's issuer and the ConfigMap of its anchors
    Linkerd,
    /// PKCS#12: the roots, and with `--files` a certificate and its key
    Pkcs12,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Spiffe => "spiffe",
            Self::Pem => "pem",
            Self::Configmap => "configmap",
            Self::Secret => "secret",
            Self::Istio => "istio",
            Self::Linkerd => "linkerd",
            Self::Pkcs12 => "pkcs12",
        }
    }

    /// Whether it holds a private key.
    fn is_secret(self) -> bool {
        matches!(
            self,
            Self::Secret | Self::Istio | Self::Linkerd | Self::Pkcs12
        )
    }
}

struct BundleView {
    form: Form,
    bytes: zeroize::Zeroizing<Vec<u8>>,
    authorities: Vec<String>,
    sequence: Option<u64>,
}

impl BundleView {
    /// The content as text; PKCS#12 in base64.
    fn text(&self) -> String {
        match self.form {
            Form::Pkcs12 => STANDARD.encode(&self.bytes),
            _ => String::from_utf8_lossy(&self.bytes).into_owned(),
        }
    }
}

impl View for BundleView {
    fn human(&self, paint: &mut Paint) {
        paint.raw(&self.text());
    }

    fn bytes(&self) -> Option<&[u8]> {
        Some(&self.bytes)
    }

    fn privacy(&self) -> Privacy {
        if self.form.is_secret() {
            Privacy::Private
        } else {
            Privacy::Shared
        }
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/exported-bundle/v1",
            "form": self.form.name(),
            "authorities": self.authorities,
            "sequence": self.sequence,
            "content": self.text(),
        })
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    args.check()?;
    let directory = Directory::read(&args.ca)?;
    let mut roots = vec![directory.root.clone()];
    for path in &args.also {
        let source = env.source(path)?;
        for der in certificates(source.bytes(), source.name())? {
            let root = AuthorityCertificate::read(&der).map_err(|error| {
                Failure::input(error.to_string()).context(format!("cannot use `{}`", source.name()))
            })?;
            // X509-SVID §6.1: an authority that somebody else vouches for is none to begin with.
            if root.subject != issuer_of(&der) || !signed_by(&der, &root.key) {
                return Err(Failure::input(format!(
                    "`{}` is not self-signed: a bundle holds roots",
                    root.name
                ))
                .context(format!("cannot use `{}`", source.name())));
            }
            if !roots.iter().any(|known| known.der == root.der) {
                roots.push(root);
            }
        }
    }
    let pem: String = roots
        .iter()
        .map(|root| pem::write("CERTIFICATE", &root.der).to_string())
        .collect();
    let mut sequence = None;
    if args.form == Form::Pkcs12 {
        let bytes = pkcs12(env, args, (&roots, &directory))?;
        return Ok(view(args.form, (bytes, roots), None));
    }
    let text = match args.form {
        Form::Pem => pem,
        Form::Spiffe => {
            let number = next_sequence(&directory, &roots)?;
            sequence = Some(number);
            let hint = args.refresh_hint.unwrap_or(REFRESH_HINT);
            let bundle = spiffe_bundle(&roots, number, hint.as_secs());
            format!("{bundle:#}\n")
        }
        Form::Configmap => {
            let name = args.name.as_deref().unwrap_or("trust-bundle");
            manifest(&config_map((name, args), &[("ca.crt", &pem)])?)
        }
        Form::Secret => tls(args, (&pem, &directory), env.now)?,
        Form::Istio => istio(args, &pem)?,
        Form::Linkerd => linkerd(args, (&pem, &directory))?,
        Form::Pkcs12 => String::new(),
    };
    let bytes = zeroize::Zeroizing::new(text.into_bytes());
    Ok(view(args.form, (bytes, roots), sequence))
}

fn view(
    form: Form,
    (bytes, roots): (zeroize::Zeroizing<Vec<u8>>, Vec<AuthorityCertificate>),
    sequence: Option<u64>,
) -> Outcome {
    Outcome::view(BundleView {
        form,
        bytes,
        authorities: roots.into_iter().map(|root| root.name).collect(),
        sequence,
    })
}

/// The roots as certificates to trust, and a certificate with its key, if files are named.
fn pkcs12(
    env: &Env,
    args: &Args,
    (roots, directory): (&[AuthorityCertificate], &Directory),
) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
    let Some(argument) = &args.password else {
        return Err(
            Failure::usage("PKCS#12 is protected by a password, and none is named")
                .hint("say where it is: `--password env:NAME` or `file:PATH`"),
        );
    };
    let password = env.password(argument, "the password of the file")?;
    let (mut key, mut chain) = (None, Vec::new());
    if args.files.is_some() {
        let files = Files::of(args)?;
        let place = Place::read(files.0)?;
        refused(
            "whoever reads this file",
            &tls_problems(&place, directory, env.now),
        )?;
        let layout = Layout::of(place.profile);
        chain = certificates(files.text(layout.chain)?.as_bytes(), layout.chain)?;
        key = place.key.map(|key| key.to_pkcs8());
    }
    let trusted: Vec<Vec<u8>> = roots.iter().map(|root| root.der.clone()).collect();
    let contents = Contents {
        key: key.as_ref().map(|key| key.as_slice()),
        certificates: &chain,
        trusted: &trusted,
        name: args
            .name
            .as_deref()
            .unwrap_or(directory.trust_domain.as_str()),
    };
    let strength = match args.legacy {
        Some(Legacy::TripleDes) => Strength::TripleDes,
        Some(Legacy::Rc2) => Strength::Rc2Certificates,
        None => Strength::Modern,
    };
    if args.legacy.is_some() {
        env.warn("Triple DES and SHA-1 protect little: whoever gets the file may open it");
    }
    if args.legacy == Some(Legacy::Rc2) {
        env.warn("RC2 with 40 bits hides nothing: the certificates and their names are readable without the password");
    }
    let file = pkcs12::write(&contents, &password, strength, &env.random);
    file.map(zeroize::Zeroizing::new)
        .map_err(|error| Failure::new(Kind::Secret, error.to_string()))
}

/// The bundle's sequence: one more than before whenever its authorities are others than before.
fn next_sequence(directory: &Directory, roots: &[AuthorityCertificate]) -> Result<u64, Failure> {
    let mut ders: Vec<&[u8]> = roots.iter().map(|root| root.der.as_slice()).collect();
    ders.arrange();
    let digest = hex(&sha256(&ders.concat()));
    let _lock = fs::lock(&directory.path.join("lock"))?;
    let path = directory.path.join("bundle.state.json");
    let before: Value = fs::read(&path, 1 << 16)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let number = before["sequence"].as_u64().unwrap_or(0);
    if before["authorities"] == digest.as_str() && number > 0 {
        return Ok(number);
    }
    // The file may be lost; the log, which only grows, never lets the sequence begin anew (federation §4.2).
    let logged = directory.store().checkpoint()?.0.size;
    let next = (number + 1).max(logged);
    let state = json!({ "sequence": next, "authorities": digest });
    let text = format!("{state:#}\n");
    fs::write(&path, text.as_bytes(), Privacy::Shared, Replace::Always)?;
    Ok(next)
}

/// A manifest as JSON, which is YAML.
fn manifest(value: &Value) -> String {
    format!("{value:#}\n")
}

fn metadata(name: &str, args: &Args, namespace: Option<&str>) -> Result<Value, Failure> {
    let label = |text: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        !text.is_empty() && text.len() <= 253 && text.chars().all(plain)
    };
    let namespace = args.namespace.as_deref().or(namespace);
    for text in std::iter::once(name).chain(namespace) {
        if !label(text) {
            return Err(Failure::usage(format!(
                "`{text}` is not a name of Kubernetes"
            )));
        }
    }
    let mut metadata = json!({ "name": name });
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    Ok(metadata)
}

fn config_map((name, args): (&str, &Args), data: &[(&str, &str)]) -> Result<Value, Failure> {
    let data: Map<String, Value> = data
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).into()))
        .collect();
    Ok(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(name, args, None)?,
        "data": data,
    }))
}

fn secret(metadata: &Value, kind: &str, data: &[(&str, &str)]) -> Value {
    let data: Map<String, Value> = data
        .iter()
        .map(|(name, text)| ((*name).to_owned(), STANDARD.encode(text).into()))
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": kind,
        "data": data,
    })
}

/// The files that a form needs.
struct Files<'a>(&'a Path);

impl Files<'_> {
    fn of(args: &Args) -> Result<Files<'_>, Failure> {
        let path = args.files.as_deref().ok_or_else(|| {
            Failure::usage("name the directory that `cert issue` wrote: `--files DIR`")
        })?;
        Ok(Files(path))
    }

    fn text(&self, name: &str) -> Result<String, Failure> {
        let bytes = fs::read(&self.0.join(name), 1 << 20)?;
        String::from_utf8(bytes)
            .map_err(|_| Failure::input(format!("`{}` is no text", self.0.join(name).display())))
    }

    fn public(&self, name: &str) -> Result<PublicKey, Failure> {
        let bytes = zeroize::Zeroizing::new(fs::read(&self.0.join(name), 1 << 20)?);
        let set = load(&bytes, LoadOptions::plain(Expected::Private))?;
        let key = one_key(set)
            .map_err(|failure| failure.context(format!("cannot use the key `{name}`")))?;
        let key = key.and_then(|key| key.public());
        key.ok_or_else(|| Failure::new(Kind::Secret, format!("`{name}` holds no private key")))
    }
}

fn refused(who: &str, problems: &[String]) -> Result<(), Failure> {
    if problems.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::input(format!("{who} would not take these files"));
    for problem in problems {
        failure = failure.cause(problem);
    }
    Err(failure)
}

fn tls(
    args: &Args,
    (roots, directory): (&str, &Directory),
    now: Timestamp,
) -> Result<String, Failure> {
    let files = Files::of(args)?;
    let place = Place::read(files.0)?;
    refused(
        "whoever mounts this secret",
        &tls_problems(&place, directory, now),
    )?;
    let layout = Layout::of(place.profile);
    let chain = files.text(layout.chain)?;
    let key = files.text(layout.key)?;
    let name = args.name.as_deref().unwrap_or("workload-tls");
    let data = [
        ("tls.crt", chain.as_str()),
        ("tls.key", &key),
        ("ca.crt", roots),
    ];
    Ok(manifest(&secret(
        &metadata(name, args, None)?,
        "kubernetes.io/tls",
        &data,
    )))
}

/// What makes a certificate of no use to those who trust this authority.
fn tls_problems(place: &Place, directory: &Directory, now: Timestamp) -> Vec<String> {
    let mut problems = Vec::new();
    if place.key_problem().is_some() {
        problems.push("the key and the certificate do not belong together".to_owned());
    }
    let issuing = &directory.issuing;
    if !signed_by(&place.leaf, &issuing.key) {
        problems.push(format!(
            "the certificate is not signed by `{}`",
            issuing.name
        ));
    }
    match Fields::of_certificate(&place.leaf) {
        Ok(fields) if fields.not_after < now => {
            problems.push(format!("the certificate expired at {}", fields.not_after));
        }
        Ok(_) => {}
        Err(_) => problems.push("the certificate cannot be read".to_owned()),
    }
    problems
}

fn issuer_of(der: &[u8]) -> Vec<u8> {
    let fields = Fields::of_certificate(der);
    fields
        .map(|fields| fields.issuer.to_vec())
        .unwrap_or_default()
}

fn istio(args: &Args, roots: &str) -> Result<String, Failure> {
    let files = Files::of(args)?;
    let (certificate, key) = (files.text("ca-cert.pem")?, files.text("ca-key.pem")?);
    let chain = files.text("cert-chain.pem")?;
    let lists = match files.0.join("ca-crl.pem").exists() {
        true => Some(files.text("ca-crl.pem")?),
        false => None,
    };
    let checked = IstioFiles {
        root: roots,
        certificate: &certificate,
        key: &key,
        chain: &chain,
        lists: lists.as_deref(),
    };
    refused(
        "istiod",
        &istio_problems(&checked, &files.public("ca-key.pem")?),
    )?;
    let mut data = vec![
        ("root-cert.pem", roots),
        ("ca-cert.pem", certificate.as_str()),
        ("ca-key.pem", key.as_str()),
        ("cert-chain.pem", chain.as_str()),
    ];
    if let Some(lists) = &lists {
        data.push(("ca-crl.pem", lists));
    }
    // Any other name or type is not looked at.
    let metadata = metadata("cacerts", args, Some("istio-system"))?;
    Ok(manifest(&secret(&metadata, "Opaque", &data)))
}

fn linkerd(args: &Args, (roots, directory): (&str, &Directory)) -> Result<String, Failure> {
    let files = Files::of(args)?;
    let (certificate, key) = (files.text("issuer.crt")?, files.text("issuer.key")?);
    let ders = certificates(certificate.as_bytes(), "issuer.crt")?;
    let issuer = ders.first().cloned().unwrap_or_default();
    let public = files.public("issuer.key")?;
    refused(
        "Linkerd",
        &linkerd_problems(&issuer, &directory.root, &public),
    )?;
    let metadata = metadata("linkerd-identity-issuer", args, Some("linkerd"))?;
    let data = [
        ("tls.crt", certificate.as_str()),
        ("tls.key", key.as_str()),
        ("ca.crt", roots),
    ];
    let mut anchors = config_map(
        ("linkerd-identity-trust-roots", args),
        &[("ca-bundle.crt", roots)],
    )?;
    anchors["metadata"] = json!({
        "name": "linkerd-identity-trust-roots",
        "namespace": metadata["namespace"],
    });
    let list = json!({
        "apiVersion": "v1",
        "kind": "List",
        "items": [secret(&metadata, "kubernetes.io/tls", &data), anchors],
    });
    Ok(manifest(&list))
}
