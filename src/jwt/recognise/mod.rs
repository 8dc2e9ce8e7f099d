//! What kind of token it is, who issued it, the evidence for both, and what else it would pass for.
//!
//! Everything is read from the token itself, which nobody has verified: it is what the token says, not what it is. The
//! last part is the point: a verifier that does not look at the kind takes one token for another (RFC 8725bis §3.11).

mod issuers;
mod kinds;
mod mark;
#[cfg(test)]
mod tests;

pub use issuers::Issuer;
pub use kinds::TokenKind;

use super::inspect::Dissection;
use mark::Shape;

/// What a token seems to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recognition {
    /// Its kind, with the evidence.
    pub kind: Option<(TokenKind, Vec<String>)>,
    /// Who seems to have issued it, with the evidence.
    pub issuer: Option<(Issuer, Vec<String>)>,
    /// Other kinds whose specification it satisfies in form, with what makes it so.
    pub also: Vec<(TokenKind, Vec<String>)>,
}

/// Recognises a token.
pub(super) fn recognise(token: &Dissection) -> Recognition {
    let shape = Shape {
        header: token.header.as_ref(),
        claims: token.claims.as_ref(),
    };
    let kind = TokenKind::ALL.into_iter().find_map(|kind| {
        let evidence = kind.proofs().iter().find_map(|proof| shape.holds(proof))?;
        Some((kind, evidence))
    });
    let issuer = Issuer::ALL.into_iter().find_map(|issuer| {
        let evidence = issuer
            .proofs()
            .iter()
            .find_map(|proof| shape.holds(proof))?;
        Some((issuer, evidence))
    });
    let own = kind.as_ref().map(|(kind, _)| *kind);
    let also = TokenKind::ALL
        .into_iter()
        .filter(|other| Some(*other) != own)
        .filter_map(|other| Some((other, shape.holds(other.demands()?)?)))
        .collect();
    Recognition { kind, issuer, also }
}
