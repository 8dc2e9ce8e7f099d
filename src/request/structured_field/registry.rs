//! Which fields are structured, and as what: the registered ones, and those that can be read as if they were.

/// The top-level type of a structured field (RFC 9651 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A list.
    List,
    /// A dictionary.
    Dictionary,
    /// An item.
    Item,
}

impl std::str::FromStr for FieldType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "list" => Ok(Self::List),
            "dictionary" => Ok(Self::Dictionary),
            "item" => Ok(Self::Item),
            _ => Err(format!("`{text}` is none of list, dictionary, item")),
        }
    }
}

/// The type of a field, lower case, if it is known.
pub fn field_type(name: &str) -> Option<FieldType> {
    [
        (LISTS, FieldType::List),
        (DICTIONARIES, FieldType::Dictionary),
        (ITEMS, FieldType::Item),
    ]
    .into_iter()
    .find(|(names, _)| names.contains(&name))
    .map(|(_, kind)| kind)
}

// The HTTP field name registry's structured fields, and the compatible fields that the retrofit draft of the HTTP
// working group lists.
const LISTS: &[&str] = &[
    "accept",
    "accept-ch",
    "accept-encoding",
    "accept-language",
    "accept-patch",
    "accept-post",
    "accept-ranges",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "access-control-request-headers",
    "allow",
    "alpn",
    "cache-status",
    "cdn-loop",
    "clear-site-data",
    "client-cert-chain",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "critical-ch",
    "proxy-status",
    "sec-ch-ua",
    "sec-ch-ua-full-version-list",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "server-timing",
    "te",
    "timing-allow-origin",
    "trailer",
    "transfer-encoding",
    "vary",
];
const DICTIONARIES: &[&str] = &[
    "accept-signature",
    "alt-svc",
    "available-dictionary",
    "cache-control",
    "cdn-cache-control",
    "content-digest",
    "expect",
    "expect-ct",
    "keep-alive",
    "permissions-policy",
    "pragma",
    "prefer",
    "preference-applied",
    "priority",
    "reporting-endpoints",
    "repr-digest",
    "signature",
    "signature-input",
    "surrogate-control",
    "use-as-dictionary",
    "want-content-digest",
    "want-repr-digest",
];
const ITEMS: &[&str] = &[
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "access-control-max-age",
    "access-control-request-method",
    "age",
    "alt-used",
    "capsule-protocol",
    "client-cert",
    "content-type",
    "cross-origin-embedder-policy",
    "cross-origin-embedder-policy-report-only",
    "cross-origin-opener-policy",
    "cross-origin-opener-policy-report-only",
    "cross-origin-resource-policy",
    "deprecation",
    "dnt",
    "host",
    "idempotency-key",
    "incremental",
    "max-forwards",
    "origin",
    "origin-agent-cluster",
    "retry-after",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "sec-gpc",
    "upgrade-insecure-requests",
    "x-content-type-options",
    "x-frame-options",
    "x-xss-protection",
];
