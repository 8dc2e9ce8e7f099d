//! Signing: the fields or the parameters that a request gains, in the order in which AWS's own signers add them.

use super::canonical::{
    CanonicalError, CanonicalRequest, Parts, Rules, check_defined, signable, split_target,
};
use super::claim::only;
use super::key::{Identity, KeyError, SigningKey, v4_signature, v4a_private_key};
use super::scope::{AmzDate, Scope, StringToSign};
use super::{Family, MAX_EXPIRES, UNSIGNED_PAYLOAD, Variant, encode, needs_content_sha256};
use crate::kernel::crypto::{
    self, DigestAlgorithm, EcEncoding, SignatureAlgorithm, SystemRandom, hex,
};
use crate::kernel::key::Curve;
use crate::kernel::time::Timestamp;

/// Where the signature goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Into the field `Authorization`.
    Header,
    /// Into the query: a presigned URL that lives for so many seconds.
    Query {
        /// From 1 to [`MAX_EXPIRES`].
        expires: u64,
    },
}

/// What the signature says about the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Its SHA-256.
    Sha256([u8; 32]),
    /// Nothing.
    Unsigned,
}

/// How to sign.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// The version.
    pub variant: Variant,
    /// The region; in version 4A the set of regions, such as `us-east-1,eu-*`.
    pub region: &'a str,
    /// The service, such as `s3`.
    pub service: &'a str,
    /// When.
    pub time: Timestamp,
    /// Where the signature goes.
    pub form: Form,
    /// What it says about the body.
    pub payload: Payload,
    /// Whether the header form also sends `x-amz-content-sha256`. It is sent in any case where the service demands it
    /// or the body is not signed.
    pub sign_body: bool,
    /// Whether the session token is sent but not signed, as some services want it.
    pub omit_session_token: bool,
    /// How the path becomes canonical.
    pub rules: Rules,
}

/// What the request gains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// Fields, to be put behind the last one.
    Fields(Vec<(&'static str, String)>),
    /// A new target.
    Target(String),
}

/// A signature with all that it was made of.
#[derive(Debug, Clone)]
pub struct SignedParts {
    /// What the request gains.
    pub added: Added,
    /// The canonical request.
    pub canonical: CanonicalRequest,
    /// The string-to-sign.
    pub string_to_sign: StringToSign,
    /// The signature in hexadecimal.
    pub signature: String,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// No canonical request.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A response.
    #[error("this is a response; only requests are signed in this way")]
    NotARequest,
    /// Something that signing adds is there already.
    #[error("the request already has {0}; remove it to sign anew")]
    AlreadyThere(String),
    /// No host to sign.
    #[error("the request has no `Host`, which a signature must cover")]
    NoHost,
    /// A part of the credential that would not survive being written down.
    #[error("the {what} is empty or holds a character that cannot stand in a credential")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// A presigned URL that would live too long, or not at all.
    #[error("a presigned URL lives from 1 to {MAX_EXPIRES} seconds, not {0}")]
    Expires(u64),
    /// A field that is there more than once, or no text.
    #[error("{0}")]
    Field(String),
    /// The private key refused.
    #[error(transparent)]
    Signature(#[from] crypto::SignError),
}

/// Signs a request.
///
/// # Errors
/// [`SignError`].
pub fn sign<'a>(
    parts: &Parts<'_>,
    credentials: impl Into<Identity<'a>>,
    settings: &'a Settings<'a>,
    random: &SystemRandom,
) -> Result<SignedParts, SignError> {
    let identity = credentials.into();
    check(parts, identity, settings)?;
    let signing = Signing::new(identity, settings)?;
    match settings.form {
        Form::Header => signing.header(parts, random),
        Form::Query { expires } => signing.query(parts, expires, random),
    }
}

fn check(
    parts: &Parts<'_>,
    identity: Identity<'_>,
    settings: &Settings<'_>,
) -> Result<(), SignError> {
    let names = settings.variant.family().names();
    // What a URL of Google says about the body can only stand in a field.
    let kept = match (settings.variant.family(), settings.form) {
        (Family::Google, Form::Query { .. }) => names.content_sha256,
        _ => "",
    };
    for (name, _) in &parts.fields {
        let same = |own: &&&str| **own != kept && name.eq_ignore_ascii_case(own);
        if let Some(own) = names.fields.iter().find(same) {
            return Err(SignError::AlreadyThere(format!("the field `{own}`")));
        }
    }
    if settings.variant.family() == Family::Google {
        check_defined(parts.target)?;
    }
    let (_, query) = split_target(parts.target)?;
    for pair in encode::pairs(query).map_err(CanonicalError::Percent)? {
        let same = |own: &&str| pair.name.eq_ignore_ascii_case(own.as_bytes());
        if let Some(own) = names.parameters.all().find(same) {
            let what = format!("the parameter `{own}` in its query");
            return Err(SignError::AlreadyThere(what));
        }
    }
    if !signable(parts).iter().any(|name| name == "host") {
        return Err(SignError::NoHost);
    }
    let plain = |text: &str, also: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || also.contains(c);
        !text.is_empty() && text.chars().all(fits)
    };
    let region = match settings.variant {
        Variant::V4a => plain(settings.region, "*,"),
        _ => plain(settings.region, ""),
    };
    let refuse = |what| Err(SignError::Malformed { what });
    if !region {
        return refuse("region");
    }
    if !plain(settings.service, "") {
        return refuse("service");
    }
    if !plain(identity.id, "/+=@:") {
        return refuse("access key id");
    }
    match settings.form {
        Form::Query { expires } if !(1..=MAX_EXPIRES).contains(&expires) => {
            Err(SignError::Expires(expires))
        }
        _ => Ok(()),
    }
}

/// What both forms share.
struct Signing<'a> {
    identity: Identity<'a>,
    settings: &'a Settings<'a>,
    time: AmzDate,
    scope: Scope,
    token: Option<&'a str>,
    payload_hash: String,
}

impl<'a> Signing<'a> {
    fn new(identity: Identity<'a>, settings: &'a Settings<'a>) -> Result<Self, SignError> {
        let time = AmzDate::new(settings.time);
        let region = match settings.variant {
            Variant::V4a => None,
            _ => Some(settings.region.to_owned()),
        };
        let token = match identity.session_token {
            None => None,
            Some(token) => {
                let text = std::str::from_utf8(token.expose()).ok();
                let plain = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
                let plain = plain.filter(|text| !text.is_empty());
                let what = "session token";
                Some(plain.ok_or(SignError::Malformed { what })?)
            }
        };
        Ok(Self {
            identity,
            settings,
            time,
            scope: Scope {
                family: settings.variant.family(),
                day: time.day(),
                region,
                service: settings.service.to_owned(),
            },
            token,
            payload_hash: match settings.payload {
                Payload::Sha256(hash) => hex(&hash),
                Payload::Unsigned => UNSIGNED_PAYLOAD.to_owned(),
            },
        })
    }

    fn header(&self, parts: &Parts<'_>, random: &SystemRandom) -> Result<SignedParts, SignError> {
        let settings = self.settings;
        let mut fields: Vec<(&'static str, String)> = Vec::new();
        fields.extend(
            self.token
                .map(|token| ("X-Amz-Security-Token", token.to_owned())),
        );
        let names = settings.variant.family().names();
        fields.push((names.date, self.time.to_string()));
        if settings.variant == Variant::V4a {
            fields.push(("X-Amz-Region-Set", settings.region.to_owned()));
        }
        let unsigned = settings.payload == Payload::Unsigned;
        let needed = match settings.variant.family() {
            Family::Aws => needs_content_sha256(settings.service),
            // Without it the body would not be signed.
            Family::Google => true,
        };
        if settings.sign_body || unsigned || needed {
            fields.push((names.content_sha256, self.payload_hash.clone()));
        }
        let mut extended = parts.clone();
        extended
            .fields
            .extend(fields.iter().map(|(name, value)| (*name, value.as_bytes())));
        let mut signed = signable(&extended);
        if settings.omit_session_token {
            signed.retain(|name| name != "x-amz-security-token");
        }
        let canonical = CanonicalRequest::new(
            &extended,
            (&signed, &self.payload_hash),
            &[],
            settings.rules,
        )?;
        let (string_to_sign, signature) = self.seal(&canonical, random)?;
        let authorization = format!(
            "{} Credential={}/{}, SignedHeaders={}, Signature={signature}",
            settings.variant.algorithm(),
            self.identity.id,
            self.scope,
            signed.join(";"),
        );
        fields.push(("Authorization", authorization));
        Ok(SignedParts {
            added: Added::Fields(fields),
            canonical,
            string_to_sign,
            signature,
        })
    }

    fn query(
        &self,
        parts: &Parts<'_>,
        expires: u64,
        random: &SystemRandom,
    ) -> Result<SignedParts, SignError> {
        let signed = signable(parts);
        let credential = format!("{}/{}", self.identity.id, self.scope);
        let mut target = parts.target.to_owned();
        let mut append = |name: &str, value: &str| {
            if !target.contains('?') {
                target.push('?');
            } else if !target.ends_with(['?', '&']) {
                target.push('&');
            }
            target.push_str(name);
            target.push('=');
            target.push_str(&encode::component(value));
        };
        let names = &self.settings.variant.family().names().parameters;
        append(names.algorithm, self.settings.variant.algorithm());
        append(names.credential, &credential);
        append(names.date, &self.time.to_string());
        append(names.signed_headers, &signed.join(";"));
        append(names.expires, &expires.to_string());
        if let Some(token) = self.token {
            append("X-Amz-Security-Token", token);
        }
        if self.settings.variant == Variant::V4a {
            append("X-Amz-Region-Set", self.settings.region);
        }
        let left_out: &[&str] = if self.settings.omit_session_token {
            &["X-Amz-Security-Token"]
        } else {
            &[]
        };
        let extended = Parts {
            target: &target,
            ..parts.clone()
        };
        let canonical = CanonicalRequest::new(
            &extended,
            (&signed, self.payload_of_url(parts)?),
            left_out,
            self.settings.rules,
        )?;
        let (string_to_sign, signature) = self.seal(&canonical, random)?;
        target.push('&');
        target.push_str(names.signature);
        target.push('=');
        target.push_str(&signature);
        Ok(SignedParts {
            added: Added::Target(target),
            canonical,
            string_to_sign,
            signature,
        })
    }

    /// What stands for the body of a presigned URL.
    fn payload_of_url<'p>(&'p self, parts: &'p Parts<'_>) -> Result<&'p str, SignError> {
        match self.settings.variant.family() {
            Family::Aws => Ok(&self.payload_hash),
            Family::Google => {
                let name = Family::Google.names().content_sha256;
                let given =
                    only(parts, name).map_err(|error| SignError::Field(error.to_string()))?;
                Ok(given.unwrap_or(UNSIGNED_PAYLOAD))
            }
        }
    }

    fn seal(
        &self,
        canonical: &CanonicalRequest,
        random: &SystemRandom,
    ) -> Result<(StringToSign, String), SignError> {
        let variant = self.settings.variant;
        let string_to_sign = StringToSign::new(variant, self.time, &self.scope, canonical);
        let message = string_to_sign.bytes();
        let signature = match (variant, self.identity.key) {
            (Variant::V4 | Variant::Goog4Hmac, SigningKey::Secret(secret)) => {
                v4_signature(secret, &self.scope, &message)?
            }
            (Variant::V4a, SigningKey::Secret(secret)) => {
                let key = v4a_private_key(self.identity.id, secret)?;
                crypto::sign(ECDSA, &key, &message, random)?
            }
            (Variant::Goog4Rsa, SigningKey::Private(key)) => {
                crypto::sign(RSA, key, &message, random)?
            }
            _ => return Err(KeyError::Kind.into()),
        };
        Ok((string_to_sign, hex(&signature)))
    }
}

/// How version 4A signs: the signature is DER.
pub(super) const ECDSA: SignatureAlgorithm =
    SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Asn1);

/// How a service account of Google signs.
pub(super) const RSA: SignatureAlgorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);

#[cfg(test)]
mod tests {
    use super::super::Credentials;
    use super::*;
    use crate::kernel::secret::Secret;

    fn signed(
        target: &str,
        fields: &[(&str, &str)],
        change: fn(&mut Settings<'_>),
    ) -> Result<SignedParts, SignError> {
        let method = if target.contains("file") {
            "PUT"
        } else {
            "GET"
        };
        let parts = Parts {
            method,
            target,
            fields: fields
                .iter()
                .map(|(name, value)| (*name, value.as_bytes()))
                .collect(),
        };
        let mut settings = Settings {
            variant: Variant::V4,
            region: "us-east-1",
            service: "s3",
            time: Timestamp::from_unix(1_369_353_600).unwrap(),
            form: Form::Header,
            payload: Payload::Sha256(crypto::sha256(b"")),
            sign_body: false,
            omit_session_token: false,
            rules: Rules::S3,
        };
        change(&mut settings);
        let secret = Secret::new(b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_vec());
        let credentials = Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE",
            secret: &secret,
            session_token: None,
        };
        sign(&parts, credentials, &settings, &SystemRandom::default())
    }

    const HOST: (&str, &str) = ("Host", "examplebucket.s3.amazonaws.com");

    #[test]
    fn s3_always_sends_the_hash_of_the_body() {
        let fields = [HOST];
        let result = signed("/test%24file.text", &fields, |_| {}).unwrap();
        let text = String::from_utf8(result.canonical.bytes()).unwrap();
        assert!(text.starts_with("PUT\n/test%24file.text\n\n"), "{text}");
        assert!(
            text.contains("host;x-amz-content-sha256;x-amz-date"),
            "{text}"
        );
        let result = signed("/", &fields, |settings| {
            settings.payload = Payload::Unsigned
        });
        let text = String::from_utf8(result.unwrap().canonical.bytes()).unwrap();
        assert!(
            text.contains("x-amz-content-sha256:UNSIGNED-PAYLOAD\n"),
            "{text}"
        );
        assert!(text.ends_with("\nUNSIGNED-PAYLOAD"), "{text}");
    }

    // The examples of the Amazon S3 API Reference, "Authenticating Requests: AWS Signature Version 4".
    #[test]
    fn the_examples_of_s3_give_their_signatures() {
        let get = signed("/test.txt", &[HOST, ("Range", "bytes=0-9")], |settings| {
            settings.sign_body = true;
        });
        assert_eq!(
            get.unwrap().signature,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
        let fields = [
            HOST,
            ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ];
        let put = signed("/test%24file.text", &fields, |settings| {
            settings.payload = Payload::Sha256(crypto::sha256(b"Welcome to Amazon S3."));
        });
        assert_eq!(
            put.unwrap().signature,
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        );
        let presigned = signed("/test.txt", &[HOST], |settings| {
            settings.payload = Payload::Unsigned;
            settings.form = Form::Query { expires: 86_400 };
        });
        assert_eq!(
            presigned.unwrap().signature,
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }

    #[test]
    fn what_signing_adds_must_not_be_there() {
        for name in ["X-AMZ-Date", "authorization", "x-amz-security-token"] {
            let error = signed("/", &[HOST, (name, "x")], |_| {}).unwrap_err();
            assert!(matches!(error, SignError::AlreadyThere(_)), "{name}");
        }
        for target in ["/?X-Amz-Signature=1", "/?a&x%2Damz-date=1"] {
            let error = signed(target, &[HOST], |_| {}).unwrap_err();
            assert!(matches!(error, SignError::AlreadyThere(_)), "{target}");
        }
    }

    #[test]
    fn what_cannot_be_signed_is_named() {
        assert_eq!(signed("/", &[], |_| {}).unwrap_err(), SignError::NoHost);
        let error = signed("/", &[HOST], |settings| settings.region = "a/b").unwrap_err();
        assert_eq!(error, SignError::Malformed { what: "region" });
        for expires in [0, MAX_EXPIRES + 1] {
            let change: fn(&mut Settings<'_>) = match expires {
                0 => |settings| settings.form = Form::Query { expires: 0 },
                _ => |settings| {
                    settings.form = Form::Query {
                        expires: MAX_EXPIRES + 1,
                    }
                },
            };
            assert_eq!(
                signed("/", &[HOST], change).unwrap_err(),
                SignError::Expires(expires)
            );
        }
    }

    #[test]
    fn a_presigned_url_keeps_its_own_query() {
        let change: fn(&mut Settings<'_>) = |settings| settings.form = Form::Query { expires: 60 };
        for (target, start) in [
            ("/a", "/a?X-Amz-Algorithm="),
            ("/a?", "/a?X-Amz-Algorithm="),
            ("/a?b", "/a?b&X-Amz-Algorithm="),
            ("/a?b&", "/a?b&X-Amz-Algorithm="),
        ] {
            let Added::Target(added) = signed(target, &[HOST], change).unwrap().added else {
                unreachable!("the query form changes the target")
            };
            assert!(added.starts_with(start), "{added}");
        }
    }
}
