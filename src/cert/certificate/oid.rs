//! Object identifiers in dotted form, and the names of those that certificates hold.

use crate::kernel::der::Malformed;

/// The dotted form of an OID's contents.
///
/// # Errors
/// [`Malformed`] where a number is not minimal, is cut off, or does not fit.
pub(in crate::cert) fn dotted(contents: &[u8]) -> Result<String, Malformed> {
    let mut numbers = Vec::new();
    let mut value: u64 = 0;
    let mut open = false;
    for byte in contents {
        // X.690 §8.19.2: no leading 0x80.
        if !open && *byte == 0x80 || value >> 56 != 0 {
            return Err(Malformed);
        }
        value = value << 7 | u64::from(byte & 0x7f);
        open = byte & 0x80 != 0;
        if !open {
            numbers.push(value);
            value = 0;
        }
    }
    let first = *numbers.first().ok_or(Malformed)?;
    if open {
        return Err(Malformed);
    }
    // X.690 §8.19.4: the first number is the first two arcs.
    let root = (first / 40).min(2);
    let mut text = format!("{root}.{}", first - root * 40);
    for number in numbers.iter().skip(1) {
        text.push('.');
        text.push_str(&number.to_string());
    }
    Ok(text)
}

/// What an OID is called, where it has a name here.
pub fn name_of(oid: &str) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(known, _)| *known == oid)
        .map(|(_, name)| *name)
}

/// The name with the OID behind it, or the OID alone.
pub fn words(oid: &str) -> String {
    match name_of(oid) {
        Some(name) => format!("{name} ({oid})"),
        None => oid.to_owned(),
    }
}

pub(in crate::cert) const SUBJECT_DIRECTORY: &str = "2.5.29.9";
pub(in crate::cert) const SUBJECT_KEY_ID: &str = "2.5.29.14";
pub(in crate::cert) const KEY_USAGE: &str = "2.5.29.15";
pub(in crate::cert) const SUBJECT_ALT_NAME: &str = "2.5.29.17";
pub(in crate::cert) const ISSUER_ALT_NAME: &str = "2.5.29.18";
pub(in crate::cert) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(in crate::cert) const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub(in crate::cert) const CRL_POINTS: &str = "2.5.29.31";
pub(in crate::cert) const POLICIES: &str = "2.5.29.32";
pub(in crate::cert) const POLICY_MAPPINGS: &str = "2.5.29.33";
pub(in crate::cert) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
pub(in crate::cert) const POLICY_CONSTRAINTS: &str = "2.5.29.36";
pub(in crate::cert) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub(in crate::cert) const FRESHEST_CRL: &str = "2.5.29.46";
pub(in crate::cert) const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
pub(in crate::cert) const AUTHORITY_INFORMATION: &str = "1.3.6.1.5.5.7.1.1";
pub(in crate::cert) const SUBJECT_INFORMATION: &str = "1.3.6.1.5.5.7.1.11";
pub(in crate::cert) const COMMON_NAME: &str = "2.5.4.3";
pub(in crate::cert) const EMAIL: &str = "1.2.840.113549.1.9.1";
pub(in crate::cert) const ANY_POLICY: &str = "2.5.29.32.0";

const NAMES: &[(&str, &str)] = &[
    (COMMON_NAME, "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.42", "GN"),
    ("2.5.4.43", "initials"),
    ("2.5.4.45", "x500UniqueIdentifier"),
    ("2.5.4.46", "dnQualifier"),
    ("2.5.4.65", "pseudonym"),
    ("2.5.4.97", "organizationIdentifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    (EMAIL, "emailAddress"),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"),
    (SUBJECT_DIRECTORY, "subjectDirectoryAttributes"),
    (SUBJECT_KEY_ID, "subjectKeyIdentifier"),
    (KEY_USAGE, "keyUsage"),
    ("2.5.29.16", "privateKeyUsagePeriod"),
    (SUBJECT_ALT_NAME, "subjectAltName"),
    (ISSUER_ALT_NAME, "issuerAltName"),
    (BASIC_CONSTRAINTS, "basicConstraints"),
    ("2.5.29.20", "cRLNumber"),
    ("2.5.29.21", "reasonCode"),
    ("2.5.29.24", "invalidityDate"),
    ("2.5.29.27", "deltaCRLIndicator"),
    ("2.5.29.28", "issuingDistributionPoint"),
    ("2.5.29.29", "certificateIssuer"),
    (NAME_CONSTRAINTS, "nameConstraints"),
    (CRL_POINTS, "cRLDistributionPoints"),
    (POLICIES, "certificatePolicies"),
    (POLICY_MAPPINGS, "policyMappings"),
    (AUTHORITY_KEY_ID, "authorityKeyIdentifier"),
    (POLICY_CONSTRAINTS, "policyConstraints"),
    (EXTENDED_KEY_USAGE, "extKeyUsage"),
    (FRESHEST_CRL, "freshestCRL"),
    (INHIBIT_ANY_POLICY, "inhibitAnyPolicy"),
    (ANY_POLICY, "anyPolicy"),
    (AUTHORITY_INFORMATION, "authorityInfoAccess"),
    (SUBJECT_INFORMATION, "subjectInfoAccess"),
    ("1.3.6.1.5.5.7.1.24", "tlsFeature"),
    ("1.3.6.1.4.1.11129.2.4.2", "signedCertificateTimestamps"),
    ("1.3.6.1.4.1.11129.2.4.3", "precertificatePoison"),
    ("2.16.840.1.113730.1.1", "netscapeCertType"),
    ("2.16.840.1.113730.1.13", "netscapeComment"),
    ("1.3.6.1.5.5.7.48.1", "OCSP"),
    ("1.3.6.1.5.5.7.48.1.5", "ocspNoCheck"),
    ("1.3.6.1.5.5.7.48.2", "caIssuers"),
    ("2.5.29.37.0", "any"),
    ("1.3.6.1.5.5.7.3.1", "serverAuth"),
    ("1.3.6.1.5.5.7.3.2", "clientAuth"),
    ("1.3.6.1.5.5.7.3.3", "codeSigning"),
    ("1.3.6.1.5.5.7.3.4", "emailProtection"),
    ("1.3.6.1.5.5.7.3.8", "timeStamping"),
    ("1.3.6.1.5.5.7.3.9", "OCSPSigning"),
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.2", "MD2 with RSA"),
    ("1.2.840.113549.1.1.4", "MD5 with RSA"),
    ("1.2.840.113549.1.1.5", "SHA-1 with RSA"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "SHA-256 with RSA"),
    ("1.2.840.113549.1.1.12", "SHA-384 with RSA"),
    ("1.2.840.113549.1.1.13", "SHA-512 with RSA"),
    ("1.2.840.113549.1.1.14", "SHA-224 with RSA"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10040.4.3", "SHA-1 with DSA"),
    ("2.16.840.1.101.3.4.3.2", "SHA-256 with DSA"),
    ("1.2.840.10045.2.1", "EC"),
    ("1.2.840.10045.4.1", "SHA-1 with ECDSA"),
    ("1.2.840.10045.4.3.1", "SHA-224 with ECDSA"),
    ("1.2.840.10045.4.3.2", "SHA-256 with ECDSA"),
    ("1.2.840.10045.4.3.3", "SHA-384 with ECDSA"),
    ("1.2.840.10045.4.3.4", "SHA-512 with ECDSA"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    ("2.16.840.1.101.3.4.4.1", "ML-KEM-512"),
    ("2.16.840.1.101.3.4.4.2", "ML-KEM-768"),
    ("2.16.840.1.101.3.4.4.3", "ML-KEM-1024"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_arcs_and_refuses_what_is_not_minimal() {
        assert_eq!(dotted(&[0x55, 0x1d, 0x13]).unwrap(), BASIC_CONSTRAINTS);
        assert_eq!(
            dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]).unwrap(),
            "1.2.840.113549"
        );
        assert_eq!(dotted(&[0x88, 0x37, 0x03]).unwrap(), "2.999.3");
        for bad in [&[][..], &[0x80, 0x01], &[0x2a, 0x86], &[0xff; 12]] {
            assert_eq!(dotted(bad), Err(Malformed), "{bad:?}");
        }
    }
}
