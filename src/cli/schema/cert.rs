//! Envelopes of `cert verify`.

use serde_json::Value;

use super::{
    closed, count, envelope, flag, list, names, nullable_text, or_null, reasons, text, texts,
};
use crate::cert;
use serde_json::json;

pub(super) fn schemas() -> [(&'static str, Value); 6] {
    [
        ("chain-verdict-v1", verdict()),
        ("chain-verdicts-v1", verdicts()),
        ("certificate-inspection-v1", inspection()),
        ("certificate-difference-v1", difference()),
        ("tls-probe-v1", probe()),
        ("chain-comparison-v1", comparison()),
    ]
}

fn inspection() -> Value {
    let field = closed(&[
        ("name", text("what the field is called")),
        ("value", text("its value in words")),
    ]);
    let item = closed(&[
        ("kind", text("what it is, such as `certificate`")),
        ("label", text("the words after `BEGIN`; empty without PEM")),
        ("line", or_null(count("the line of `BEGIN`"))),
        ("fields", list(field)),
        ("certificate", or_null(certificate())),
    ]);
    envelope(
        "certificate-inspection",
        "What a file of certificates holds, shown by countersign, version 1",
        &[
            ("input", text("the file as the user named it")),
            ("signature", names(&["NOT VERIFIED"])),
            ("at", text("the time that the ages are told for, RFC 3339")),
            ("items", list(item)),
        ],
    )
}

fn comparison() -> Value {
    let library = closed(&[
        ("library", text("the library's name")),
        ("accepts", flag("whether it accepts, as far as is known")),
        ("why", texts("why it differs; empty where it does not")),
    ]);
    envelope(
        "chain-comparison",
        "How libraries judge a certificate chain, told by countersign, version 1",
        &[
            ("input", text("the chain as the user named it")),
            (
                "accepted",
                flag("whether RFC 5280 path validation accepts it"),
            ),
            ("reasons", reasons()),
            ("libraries", list(library)),
        ],
    )
}

fn probe() -> Value {
    let or_absent = |items: Value| or_null(list(items));
    let suite = closed(&[
        (
            "version",
            text("the version that it is taken in, 1.3 or 1.2"),
        ),
        ("number", text("its number in IANA's registry, as `0x1301`")),
        ("name", text("its name there")),
        ("weak", flag("whether its cipher is broken, or it has none")),
    ]);
    envelope(
        "tls-probe",
        "What a TLS server offers, told by countersign, version 1",
        &[
            ("target", text("the server as the user named it")),
            ("address", text("the address and port that answered")),
            (
                "passed",
                flag("whether it takes TLS 1.3 alone and refuses clients without certificate"),
            ),
            ("versions", texts("the versions that it takes")),
            ("groups", texts("the groups that it takes in TLS 1.3")),
            ("cipher_suites", list(suite)),
            (
                "cipher_suites_complete",
                flag("whether the server refused all other suites that it was asked for"),
            ),
            (
                "handshake",
                nullable_text("version, suite and group of a handshake"),
            ),
            (
                "client_certificate",
                json!({ "enum": ["absent", "optional", "required", null] }),
            ),
            (
                "accepted_authorities",
                texts("the authorities whose certificates it takes"),
            ),
            ("chain", list(certificate())),
            (
                "chain_verified",
                or_null(flag("whether its chain holds; null without a bundle")),
            ),
            ("spiffe_id", nullable_text("the identity of the server")),
            (
                "reasons",
                or_absent(text("a stable reason code of the chain's verdict")),
            ),
            ("failure", nullable_text("how the handshake failed")),
            ("shortfalls", texts("why it does not pass")),
        ],
    )
}

fn difference() -> Value {
    let row = closed(&[
        ("field", text("what the field is called")),
        ("left", texts("its values on the left")),
        ("right", texts("its values on the right")),
    ]);
    envelope(
        "certificate-difference",
        "Where two certificates differ, shown by countersign, version 1",
        &[
            ("left", text("the first file")),
            ("right", text("the second file")),
            ("differences", list(row)),
        ],
    )
}

fn verdict() -> Value {
    let problem = closed(&[
        ("reason", text("the stable reason code")),
        ("certificate", text("the certificate that it is about")),
        ("detail", text("what is wrong with it")),
    ]);
    let check = closed(&[
        ("rule", text("the rule, a few words")),
        ("section", text("where it stands")),
        ("certificate", text("the certificate that it is about")),
        ("problems", list(problem.clone())),
    ]);
    let candidate = closed(&[
        ("certificates", texts("the path, leaf first")),
        ("complete", flag("whether it ends in the bundle")),
        ("problems", list(problem.clone())),
        ("checks", list(check)),
    ]);
    let revocation = closed(&[
        ("certificate", text("the certificate")),
        ("status", names(&["good", "revoked", "unknown"])),
        ("detail", text("by which list, or why by none")),
    ]);
    let work = closed(&[
        ("signatures", count("signatures checked")),
        ("steps", count("steps of the search")),
        ("comparisons", count("names compared with constraints")),
    ]);
    let nullable_texts = |description: &str| {
        json!({
            "type": ["array", "null"],
            "items": { "type": "string" },
            "description": description,
        })
    };
    envelope(
        "chain-verdict",
        "A verdict of countersign about a certificate chain, version 1",
        &[
            ("input", text("the chain as the user named it")),
            (
                "profile",
                names(&cert::Profile::ALL.map(cert::Profile::name)),
            ),
            ("accepted", flag("whether the chain is accepted")),
            ("reasons", reasons()),
            ("judged_at", text("the time of the judgement, RFC 3339")),
            ("spiffe_id", nullable_text("the identity of the leaf")),
            (
                "path",
                nullable_texts(
                    "the certificates from the leaf to the authority; null where one cannot be read",
                ),
            ),
            ("leaf", or_null(certificate())),
            ("problems", list(problem.clone())),
            (
                "remarks",
                nullable_texts("what an issuer should not have done; refused with `--strict`"),
            ),
            ("revocation", or_null(list(revocation))),
            ("candidates", or_null(list(candidate))),
            (
                "candidates_untold",
                or_null(count("how many further paths were tried")),
            ),
            ("work", or_null(work)),
            (
                "malformed",
                nullable_text("what is damaged, where a certificate cannot be read"),
            ),
            ("notes", texts("what is to be known about the bundles")),
        ],
    )
}

fn verdicts() -> Value {
    let one = json!({
        "type": "object",
        "description": "a verdict about one chain: `countersign/chain-verdict/v1`",
    });
    envelope(
        "chain-verdicts",
        "Verdicts of countersign about several certificate chains, version 1",
        &[
            ("chains", count("how many chains were judged")),
            ("accepted", count("how many are accepted")),
            ("verdicts", list(one)),
        ],
    )
}

/// A certificate as every view writes it.
pub(super) fn certificate() -> Value {
    closed(&[
        ("subject", text("the subject's name")),
        ("issuer", text("the issuer's name")),
        ("serial", text("the serial number, hexadecimal")),
        ("not_before", text("the first second of its life, RFC 3339")),
        ("not_after", text("the last second of its life, RFC 3339")),
        ("uris", texts("the URIs of its subject alternative names")),
        ("dns_names", texts("the DNS names of them")),
        ("authority", flag("whether it may sign certificates")),
        ("sha256", text("its fingerprint, hexadecimal")),
    ])
}
