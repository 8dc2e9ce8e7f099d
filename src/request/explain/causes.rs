//! The causes that a search can name: stable codes with their explanations.

use crate::kernel::reason::ReasonPage;

/// A cause of a signature that does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The secret was read in another encoding than it was written in.
    KeyEncoding,
    /// The signature names another key id than the key that made it.
    KeyId,
    /// The signer used the secret with a prefix, line end, quotes or encoding more or less.
    KeyReading,
    /// The body was signed without the newline at its end.
    BodyTrailingNewline,
    /// The body was signed with a newline at its end, which is gone.
    BodyNewlineMissing,
    /// The line ends of the body were changed between LF and CR LF.
    BodyLineEnds,
    /// A byte order mark was added to the body or taken off it.
    BodyByteOrderMark,
    /// White space around the body was added or trimmed.
    BodyWhiteSpace,
    /// The signature was made over an empty body.
    BodyMissing,
    /// The body was signed in another character encoding.
    BodyCharset,
    /// The body was signed before its content coding.
    BodyContentCoding,
    /// The JSON of the body was parsed and written anew.
    BodyJsonReserialized,
    /// The form in the body was decoded and encoded anew.
    BodyFormEncoding,
    /// The digest field is not that of this body.
    DigestStale,
    /// The signer and the verifier do not agree whether the request was made with http or https.
    Scheme,
    /// The signer saw another host or port than the verifier.
    Authority,
    /// The signer saw another method, or wrote it in another case.
    Method,
    /// The path was percent-encoded or decoded on the way.
    PathEncoding,
    /// The letters of the path changed their case.
    PathCase,
    /// The path was normalised on the way.
    PathNormalized,
    /// The slash at the end of the path was added or dropped.
    PathSlash,
    /// A proxy added a prefix to the path or took one off.
    PathPrefix,
    /// The query was percent-encoded or decoded on the way.
    QueryEncoding,
    /// The parameters of the query changed their order.
    QueryOrder,
    /// The signature was made without the query.
    QueryMissing,
    /// The signed target ended with an empty query.
    QueryEmpty,
    /// A parameter was added to the query after it was signed.
    QueryAdded,
    /// The lines or members of a field were joined in another way.
    FieldJoining,
    /// The signer counted one of several lines of a field.
    FieldRepeated,
    /// The lines of a repeated field changed their order.
    FieldOrder,
    /// White space inside a field was changed.
    FieldWhiteSpace,
    /// The letters of a field's value changed their case.
    FieldCase,
    /// Quotes around a field's value were added or taken off.
    FieldQuotes,
    /// A member was appended to a field after it was signed.
    FieldAppended,
    /// A parameter was added to a field or taken off it.
    FieldParameter,
    /// `Content-Length` was not that of the body when it was signed.
    FieldLength,
    /// The signature stands under another label.
    Label,
    /// The signature's bytes are written in another form than the scheme's.
    SignatureEncoding,
    /// The signer ended the signature base with a newline.
    BaseFinalNewline,
    /// The signer ended the lines of the signature base with CR LF.
    BaseLineEnds,
    /// The signer left `@signature-params` out.
    BaseParameters,
    /// The signer did not quote the component names.
    BaseQuotes,
    /// The signer wrote no space after the colon.
    BaseSpace,
    /// The signer read `@query` in another way.
    BaseQuery,
    /// The signer wrote `@method` in lower case.
    BaseMethod,
    /// The signer left the final slash out of `@path`.
    BasePath,
    /// The signer took a part of the URI for `@target-uri`.
    BaseTargetUri,
    /// The signer put `@signature-params` first.
    BaseOrder,
    /// The path became canonical by other rules.
    Sigv4Path,
    /// The session token was sent and not signed.
    Sigv4Token,
    /// Another payload hash was signed.
    Sigv4Payload,
    /// The signer wrote the signing string of draft-cavage in another way.
    CavageText,
    /// The signature was made with another hash.
    CavageAlgorithm,
    /// The webhook's secret was read in another way.
    WebhookKey,
    /// The webhook was signed with another hash.
    WebhookAlgorithm,
    /// The webhook's signature is written in another encoding.
    WebhookEncoding,
    /// The webhook's signature stands without its prefix.
    WebhookPrefix,
    /// Another separator stood in what was signed.
    WebhookSeparator,
    /// The signer signed the body alone.
    WebhookBodyAlone,
    /// The signer left a part out of what is signed, or put the parts in another order.
    WebhookPiece,
    /// The time was signed in another unit than it was sent in.
    WebhookTimeUnit,
}

impl Cause {
    /// All causes.
    pub const ALL: [Self; 61] = [
        Self::KeyEncoding,
        Self::KeyId,
        Self::KeyReading,
        Self::BodyTrailingNewline,
        Self::BodyNewlineMissing,
        Self::BodyLineEnds,
        Self::BodyByteOrderMark,
        Self::BodyWhiteSpace,
        Self::BodyMissing,
        Self::BodyCharset,
        Self::BodyContentCoding,
        Self::BodyJsonReserialized,
        Self::BodyFormEncoding,
        Self::DigestStale,
        Self::Scheme,
        Self::Authority,
        Self::Method,
        Self::PathEncoding,
        Self::PathCase,
        Self::PathNormalized,
        Self::PathSlash,
        Self::PathPrefix,
        Self::QueryEncoding,
        Self::QueryOrder,
        Self::QueryMissing,
        Self::QueryEmpty,
        Self::QueryAdded,
        Self::FieldJoining,
        Self::FieldRepeated,
        Self::FieldOrder,
        Self::FieldWhiteSpace,
        Self::FieldCase,
        Self::FieldQuotes,
        Self::FieldAppended,
        Self::FieldParameter,
        Self::FieldLength,
        Self::Label,
        Self::SignatureEncoding,
        Self::BaseFinalNewline,
        Self::BaseLineEnds,
        Self::BaseParameters,
        Self::BaseQuotes,
        Self::BaseSpace,
        Self::BaseQuery,
        Self::BaseMethod,
        Self::BasePath,
        Self::BaseTargetUri,
        Self::BaseOrder,
        Self::Sigv4Path,
        Self::Sigv4Token,
        Self::Sigv4Payload,
        Self::CavageText,
        Self::CavageAlgorithm,
        Self::WebhookKey,
        Self::WebhookAlgorithm,
        Self::WebhookEncoding,
        Self::WebhookPrefix,
        Self::WebhookSeparator,
        Self::WebhookBodyAlone,
        Self::WebhookPiece,
        Self::WebhookTimeUnit,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.page().code
    }

    /// The code with its explanation.
    pub fn page(self) -> ReasonPage {
        let (code, title, text) = match self {
            Self::KeyEncoding => (
                "cause-key-encoding",
                "the secret was read in another encoding than it was written in",
                "A secret is bytes, and vendors show them as text, base64 or hexadecimal. The same file read in \
                 another encoding is another key. Say how it is written with `--key-encoding`.",
            ),
            Self::KeyId => (
                "cause-key-id",
                "the signature names another key id than the key that made it",
                "The key verifies once its id is left aside: the signer names one key and uses another, or the \
                 ids of the two sides differ in spelling. Give the key the id that the signer writes, `--key \
                 ID=file:PATH`, or mend the signer.",
            ),
            Self::KeyReading => (
                "cause-key-reading",
                "the signer used the secret with a prefix, line end, quotes or encoding more or less",
                "A line end that an editor appended, quotes from a settings file, a prefix that belongs to the \
                 secret (`whsec_` at Stripe) or does not (`whsec_` in Standard Webhooks), base64 that was decoded \
                 or was not: each makes another key of the same text.",
            ),
            Self::BodyTrailingNewline => (
                "cause-body-trailing-newline",
                "the body was signed without the newline at its end",
                "Editors, shells (`echo`) and log collectors append a newline to what they save. Sign and verify \
                 the bytes that travel; `printf %s` and `curl --data-binary @file` add none.",
            ),
            Self::BodyNewlineMissing => (
                "cause-body-newline-missing",
                "the body was signed with a newline at its end, which is gone",
                "Something on the way trims what it stores or forwards, as `curl --data @file` and many form \
                 readers do. Hand on the bytes as they came.",
            ),
            Self::BodyLineEnds => (
                "cause-body-line-ends",
                "the line ends of the body were changed between LF and CR LF",
                "A checkout, an editor or a mail gateway rewrote the line ends. Treat bodies as binary.",
            ),
            Self::BodyByteOrderMark => (
                "cause-body-byte-order-mark",
                "a byte order mark was added to the body or taken off it",
                "Some programs begin UTF-8 with the bytes EF BB BF, and some decoders remove them. The signature \
                 is over the bytes, mark included.",
            ),
            Self::BodyWhiteSpace => (
                "cause-body-white-space",
                "white space around the body was added or trimmed",
                "The body was trimmed or padded by a form, a template or a log. Verify the raw body, before any \
                 framework has read it.",
            ),
            Self::BodyMissing => (
                "cause-body-missing",
                "the signature was made over an empty body",
                "The signer signed before the body was set, or the framework had already consumed the stream and \
                 the signing code read nothing.",
            ),
            Self::BodyCharset => (
                "cause-body-charset",
                "the body was signed in another character encoding",
                "The text went through a decoder and an encoder that disagree, ISO 8859-1 and UTF-8. Keep the \
                 body as bytes from the socket to the check.",
            ),
            Self::BodyContentCoding => (
                "cause-body-content-coding",
                "the body was signed before its content coding",
                "The signer signed the plain body and a later layer compressed it. `Content-Digest` and every webhook \
                 scheme are over the bytes after the content coding (RFC 9530 §2): compress first, then sign. Or let \
                 the receiver decode the body before the check, where the scheme leaves that open.",
            ),
            Self::BodyJsonReserialized => (
                "cause-body-json-reserialized",
                "the JSON of the body was parsed and written anew",
                "The value is the same and the bytes are not: spaces, indentation, the order of members, `\\u` \
                 escapes, escaped slashes. Frameworks that hand out a parsed body make this mistake easy. Take \
                 the raw body (`express.raw`, `request.get_data()`, `@RequestBody byte[]`).",
            ),
            Self::BodyFormEncoding => (
                "cause-body-form-encoding",
                "the form in the body was decoded and encoded anew",
                "`application/x-www-form-urlencoded` has several ways to write the same values: `+` or `%20`, \
                 hexadecimal digits in either case, any order. Verify the raw body.",
            ),
            Self::DigestStale => (
                "cause-digest-stale",
                "the digest field is not that of this body",
                "The MAC matches once `Content-Digest` is computed anew: the field was made for another body, and \
                 the signature for the new one. Compute the digest last, after the body is final.",
            ),
            Self::Scheme => (
                "cause-scheme",
                "the signer and the verifier do not agree whether the request was made with http or https",
                "Behind a proxy that ends TLS the request arrives with http although the client used https. Say \
                 so with `--target-scheme`.",
            ),
            Self::Authority => (
                "cause-authority",
                "the signer saw another host or port than the verifier",
                "A proxy replaced `Host`, or one side writes a port that the other leaves out. State the client's \
                 host with `--authority`, or have the proxy keep it.",
            ),
            Self::Method => (
                "cause-method",
                "the signer saw another method, or wrote it in another case",
                "RFC 9421 §2.2.1 takes the method as it is written, usually in upper case. A form or a proxy may \
                 have turned it into another one.",
            ),
            Self::PathEncoding => (
                "cause-path-encoding",
                "the path was percent-encoded or decoded on the way",
                "`/a%2Fb`, `/a%252Fb` and `/a/b` are three paths for a signature. Proxies and routers decode, \
                 encode again, or change the case of the digits. Sign and verify the target as it stands in the \
                 request line.",
            ),
            Self::PathCase => (
                "cause-path-case",
                "the letters of the path changed their case",
                "The path is compared byte by byte. A rewriting rule or a case-insensitive router changed it.",
            ),
            Self::PathNormalized => (
                "cause-path-normalized",
                "the path was normalised on the way",
                "Repeated slashes were merged or dot segments resolved (nginx `merge_slashes`, many clients). The \
                 signature is over the path as it was sent.",
            ),
            Self::PathSlash => (
                "cause-path-slash",
                "the slash at the end of the path was added or dropped",
                "A redirect or a rewriting rule turned `/orders` into `/orders/` or back.",
            ),
            Self::PathPrefix => (
                "cause-path-prefix",
                "a proxy added a prefix to the path or took one off",
                "A service that is mounted under `/api` or `/v1` sees another path than the client. Verify before \
                 the prefix is rewritten, or put it back.",
            ),
            Self::QueryEncoding => (
                "cause-query-encoding",
                "the query was percent-encoded or decoded on the way",
                "A space is `+` or `%20`, a plus is `+` or `%2B`, digits have two cases, and some clients encode \
                 twice. Sign and verify the query as it stands in the request line.",
            ),
            Self::QueryOrder => (
                "cause-query-order",
                "the parameters of the query changed their order",
                "A client or proxy read the query into a map and wrote it anew. Keep the order, or cover single \
                 parameters with `\"@query-param\";name=\"…\"`.",
            ),
            Self::QueryMissing => (
                "cause-query-missing",
                "the signature was made without the query",
                "The signer signed the URL before its parameters were added, or a proxy appended some to a URL \
                 that had none.",
            ),
            Self::QueryEmpty => (
                "cause-query-empty",
                "the signed target ended with an empty query",
                "`/orders?` and `/orders` are two targets. A client or a proxy dropped the lone `?`.",
            ),
            Self::QueryAdded => (
                "cause-query-added",
                "a parameter was added to the query after it was signed",
                "Trackers, caches and gateways append parameters (`utm_source`, `fbclid`, a cache buster).",
            ),
            Self::FieldJoining => (
                "cause-field-joining",
                "the lines or members of a field were joined in another way",
                "Several lines of one field are joined by a comma and a space (RFC 9421 §2.1); SigV4 joins by a \
                 comma alone. A proxy may join them itself, in its own way.",
            ),
            Self::FieldRepeated => (
                "cause-field-repeated",
                "the signer counted one of several lines of a field",
                "Many libraries hand out the first or the last line of a repeated field. All of them are signed, \
                 in their order.",
            ),
            Self::FieldOrder => (
                "cause-field-order",
                "the lines of a repeated field changed their order",
                "The order of lines with the same name means something (RFC 9110 §5.3) and is signed.",
            ),
            Self::FieldWhiteSpace => (
                "cause-field-white-space",
                "white space inside a field was changed",
                "A proxy or a library wrote the value anew, with more or fewer spaces. Cover structured fields \
                 with `sf`, or take fields that nobody rewrites.",
            ),
            Self::FieldCase => (
                "cause-field-case",
                "the letters of a field's value changed their case",
                "Media types, hosts and tokens are often turned into lower case by libraries. The signature is \
                 over the bytes.",
            ),
            Self::FieldQuotes => (
                "cause-field-quotes",
                "quotes around a field's value were added or taken off",
                "Quoted and bare values often mean the same and are not the same bytes.",
            ),
            Self::FieldAppended => (
                "cause-field-appended",
                "a member was appended to a field after it was signed",
                "Proxies append to `Via`, `Forwarded`, `X-Forwarded-For`, `Cache-Control` and the like (RFC 9421 \
                 §7.2.3). Do not cover such fields, or verify before the proxy.",
            ),
            Self::FieldParameter => (
                "cause-field-parameter",
                "a parameter was added to a field or taken off it",
                "Mostly `charset` of `Content-Type`: libraries add it on sending, after the signature was made. \
                 Set it yourself before you sign.",
            ),
            Self::FieldLength => (
                "cause-field-length",
                "`Content-Length` was not that of the body when it was signed",
                "The signer wrote the length before the body was final, or counted characters in place of bytes.",
            ),
            Self::Label => (
                "cause-label",
                "the signature stands under another label",
                "Two signatures of one message changed places: `Signature-Input` and `Signature` must carry the \
                 same labels (RFC 9421 §4.2).",
            ),
            Self::SignatureEncoding => (
                "cause-signature-encoding",
                "the signature's bytes are written in another form than the scheme's",
                "Base64url where base64 belongs, hexadecimal where base64 belongs, base64 of hexadecimal, \
                 upper-case digits, DER where `r` and `s` side by side belong. The signature itself is right.",
            ),
            Self::BaseFinalNewline => (
                "cause-base-final-newline",
                "the signer ended the signature base with a newline",
                "The last line of a signature base has no line end (RFC 9421 §2.5).",
            ),
            Self::BaseLineEnds => (
                "cause-base-line-ends",
                "the signer ended the lines of the signature base with CR LF",
                "The lines of a signature base are separated by LF alone (RFC 9421 §2.5).",
            ),
            Self::BaseParameters => (
                "cause-base-parameters",
                "the signer left `@signature-params` out",
                "The line `\"@signature-params\"` is the last one of every signature base (RFC 9421 §2.5).",
            ),
            Self::BaseQuotes => (
                "cause-base-quotes",
                "the signer did not quote the component names",
                "Each line begins with the identifier as a structured string, in quotes (RFC 9421 §2).",
            ),
            Self::BaseSpace => (
                "cause-base-space",
                "the signer wrote no space after the colon",
                "Identifier and value are separated by a colon and one space (RFC 9421 §2.5).",
            ),
            Self::BaseQuery => (
                "cause-base-query",
                "the signer read `@query` in another way",
                "The value begins with `?`, and is `?` alone where there is no query (RFC 9421 §2.2.7).",
            ),
            Self::BaseMethod => (
                "cause-base-method",
                "the signer wrote `@method` in lower case",
                "The method keeps the case it is sent in (RFC 9421 §2.2.1).",
            ),
            Self::BasePath => (
                "cause-base-path",
                "the signer left the final slash out of `@path`",
                "The path is taken as it stands in the target (RFC 9421 §2.2.6).",
            ),
            Self::BaseTargetUri => (
                "cause-base-target-uri",
                "the signer took a part of the URI for `@target-uri`",
                "The value is the whole absolute URI, query included (RFC 9421 §2.2.2).",
            ),
            Self::BaseOrder => (
                "cause-base-order",
                "the signer put `@signature-params` first",
                "The line is the last one of the signature base (RFC 9421 §2.5).",
            ),
            Self::Sigv4Path => (
                "cause-sigv4-path",
                "the path became canonical by other rules",
                "All services but S3 normalise the path and encode it once more; S3 does neither. Verify with the \
                 rules of the service that was signed for.",
            ),
            Self::Sigv4Token => (
                "cause-sigv4-token",
                "the session token was sent and not signed",
                "Some services (AWS IoT) expect `X-Amz-Security-Token` to be added after a presigned URL was \
                 signed: `--omit-session-token`.",
            ),
            Self::Sigv4Payload => (
                "cause-sigv4-payload",
                "another payload hash was signed",
                "The signer hashed an empty body, or wrote `UNSIGNED-PAYLOAD`, and sent something else in \
                 `x-amz-content-sha256`.",
            ),
            Self::CavageText => (
                "cause-cavage-text",
                "the signer wrote the signing string of draft-cavage in another way",
                "Each line is the name in lower case, a colon, a space and the value; lines are separated by LF, \
                 and the last has none (draft-cavage-http-signatures-12 §2.3).",
            ),
            Self::CavageAlgorithm => (
                "cause-cavage-algorithm",
                "the signature was made with another hash",
                "`hs2019` leaves the hash to the key, and signers choose SHA-1, SHA-256 or SHA-512 for the same \
                 name.",
            ),
            Self::WebhookKey => (
                "cause-webhook-key",
                "the webhook's secret was read in another way",
                "Vendors differ: Stripe uses `whsec_…` as it is shown, Standard Webhooks cuts the prefix off and \
                 decodes base64.",
            ),
            Self::WebhookAlgorithm => (
                "cause-webhook-algorithm",
                "the webhook was signed with another hash",
                "The MAC is that of SHA-1, SHA-384 or SHA-512 in place of SHA-256, or the other way round. GitHub \
                 sends both, in two fields.",
            ),
            Self::WebhookEncoding => (
                "cause-webhook-encoding",
                "the webhook's signature is written in another encoding",
                "Hexadecimal where base64 belongs, or base64 where hexadecimal belongs. The MAC itself is right.",
            ),
            Self::WebhookPrefix => (
                "cause-webhook-prefix",
                "the webhook's signature stands without its prefix",
                "Schemes write `sha256=`, `v0=` or `v1,` before the signature; it was left out. The MAC itself is \
                 right.",
            ),
            Self::WebhookSeparator => (
                "cause-webhook-separator",
                "another separator stood in what was signed",
                "Stripe and Standard Webhooks put `.` between time and body, Slack and Paddle put `:`.",
            ),
            Self::WebhookBodyAlone => (
                "cause-webhook-body-alone",
                "the signer signed the body alone",
                "The scheme signs the time, and perhaps an id, before the body. Without them a message can be \
                 replayed for ever.",
            ),
            Self::WebhookPiece => (
                "cause-webhook-piece",
                "the signer left a part out of what is signed, or put the parts in another order",
                "The scheme's text has several parts, such as id, time and body. One of them was missing or stood \
                 elsewhere when the MAC was computed.",
            ),
            Self::WebhookTimeUnit => (
                "cause-webhook-time-unit",
                "the time was signed in another unit than it was sent in",
                "The signer signed milliseconds and sent seconds, or the other way round. The text that is sent \
                 is what must be signed.",
            ),
        };
        ReasonPage { code, title, text }
    }
}
