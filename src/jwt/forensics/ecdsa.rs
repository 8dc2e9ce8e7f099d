//! ECDSA signatures in another form than JWS writes them (RFC 7518 §3.4).

use std::borrow::Cow;

use super::{Cause, Found, State, any_holds, found};
use crate::kernel::der::Reader;
use crate::kernel::key::KeyKind;

/// Looks for DER, and for numbers of another width.
pub(super) fn forms(state: &State<'_>) -> Option<Found> {
    let width = state.fitting().find_map(|key| match key.kind() {
        KeyKind::Ec(curve) => Some(curve.width()),
        _ => None,
    })?;
    let signature = &state.token.signature;
    let holds = |fixed: Option<Vec<u8>>| {
        fixed.is_some_and(|fixed| any_holds(state, (state.input(), Cow::Owned(fixed))))
    };
    if let Some((r, s)) = der(signature)
        && holds(fixed(&r, &s, width))
    {
        return found(
            Cause::EcdsaDer,
            "the signature would match if it were written as JWS does: it is in ASN.1 DER".into(),
        );
    }
    // Without zeros in front, or with one too many, the two numbers may meet at any place.
    let near = signature.len().abs_diff(2 * width) <= 8;
    if signature.len() == 2 * width || !near {
        return None;
    }
    let split = (1..signature.len()).find(|at| {
        let (r, s) = signature.split_at(*at);
        holds(fixed(r, s, width))
    })?;
    found(
        Cause::EcdsaWidth,
        format!(
            "the signature would match if its numbers, of {split} and {} bytes, had {width} bytes each",
            signature.len() - split
        ),
    )
}

fn der(signature: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    const SEQUENCE: u8 = 0x30;
    let mut whole = Reader::new(signature);
    let mut parts = whole.enter(SEQUENCE).ok()?;
    let r = parts.unsigned().ok()?.to_vec();
    let s = parts.unsigned().ok()?.to_vec();
    parts.finish().ok()?;
    whole.finish().ok()?;
    Some((r, s))
}

fn fixed(r: &[u8], s: &[u8], width: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(2 * width);
    for number in [r, s] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let bare = number.get(zeros..)?;
        out.resize(out.len() + width.checked_sub(bare.len())?, 0);
        out.extend_from_slice(bare);
    }
    Some(out)
}
