//! The choice of a signature scheme.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::request::{Scheme, custom, goog4, sigv4, tencent, webhooks};

/// Which scheme, and what it needs to know.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct SchemeArgs {
    /// The signature scheme
    #[arg(long, value_name = "NAME", default_value = "rfc9421", value_parser = parser())]
    scheme: String,
    /// The description of a scheme of one's own, TOML; with `--scheme custom`
    #[arg(long, value_name = "FILE", required_if_eq("scheme", "custom"))]
    scheme_file: Option<PathBuf>,
    /// The region of a SigV4 signature; in version 4A the set of regions; of goog4 the location
    #[arg(long)]
    region: Option<String>,
    /// The service of a signature of SigV4 or tencent
    #[arg(long)]
    service: Option<String>,
    /// The session token of a SigV4 request is sent but not signed
    #[arg(long)]
    omit_session_token: bool,
}

const OWN: [(&str, &str); 9] = [
    ("rfc9421", "HTTP Message Signatures, RFC 9421"),
    ("sigv4", "AWS Signature Version 4"),
    ("sigv4a", "AWS Signature Version 4A"),
    ("goog4", "Google Cloud Storage, V4"),
    ("tencent", "Tencent Cloud, version 3"),
    ("aliyun", "Alibaba Cloud, version 3"),
    ("azure", "Azure Storage, Shared Key"),
    ("draft-cavage", "draft-cavage-http-signatures-12"),
    (
        "custom",
        "a scheme of one's own, described in `--scheme-file`",
    ),
];

// The names of all schemes, with what they are.
fn parser() -> PossibleValuesParser {
    let values =
        names().map(|(name, help)| PossibleValue::new(clap::builder::Str::from(name)).help(help));
    PossibleValuesParser::new(values.collect::<Vec<_>>())
}

fn names() -> impl Iterator<Item = (String, String)> {
    let own = OWN
        .into_iter()
        .map(|(name, help)| (name.to_owned(), help.to_owned()));
    own.chain(webhooks().into_iter().map(|description| {
        let help = format!("the webhooks of {}", description.name);
        (description.name, help)
    }))
}

impl SchemeArgs {
    /// The scheme with everything it needs.
    pub(super) fn resolve(&self, env: &Env) -> Result<Scheme, Failure> {
        self.check()?;
        match self.scheme.as_str() {
            "rfc9421" => Ok(Scheme::Rfc9421),
            "sigv4" | "sigv4a" => Ok(Scheme::Sigv4(sigv4::Expected {
                variant: Some(self.variant()),
                region: self.region.clone(),
                service: self.service.clone(),
                rules: None,
                omit_session_token: self.omit_session_token,
            })),
            "goog4" => Ok(Scheme::Goog4(goog4::Expected {
                location: self.region.clone(),
            })),
            "tencent" => Ok(Scheme::Tencent(tencent::Expected {
                service: self.service.clone(),
            })),
            "aliyun" => Ok(Scheme::Aliyun),
            "azure" => Ok(Scheme::Azure),
            "draft-cavage" => Ok(Scheme::Cavage),
            "custom" => self.custom(env),
            name => webhooks()
                .into_iter()
                .find(|description| description.name == name)
                .map(|description| Scheme::Webhook(Box::new(description)))
                .ok_or_else(|| Failure::usage(format!("there is no scheme `{name}`"))),
        }
    }

    // A flag of another scheme would look as if it did something.
    fn check(&self) -> Result<(), Failure> {
        let sigv4 = self.scheme.starts_with("sigv4");
        let goog4 = self.scheme == "goog4";
        let tencent = self.scheme == "tencent";
        let flags = [
            (
                "--scheme-file",
                self.scheme_file.is_some(),
                self.scheme == "custom",
            ),
            ("--region", self.region.is_some(), sigv4 || goog4),
            ("--service", self.service.is_some(), sigv4 || tencent),
            ("--omit-session-token", self.omit_session_token, sigv4),
        ];
        match flags.iter().find(|(_, given, used)| *given && !used) {
            Some((flag, ..)) => Err(Failure::usage(format!(
                "`{flag}` means nothing for the scheme {}",
                self.scheme
            ))),
            None => Ok(()),
        }
    }

    fn custom(&self, env: &Env) -> Result<Scheme, Failure> {
        let path = self.scheme_file.as_ref().ok_or_else(|| {
            Failure::usage("`--scheme custom` needs its description")
                .hint("add `--scheme-file FILE`")
        })?;
        let source = env.source(path)?;
        let description = custom::parse(&source).map_err(|error| {
            let place = source.position(error.span.start);
            Failure::input(error.to_string()).context(format!(
                "cannot use the scheme `{}:{place}`",
                path.display()
            ))
        })?;
        Ok(Scheme::Webhook(Box::new(description)))
    }

    /// Which version of SigV4.
    pub(super) fn variant(&self) -> sigv4::Variant {
        if self.scheme == "sigv4a" {
            sigv4::Variant::V4a
        } else {
            sigv4::Variant::V4
        }
    }
}
