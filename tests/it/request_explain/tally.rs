//! What was seeded into messages of the other schemes, and how much of it was named.

use countersign::kernel::key::Key;
use countersign::request::explain::{Case, Cause, Goal, search};
use countersign::request::{Context, Exchange, Mac, Message, Scheme, Unsigned, UriScheme, Verdict};

use super::{Defect, body, json, policy, text};

/// Bodies of different kinds, each with its media type.
pub(super) const BODIES: [(&str, &str); 4] = [
    ("application/json", "{\"a\":1,\"b\":\"x\"}"),
    ("application/json", "{\"b\": [1, 2.5], \"a\": \"\u{e9}/\"}"),
    ("text/plain", "line 1\nline 2\n"),
    (
        "application/x-www-form-urlencoded",
        "name=J+Doe&city=K%C3%B6ln&z=1",
    ),
];

/// Counts what was seeded and what was named.
#[derive(Default)]
pub(super) struct Tally {
    seeded: usize,
    named: usize,
    missed: Vec<String>,
}

impl Tally {
    /// Searches for what was done to a message; one of these causes must be found, and the verdict must stay.
    pub(super) fn hold(
        &mut self,
        scheme: &Scheme,
        (message, key): (&Message, &Key),
        right: &[Cause],
    ) {
        let context = Context::new(UriScheme::Https);
        let policy = policy();
        let exchange = Exchange::new(message, &context);
        let keys = std::slice::from_ref(key);
        let before = scheme.verify(exchange, keys, &policy);
        let accepted = |found: &Result<Vec<Verdict>, Unsigned>| {
            found
                .as_ref()
                .is_ok_and(|verdicts| verdicts.iter().any(Verdict::is_accepted))
        };
        if accepted(&before) {
            // The defect touches nothing of this message.
            return;
        }
        let valid = |verdict: &Verdict| matches!(verdict.mac, Mac::Valid { .. });
        let goal = match &before {
            Ok(verdicts) if verdicts.iter().any(valid) => Goal::Body,
            _ => Goal::Mac,
        };
        let case = Case {
            scheme,
            exchange,
            keys,
            alternatives: &[],
            policy: &policy,
        };
        self.seeded += 1;
        let steps = search(case, goal).found.unwrap_or_default();
        if steps.iter().any(|step| right.contains(&step.cause)) {
            self.named += 1;
        } else {
            let head = message.source.text().unwrap().lines().next().unwrap();
            self.missed.push(format!(
                "{right:?} by {} in {head:.50}: {steps:?}",
                scheme.name()
            ));
        }
        assert!(!accepted(&scheme.verify(exchange, keys, &policy)));
    }

    pub(super) fn end(&self, at_least: usize) {
        let missed = self.missed.join("\n");
        println!(
            "{} of {} seeded defects were named\n{missed}",
            self.named, self.seeded
        );
        assert!(self.seeded >= at_least, "{}", self.seeded);
        assert!(
            self.named * 100 >= self.seeded * 95,
            "{} of {}\n{missed}",
            self.named,
            self.seeded
        );
    }
}

/// What happens to bodies on the way.
pub(super) const BODY_DEFECTS: [Defect; 10] = [
    (Cause::BodyTrailingNewline, |m| {
        body(m, |b| [b, b"\n"].concat())
    }),
    (Cause::BodyTrailingNewline, |m| {
        body(m, |b| [b, b"\r\n"].concat())
    }),
    (Cause::BodyNewlineMissing, |m| {
        body(m, |b| b.strip_suffix(b"\n").unwrap_or(b).to_vec());
    }),
    (Cause::BodyLineEnds, |m| {
        text(m, |b| b.replace('\n', "\r\n"))
    }),
    (Cause::BodyByteOrderMark, |m| {
        body(m, |b| [b"\xef\xbb\xbf".as_slice(), b].concat());
    }),
    (Cause::BodyWhiteSpace, |m| body(m, |b| [b, b"  "].concat())),
    (Cause::BodyJsonReserialized, |m| {
        json(m, |v| serde_json::to_string(v).unwrap());
    }),
    (Cause::BodyJsonReserialized, |m| {
        json(m, |v| serde_json::to_string_pretty(v).unwrap());
    }),
    (Cause::BodyFormEncoding, |m| {
        text(m, |b| {
            if b.contains("z=1") {
                b.replace('+', "%20")
            } else {
                b.to_owned()
            }
        });
    }),
    (Cause::BodyFormEncoding, |m| {
        text(m, |b| b.replace("%C3%B6", "%c3%b6"))
    }),
];

/// Hexadecimal in lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
