//! Requests for certificates (RFC 2986), as far as they are shown.

use crate::cert::certificate::{Certificate, Name, SignatureName, oid};
use crate::kernel::ber;
use crate::kernel::der::{self, Malformed, Reader, tag};

/// A request for a certificate. It is shown as the certificate that it asks for: subject, key and extensions.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    /// What it asks for. Issuer, validity and serial number are not part of a request and stand empty.
    pub asked: Certificate,
    /// The types of attributes beside the extensions.
    pub attributes: Vec<String>,
    /// The algorithm of its signature.
    pub signature_name: SignatureName,
}

/// Why bytes are not a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a certificate request: its DER cannot be read")]
pub struct RequestError;

impl From<Malformed> for RequestError {
    fn from(_: Malformed) -> Self {
        Self
    }
}

const EXTENSION_REQUEST: &str = "1.2.840.113549.1.9.14";
/// A moment that stands where a request has none.
const NEVER: &[u8] = b"19700101000000Z";

impl CertificateRequest {
    /// Reads one request.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn read(bytes: &[u8]) -> Result<Self, RequestError> {
        let mut outer = Reader::new(bytes);
        let mut whole = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        let mut info = whole.enter(tag::SEQUENCE)?;
        let algorithm = whole.whole(tag::SEQUENCE)?;
        whole.bit_string()?;
        whole.finish()?;
        info.unsigned()?;
        let subject = info.whole(tag::SEQUENCE)?;
        Name::read(subject)?;
        let key = info.whole(tag::SEQUENCE)?;
        let mut attributes = Vec::new();
        let mut extensions = Vec::new();
        if let Some(contents) = info.optional(tag::CONTEXT_0)? {
            let mut all = Reader::new(contents);
            while !all.is_empty() {
                let mut one = all.enter(tag::SEQUENCE)?;
                let kind = oid::dotted(one.read(tag::OID)?)?;
                let mut values = one.enter(tag::SET)?;
                if kind == EXTENSION_REQUEST {
                    extensions = values.whole(tag::SEQUENCE)?.to_vec();
                } else {
                    attributes.push(kind);
                }
            }
        }
        info.finish()?;
        Ok(Self {
            asked: asked(subject, key, (algorithm, &extensions))?,
            attributes,
            signature_name: SignatureName::read(algorithm)?,
        })
    }
}

/// The certificate that is asked for, with what an issuer would add left empty.
fn asked(
    subject: &[u8],
    key: &[u8],
    (algorithm, extensions): (&[u8], &[u8]),
) -> Result<Certificate, RequestError> {
    let never = der::element(tag::GENERALIZED_TIME, NEVER);
    let version = der::element(tag::CONTEXT_0, &der::unsigned(&[2]));
    let extensions = match extensions {
        [] => Vec::new(),
        some => der::element(tag::CONTEXT_3, some),
    };
    let signed = der::sequence(&[
        &version,
        &der::unsigned(&[1]),
        algorithm,
        &der::sequence(&[]),
        &der::sequence(&[&never, &never]),
        subject,
        key,
        &extensions,
    ]);
    let whole = der::sequence(&[&signed, algorithm, &der::bit_string(&[])]);
    let mut asked = Certificate::examine(&whole).map_err(|_| RequestError)?;
    // The defects of what was filled in are not the request's.
    asked
        .defects
        .retain(|defect| !matches!(defect, crate::cert::Defect::Time(..)));
    Ok(asked)
}

/// Whether bytes look like PKCS#12 (RFC 7292 §4): version 3, then data.
pub(super) fn is_pkcs12(bytes: &[u8]) -> bool {
    let read = || {
        let der = ber::to_der(bytes)?;
        let mut pfx = Reader::new(&der).enter(tag::SEQUENCE)?;
        let version = pfx.unsigned()?;
        let kind = oid::dotted(pfx.enter(tag::SEQUENCE)?.read(tag::OID)?)?;
        Ok::<_, Malformed>(version == [3] && kind.starts_with("1.2.840.113549.1.7."))
    };
    read().unwrap_or(false)
}
