//! An encrypted token (RFC 7516): its header explained, its parts measured. Nothing is decrypted.

use super::algorithms::{Registered, registered};
use super::defect::{Defect, DefectKind, Section};
use super::read::Reader;
use crate::kernel::document::Node;

/// How a token is encrypted.
#[derive(Debug, Clone, Default)]
pub struct Encryption {
    /// How the content key travels, where it is known.
    pub key_management: Option<&'static Registered>,
    /// How the content is encrypted, where it is known.
    pub content: Option<&'static Registered>,
    /// The sizes in bytes of encrypted key, initialization vector, ciphertext and tag.
    pub sizes: [usize; 4],
    /// How many recipients there are.
    pub recipients: usize,
    /// What to know about it, a sentence each.
    pub remarks: Vec<String>,
}

const SECTIONS: [Section; 4] = [
    Section::EncryptedKey,
    Section::InitializationVector,
    Section::Ciphertext,
    Section::Tag,
];

/// Reads the four parts behind the header.
pub(super) fn read(parts: &[&str], header: Option<&Node>, reader: &mut Reader) -> Encryption {
    let mut sizes = [0; 4];
    let mut at = parts.first().map_or(0, |header| header.len() + 1);
    let named = SECTIONS.into_iter().zip(sizes.iter_mut());
    for ((section, size), text) in named.zip(parts.iter().skip(1)) {
        *size = reader.decode(section, text, at).bytes.len();
        at += text.len() + 1;
    }
    let after_header = parts.first().map_or(0, |header| header.len() + 1);
    describe(header, sizes, (after_header, reader))
}

/// Explains a header and holds the sizes against it.
pub(super) fn describe(
    header: Option<&Node>,
    sizes: [usize; 4],
    (at, reader): (usize, &mut Reader),
) -> Encryption {
    let text = |name: &str| header.and_then(|header| header.get(name)?.as_str());
    let encryption = Encryption {
        key_management: text("alg").and_then(registered),
        content: text("enc").and_then(registered),
        sizes,
        recipients: 1,
        remarks: header.map(remarks).unwrap_or_default(),
    };
    let [key, vector, ciphertext, tag] = sizes;
    let mut wrong = |section: Section, found: usize, wanted: String| {
        let text = format!("the {section} has {found} bytes; {wanted}");
        reader.defect(Defect::new(DefectKind::Length, section, text).at(at));
    };
    // RFC 7518 §4.5, §4.6: nothing travels.
    if let Some(alg @ ("dir" | "ECDH-ES")) = text("alg")
        && key > 0
    {
        wrong(
            Section::EncryptedKey,
            key,
            format!("with {alg} it is empty"),
        );
    }
    if let Some(content) = encryption.content
        && let Some((vector_length, tag_length)) = content.content_lengths()
    {
        if vector != vector_length {
            let wanted = format!("one of {} has {vector_length}", content.name);
            wrong(Section::InitializationVector, vector, wanted);
        }
        if tag != tag_length {
            let wanted = format!("one of {} has {tag_length}", content.name);
            wrong(Section::Tag, tag, wanted);
        }
        if content.name.contains("CBC") && (ciphertext == 0 || ciphertext % 16 != 0) {
            let wanted = format!("one of {} is a multiple of 16", content.name);
            wrong(Section::Ciphertext, ciphertext, wanted);
        }
    }
    encryption
}

fn remarks(header: &Node) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(epk) = header.get("epk") {
        let member = |name: &str| epk.get(name).and_then(Node::as_str).unwrap_or("(none)");
        remarks.push(format!(
            "ephemeral public key: {} on {}",
            member("kty"),
            member("crv")
        ));
    }
    if let Some(count) = header.get("p2c").and_then(Node::as_number) {
        let bound = if count.float > 1_200_000.0 {
            ": more than 1200000, which a reader must refuse (RFC 8725bis §3.13)"
        } else {
            ""
        };
        remarks.push(format!("{} rounds of PBKDF2{bound}", count.text));
    }
    if let Some(zip) = header.get("zip").and_then(Node::as_str) {
        remarks.push(format!(
            "compressed with `{zip}` before encryption: its length tells about its content"
        ));
    }
    if let Some(inner) = header.get("cty").and_then(Node::as_str)
        && inner.to_ascii_lowercase().contains("jwt")
    {
        remarks.push(format!(
            "holds another token (`cty: {inner}`), seen once it is decrypted"
        ));
    }
    if let Some(claims) = replicated(header) {
        remarks.push(format!(
            "shows claims in its header: {claims} (RFC 7519 §5.3)"
        ));
    }
    remarks
}

fn replicated(header: &Node) -> Option<String> {
    let found: Vec<&str> = ["iss", "sub", "aud"]
        .into_iter()
        .filter(|name| header.get(name).is_some())
        .collect();
    (!found.is_empty()).then(|| found.join(", "))
}
