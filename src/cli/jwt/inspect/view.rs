//! How a token taken apart looks to people.

use crate::cli::jwt::view::advice;
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::jwt::explain::{self, Lifetime, Meaning, Stage};
use crate::jwt::{
    Dissection, Encoding, Form, Found, KeyBinding, Kind, Payload, Place, SelectiveDisclosure,
    json_text,
};
use crate::kernel::document::Node;
use crate::kernel::time::{Timestamp, humanize};

/// A token and where it was found.
pub(super) struct Inspected {
    pub(super) origin: String,
    pub(super) found: Found,
    pub(super) taken: Dissection,
}

/// Tokens taken apart.
pub(super) struct InspectView {
    pub(super) tokens: Vec<Inspected>,
    /// How many were found; more than are shown, perhaps.
    pub(super) total: usize,
    pub(super) now: Timestamp,
}

/// The cells of the bar of a token's life.
const CELLS: usize = 24;

impl View for InspectView {
    fn human(&self, paint: &mut Paint) {
        let several = self.tokens.len() > 1;
        for (index, token) in self.tokens.iter().enumerate() {
            if several {
                if index > 0 {
                    paint.gap();
                }
                let heading = format!("token {} of {}", index + 1, self.total);
                paint.toned(Tone::Strong, &heading, "");
                let earlier = self.tokens.iter().take(index);
                let same = earlier
                    .enumerate()
                    .find(|(_, other)| other.found.token == token.found.token);
                if let Some((first, _)) = same {
                    paint.line(&format!(
                        "the same as token {}, found in {}",
                        first + 1,
                        place(token)
                    ));
                    continue;
                }
            }
            show(paint, token, self.now);
        }
        if self.total > self.tokens.len() {
            paint.gap();
            let rest = self.total - self.tokens.len();
            paint.toned(Tone::Warn, "not shown", &format!(": {rest} more tokens"));
        }
    }

    fn json(&self) -> serde_json::Value {
        super::json::envelope(self)
    }
}

/// Where it was found, in words.
pub(super) fn place(token: &Inspected) -> String {
    let found = &token.found;
    let mut text = token.origin.clone();
    if (found.line, found.column) != (1, 1) {
        text.push_str(&format!(" at {}:{}", found.line, found.column));
    }
    let alone = [Place::Whole, Place::Serialization].contains(&found.place);
    if !alone {
        text.push_str(&format!(", in {}", found.place));
    }
    match found.encoding {
        Encoding::Plain => {}
        Encoding::Base64 => text.push_str(", decoded from base64"),
        Encoding::HexDump => text.push_str(", in a hexadecimal dump"),
    }
    if found.wrapped {
        text.push_str(", in wrapped lines");
    }
    text
}

fn show(paint: &mut Paint, token: &Inspected, now: Timestamp) {
    let taken = &token.taken;
    paint.line(&format!("{}, found in {}", what(taken), place(token)));
    body(paint, taken, now);
}

fn body(paint: &mut Paint, taken: &Dissection, now: Timestamp) {
    let rest = match taken.kind {
        Kind::Encrypted => " (the contents are encrypted)".to_owned(),
        Kind::Unsecured => " (there is none)".to_owned(),
        _ => format!(" ({} bytes)", taken.signature_bytes),
    };
    paint.toned(Tone::Unverified, "signature: NOT VERIFIED", &rest);
    recognition(paint, taken);
    let header = taken.header.as_ref();
    section(paint, "header", header, &|name, value| {
        explain::header_parameter(name, value)
    });
    signatures(paint, taken);
    encryption(paint, taken);
    let claims = taken.claims.as_ref();
    let title = match taken.payload {
        Payload::Prefix => "claims, as far as they can be read",
        _ => "claims",
    };
    section(paint, title, claims, &|name, value| {
        explain::claim(name, value, now)
    });
    payload(paint, taken);
    if let Some(selective) = &taken.selective {
        disclosures(paint, selective, now);
    }
    if let Some(life) = claims.and_then(|claims| Lifetime::of(claims, now)) {
        lifetime(paint, &life);
    }
    if !taken.defects.is_empty() {
        paint.gap();
        for defect in &taken.defects {
            paint.toned(Tone::Bad, "defect", &format!(": {defect}"));
        }
    }
    advice(paint, &taken.advice);
    if let Some(inner) = &taken.nested {
        paint.gap();
        paint.toned(Tone::Strong, "within it", &format!(": {}", what(inner)));
        body(paint, inner, now);
    }
}

fn what(taken: &Dissection) -> String {
    let kind = match taken.kind {
        Kind::Signed => "a signed token",
        Kind::Unsecured => "an unsecured token",
        Kind::Encrypted => "an encrypted token",
        Kind::Other(_) => "no whole token",
    };
    match taken.form {
        Form::Compact => kind.to_owned(),
        Form::Flattened => format!("{kind} in JSON (flattened)"),
        Form::General => format!("{kind} in JSON (general)"),
        Form::SelectiveDisclosure => format!("{kind} with selective disclosure"),
    }
}

fn recognition(paint: &mut Paint, taken: &Dissection) {
    let found = &taken.recognition;
    if let Some((kind, evidence)) = &found.kind {
        paint.field(
            "kind",
            &format!("{}: {}", kind.title(), evidence.join(", ")),
            None,
        );
    }
    if let Some((issuer, evidence)) = &found.issuer {
        paint.field(
            "issuer",
            &format!("{}: {}", issuer.title(), evidence.join(", ")),
            None,
        );
        if let Some(remark) = issuer.remark() {
            paint.field("", remark, Some(Tone::Dim));
        }
    }
    for (kind, evidence) in &found.also {
        let text = format!("{}: {}", kind.title(), evidence.join(", "));
        paint.field("passes for", &text, Some(Tone::Warn));
    }
    let redacted = taken
        .header
        .as_ref()
        .and_then(|header| header.get("redacted"));
    if redacted.is_some() {
        paint.field(
            "redacted",
            "its personal claims are pseudonyms, its signature is destroyed",
            Some(Tone::Warn),
        );
    }
}

type Explain<'a> = &'a dyn Fn(&str, &Node) -> Option<Meaning>;

fn section(paint: &mut Paint, title: &str, node: Option<&Node>, explain: Explain) {
    let Some(entries) = node.and_then(Node::as_mapping) else {
        return;
    };
    paint.gap();
    paint.toned(Tone::Strong, title, "");
    let names = entries.iter().map(|entry| entry.key.chars().count());
    let width = names.max().unwrap_or(0).min(24);
    for entry in entries {
        let value = json_text(&entry.value);
        let meaning = explain(&entry.key, &entry.value);
        let meaning = meaning.map_or_else(String::new, |meaning| format!("   {}", meaning.text));
        paint.line(&format!("  {:<width$}  {value}{meaning}", entry.key));
    }
}

fn signatures(paint: &mut Paint, taken: &Dissection) {
    if taken.form == Form::Compact || taken.form == Form::SelectiveDisclosure {
        return;
    }
    for (index, signature) in taken.signatures.iter().enumerate() {
        let whose = match taken.kind {
            Kind::Encrypted => "recipient",
            _ => "signature",
        };
        if index > 0 && taken.kind != Kind::Encrypted {
            let title = format!("{whose} {}: header", index + 1);
            section(
                paint,
                &title,
                signature.protected.as_ref(),
                &|name, value| explain::header_parameter(name, value),
            );
        }
        let title = format!(
            "{whose} {}: unprotected header, which anyone can change",
            index + 1
        );
        section(
            paint,
            &title,
            signature.unprotected.as_ref(),
            &|name, value| explain::header_parameter(name, value),
        );
    }
}

fn encryption(paint: &mut Paint, taken: &Dissection) {
    let Some(encryption) = &taken.encryption else {
        return;
    };
    paint.gap();
    paint.toned(Tone::Strong, "encryption", "");
    let [key, vector, ciphertext, tag] = encryption.sizes;
    paint.line(&format!(
        "  encrypted key {key} bytes, initialization vector {vector}, ciphertext {ciphertext}, tag {tag}"
    ));
    if encryption.recipients != 1 {
        paint.line(&format!("  {} recipients", encryption.recipients));
    }
    for remark in &encryption.remarks {
        paint.line(&format!("  {remark}"));
    }
}

fn payload(paint: &mut Paint, taken: &Dissection) {
    let title = match taken.payload {
        Payload::Text => "payload, not JSON",
        Payload::Bytes => "payload, not text",
        Payload::Unencoded => "payload, not encoded (`b64: false`)",
        Payload::Detached => "payload: none, it is empty or sent apart (detached)",
        Payload::Compressed => "payload: compressed (`zip`), not shown",
        _ => return,
    };
    paint.gap();
    paint.toned(Tone::Strong, title, "");
    if let Some(text) = &taken.payload_text {
        paint.line(&format!("  {text}"));
    }
}

fn disclosures(paint: &mut Paint, selective: &SelectiveDisclosure, now: Timestamp) {
    paint.gap();
    let title = format!("disclosed ({})", selective.hash);
    paint.toned(Tone::Strong, &title, "");
    for disclosure in &selective.disclosures {
        let name = disclosure.name.as_deref().unwrap_or("(array element)");
        let value = disclosure.value.as_ref();
        let text = value.map_or_else(|| "(cannot be read)".to_owned(), json_text);
        let meaning = value.and_then(|value| explain::claim(name, value, now));
        let meaning = meaning.map_or_else(String::new, |meaning| format!("   {}", meaning.text));
        let vouched = match &disclosure.vouched {
            Some(place) => format!("vouched for by {place}"),
            None => "VOUCHED FOR BY NOTHING".to_owned(),
        };
        paint.noted(&format!("  {name}  {text}{meaning}"), &vouched);
    }
    match selective.withheld {
        0 => {}
        1 => paint.line("  1 digest without a disclosure: withheld, or a decoy"),
        more => paint.line(&format!(
            "  {more} digests without a disclosure: withheld, or decoys"
        )),
    }
    let binding = match &selective.key_binding {
        KeyBinding::Absent => "none: whoever has it can present it".to_owned(),
        KeyBinding::Matches => {
            "its `sd_hash` is that of this presentation; its signature: NOT VERIFIED".to_owned()
        }
        KeyBinding::Mismatch { .. } => "belongs to ANOTHER presentation".to_owned(),
        KeyBinding::Unknown(why) => format!("cannot be told: {why}"),
    };
    paint.field("key binding", &binding, None);
    if let Some((header, claims)) = &selective.key_binding_parts {
        section(
            paint,
            "key binding: header",
            header.as_ref(),
            &|name, value| explain::header_parameter(name, value),
        );
        section(
            paint,
            "key binding: claims",
            claims.as_ref(),
            &|name, value| explain::claim(name, value, now),
        );
    }
}

fn lifetime(paint: &mut Paint, life: &Lifetime) {
    paint.gap();
    let length = life.length();
    if let (Some(length), Some(start), Some(end), Some(passed)) =
        (length, life.start, life.end, life.cells_passed(CELLS))
    {
        let bar = "█".repeat(passed) + &"░".repeat(CELLS - passed);
        let (name, tone) = (life.start_name, tone(life.stage()));
        paint.line(&format!("lives {} (`exp` − `{name}`)", humanize(length)));
        let bar = paint.tone(tone, &bar);
        paint.raw(&format!("  {start} {bar} {end}   {}\n", life.in_words()));
    } else {
        paint.line(&format!("life: {}", life.in_words()));
    }
}

fn tone(stage: Stage) -> Tone {
    match stage {
        Stage::Alive => Tone::Good,
        Stage::NotYet | Stage::Endless => Tone::Warn,
        Stage::Over | Stage::Never => Tone::Bad,
    }
}
