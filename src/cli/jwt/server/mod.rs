//! A server that issues tokens, as a client speaks to it: where it answers, who asks, and proofs of possession.

mod client;
mod wire;

pub(super) use client::ClientFlags;
pub(super) use wire::{Server, Trouble};

use super::issuer::{Discovered, IssuerFlags, unusable};
use crate::cli::error::Failure;
use crate::jwt::metadata::{Endpoint, Issuer};

/// Where an endpoint is: the URL given, or what the issuer says.
///
/// # Errors
/// [`Failure`] if neither says it, or the URL is not one to send secrets to.
pub(super) fn endpoint(
    discovered: Option<&Discovered>,
    given: Option<&str>,
    (which, flag): (Endpoint, &str),
) -> Result<String, Failure> {
    match (given, discovered) {
        (Some(url), _) => Ok(url.to_owned()),
        (None, Some(discovered)) => {
            let url = discovered.metadata.endpoint(which).map_err(unusable)?;
            Ok(url.to_owned())
        }
        (None, None) => Err(
            Failure::usage("where the server answers is not given").hint(format!(
                "add `--issuer URL`, or the endpoint itself with `{flag} URL`"
            )),
        ),
    }
}

/// Refuses a URL given by hand that is no place to send secrets to.
pub(super) fn check_url(url: &str, flags: &IssuerFlags) -> Result<(), Failure> {
    let bare = url.split('?').next().unwrap_or_default();
    Issuer::new(bare, flags.network.allow_local)
        .map(drop)
        .map_err(|_| {
            Failure::usage(format!("`{url}` is no https URL to send secrets to"))
                .hint("on loopback, plain HTTP is allowed with `--allow-local`")
        })
}
