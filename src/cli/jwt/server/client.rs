//! The client, as flags.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::cli::args::{KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::jwt::oauth::Method;
use crate::kernel::fs;
use crate::kernel::key::{Expected, Key};
use crate::kernel::secret::Secret;

/// Who asks.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Client")]
pub(in crate::cli::jwt) struct ClientFlags {
    /// The client's id
    #[arg(long, value_name = "ID")]
    pub(in crate::cli::jwt) client: String,
    /// Where the client's secret is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    client_secret: Option<SecretArg>,
    /// Where the private key is that the client signs assertions with (`private_key_jwt`), perhaps with `ID=` before it
    #[arg(
        long,
        value_name = "REF",
        allow_hyphen_values = true,
        conflicts_with = "client_secret"
    )]
    client_key: Option<SecretArg>,
    /// The certificate that the client shows in TLS (RFC 8705), PEM, with its chain
    #[arg(long, value_name = "FILE", requires = "client_certificate_key")]
    client_certificate: Option<PathBuf>,
    /// Where the private key of that certificate is, PEM
    #[arg(
        long,
        value_name = "REF",
        allow_hyphen_values = true,
        requires = "client_certificate"
    )]
    client_certificate_key: Option<SecretArg>,
    /// How the client shows who it is: basic, post, private-key-jwt, tls or none. By default what is given decides
    #[arg(long, value_name = "METHOD")]
    client_auth: Option<Method>,
    /// Where the password of an encrypted private key is
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    key_password: Option<SecretArg>,
}

/// What a client shows.
#[derive(Debug)]
pub(in crate::cli::jwt) enum Identity {
    /// Nothing beside its id, or its certificate.
    Id,
    /// A secret, in the field or in the body.
    Secret(Secret, Method),
    /// Assertions signed with this key.
    Key(Box<Key>),
}

const MAX_CHAIN: u64 = 1 << 20;

impl ClientFlags {
    /// What the client shows, by a method that the server offers.
    ///
    /// # Errors
    /// [`Failure`] if a secret cannot be read, or the method and what is given do not go together.
    pub(super) fn identity(
        &self,
        env: &Env,
        offered: Option<&[String]>,
    ) -> Result<Identity, Failure> {
        let method = self.method(offered)?;
        let missing = |flag: &str| {
            Failure::usage(format!("the method `{method}` needs `{flag}`"))
                .hint(format!("add `{flag}`, or choose another `--client-auth`"))
        };
        match method {
            Method::None | Method::Tls
                if self.client_secret.is_some() || self.client_key.is_some() =>
            {
                Err(Failure::usage(format!(
                    "the method `{method}` has no place for a secret or key"
                ))
                .hint("leave it out, or choose another `--client-auth`"))
            }
            Method::Tls if self.client_certificate.is_none() => {
                Err(missing("--client-certificate"))
            }
            Method::None | Method::Tls => Ok(Identity::Id),
            Method::Basic | Method::Post => {
                let argument = self.client_secret.as_ref();
                let argument = argument.ok_or_else(|| missing("--client-secret"))?;
                let secret = env.password(argument, "the client's secret")?;
                Ok(Identity::Secret(secret, method))
            }
            Method::PrivateKeyJwt => {
                let argument = self.client_key.as_ref();
                let argument = argument.ok_or_else(|| missing("--client-key"))?;
                let key = self.signing_key(env, argument)?;
                Ok(Identity::Key(Box::new(key)))
            }
        }
    }

    /// One private key, for assertions or proofs.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) fn signing_key(&self, env: &Env, argument: &SecretArg) -> Result<Key, Failure> {
        let reading = KeyReading {
            key_encoding: None,
            key_password: self.key_password.clone(),
        };
        let loaded = env.keys(std::slice::from_ref(argument), &reading, Expected::Private)?;
        let mut keys = loaded.keys.into_iter();
        match (keys.next(), keys.next()) {
            (Some(key), None) => Ok(key),
            _ => Err(Failure::new(
                Kind::Secret,
                "the key file does not hold one key alone",
            )),
        }
    }

    /// The certificate and its key, PEM, if the client shows one.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) fn certificate(&self, env: &Env) -> Result<Option<Secret>, Failure> {
        let (Some(path), Some(key)) = (&self.client_certificate, &self.client_certificate_key)
        else {
            return Ok(None);
        };
        let mut pem = fs::read(path, MAX_CHAIN)?;
        pem.push(b'\n');
        pem.extend_from_slice(env.secret(key, "the certificate's key")?.expose());
        Ok(Some(Secret::new(pem)))
    }

    fn method(&self, offered: Option<&[String]>) -> Result<Method, Failure> {
        let by_what_is_given = match (&self.client_secret, &self.client_key) {
            (Some(_), _) if Method::Basic.is_offered(offered) => Method::Basic,
            (Some(_), _) if Method::Post.is_offered(offered) => Method::Post,
            (Some(_), _) => Method::Basic,
            (None, Some(_)) => Method::PrivateKeyJwt,
            (None, None) if self.client_certificate.is_some() => Method::Tls,
            (None, None) => Method::None,
        };
        let method = self.client_auth.unwrap_or(by_what_is_given);
        // What the issuer does not offer cannot work; only a public client may be unlisted.
        if !method.is_offered(offered) && method != Method::None {
            let names = offered.unwrap_or_default().join(", ");
            return Err(Failure::usage(format!(
                "the server does not offer the client authentication `{method}`"
            ))
            .hint(format!("it offers {names}")));
        }
        Ok(method)
    }
}
