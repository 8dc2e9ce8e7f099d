//! Verifying as the service does it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::text::{self, FIELDS, PREFIX, X_DATE};
use super::{ALGORITHM, NAME, SKEW, is_account, mac_key};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{Md5, equal, sha256};
use crate::kernel::key::Key;
use crate::kernel::time::Timestamp;
use crate::request::algorithm::Algorithm;
use crate::request::component::check_target;
use crate::request::exchange::Exchange;
use crate::request::freshness::{Freshness, Times};
use crate::request::key_choice;
use crate::request::message::Message;
use crate::request::policy::{Policy, Required};
use crate::request::schemes::sigv4::{ClaimError, Parts, malformed, only, request_parts};
use crate::request::schemes::{Unsigned, demands, http_date};
use crate::request::verdict::{BodyBinding, Coverage, Mac, NotChecked, Replay, ReplayId, Verdict};

/// A signature with what it says of itself. Nothing is trusted yet.
#[derive(Debug)]
struct Claim {
    account: String,
    signature: Vec<u8>,
}

/// Verifies a message.
///
/// # Errors
/// [`Unsigned`] if there is no signature to verify.
pub fn verify(exchange: Exchange<'_>, keys: &[Key], policy: &Policy) -> Result<Verdict, Unsigned> {
    let parts = request_parts(exchange, policy, NAME)?;
    let claim = read(&parts)?;
    let signed = text::build(&parts, &claim.account);
    let mac = match &signed {
        Ok(signed) => mac(&claim, &signed.last_text(), keys, policy),
        Err(error) => Mac::NotChecked(NotChecked::Unbuildable(error.to_string())),
    };
    let times = times(&parts);
    let window = policy.window;
    let replay_id = signed.as_ref().ok().map(|signed| ReplayId {
        scope: key_choice::scope(keys, &mac),
        id: sha256(&signed.last_text()).to_vec(),
        shared: None,
        until: until(times.as_ref().ok(), policy),
    });
    let mut notes = vec!["`Host` is not signed; the account's name is".to_owned()];
    let body = body(exchange.message, policy, &mut notes);
    Ok(Verdict {
        scheme: NAME.to_owned(),
        label: None,
        key_id: Some(claim.account.clone()),
        mac,
        freshness: match times {
            Ok(times) => Freshness::judge_within(times, window, SKEW),
            Err(problem) => Freshness::Unreadable(problem),
        },
        window,
        coverage: coverage(&parts, policy),
        body,
        target_conflict: check_target(exchange.message, exchange.context).err(),
        replay_id,
        replay: Replay::NotAsked,
        signed: signed.ok(),
        notes,
    })
}

fn read(parts: &Parts<'_>) -> Result<Claim, ClaimError> {
    let authorization = only(parts, "authorization")?.filter(|text| text.starts_with(ALGORITHM));
    let missing = "the message has no `Authorization: SharedKey …`";
    let authorization = authorization.ok_or(ClaimError::Missing(missing))?;
    let (algorithm, rest) = authorization.split_once(' ').unwrap_or((authorization, ""));
    if algorithm != ALGORITHM {
        let what = format!("the scheme `{algorithm}`");
        return Err(malformed(&what, format!("is not `{ALGORITHM}`")));
    }
    let (account, signature) = rest.split_once(':').unwrap_or((rest, ""));
    if !is_account(account) {
        let what = format!("the account `{account}`");
        let problem = "is not a name in lower-case letters and digits".to_owned();
        return Err(malformed(&what, problem));
    }
    let signature = STANDARD.decode(signature).ok();
    let signature = signature.filter(|bytes| bytes.len() == 32).ok_or_else(|| {
        let problem = "is not 32 bytes in base64".to_owned();
        malformed("the signature", problem)
    })?;
    Ok(Claim {
        account: account.to_owned(),
        signature,
    })
}

fn mac(claim: &Claim, message: &[u8], keys: &[Key], policy: &Policy) -> Mac {
    let signature = (claim.account.as_str(), Algorithm::HmacSha256, ALGORITHM);
    key_choice::try_keys(keys, policy, signature, &|key| {
        let key = mac_key(key).map_err(|error| error.to_string())?;
        Ok(key.verify(message, &claim.signature).is_ok())
    })
}

// Both are signed wherever they stand; that only one does is the string-to-sign's business.
fn times(parts: &Parts<'_>) -> Result<Times, String> {
    let date = |name: &'static str| -> Result<Option<Timestamp>, String> {
        let text = only(parts, name).map_err(|error| error.to_string())?;
        let read = |text: &str| {
            http_date::parse(text).ok_or_else(|| {
                format!("`{name}` is `{text}`, not a date such as `Sun, 22 Nov 2026 09:00:00 GMT`")
            })
        };
        text.map(read).transpose()
    };
    Ok(Times {
        created: match date(X_DATE)? {
            Some(time) => Some(time),
            None => date("date")?,
        },
        expires: None,
    })
}

fn until(times: Option<&Times>, policy: &Policy) -> Option<Timestamp> {
    let window = policy.window;
    let end = times?.created?.plus(window.max_age?);
    Some(end.plus(window.leeway.get()))
}

fn coverage(parts: &Parts<'_>, policy: &Policy) -> Coverage {
    let names = parts
        .fields
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase());
    let mut names: Vec<String> = names
        .filter(|name| name.starts_with(PREFIX) || FIELDS.contains(&name.as_str()))
        .collect();
    names.arrange();
    names.dedup();
    let covered = ["@method", "@path", "@query", "@request-target"]
        .into_iter()
        .map(str::to_owned)
        .chain(names)
        .map(|name| format!("\"{name}\""));
    demands(covered.collect(), policy)
}

/// The scheme signs the body's length and its MD5 if there is one.
fn body(message: &Message, policy: &Policy, notes: &mut Vec<String>) -> BodyBinding {
    let mut values = message.values("content-md5");
    let Some(value) = values.next() else {
        if !message.has_body() {
            return BodyBinding::Signed;
        }
        return BodyBinding::Unsigned {
            why: "there is no `Content-MD5`: no more than its length is signed".to_owned(),
            refused: policy.required == Required::Default,
        };
    };
    let mut digest = Md5::default();
    if let Err(error) = message.feed(&mut |bytes| digest.update(bytes)) {
        return BodyBinding::Unreadable(error.0);
    }
    let given = STANDARD.decode(value).unwrap_or_default();
    if !equal(&given, &digest.finish()) {
        let place = "`Content-MD5`";
        return BodyBinding::HashMismatch { place };
    }
    notes.push(
        "the body is bound by MD5, which proves nothing against whoever chose the body".to_owned(),
    );
    BodyBinding::Signed
}
