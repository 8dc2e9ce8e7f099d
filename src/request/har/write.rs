//! A message as a HAR of one entry, for tools that read recordings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::kernel::time::Timestamp;
use crate::request::parts::{RequestParts, ResponseParts};

/// Why a message is not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HarWriteError {
    /// JSON holds text.
    #[error("the field `{0}` is not UTF-8, and a HAR holds text")]
    FieldNotText(String),
    /// The target is an authority or `*`, which no URL tells.
    #[error("the request target is not a path, so no URL tells it")]
    Target,
}

/// Writes a recording of one exchange. A body that is not UTF-8 is written in base64, with `encoding` as in responses.
///
/// # Errors
/// [`HarWriteError`].
pub fn write_har(
    request: &RequestParts<'_>,
    response: Option<&ResponseParts<'_>>,
    started: Timestamp,
) -> Result<Value, HarWriteError> {
    let entry = json!({
        "startedDateTime": started.to_string(),
        "time": 0,
        "request": request_of(request)?,
        "response": response_of(response)?,
        "cache": {},
        "timings": { "send": 0, "wait": 0, "receive": 0 },
    });
    Ok(json!({
        "log": {
            "version": "1.2",
            "creator": { "name": "countersign", "version": env!("CARGO_PKG_VERSION") },
            "entries": [entry],
        }
    }))
}

fn request_of(parts: &RequestParts<'_>) -> Result<Value, HarWriteError> {
    let plain = parts.target.starts_with('/') && !parts.target.contains('#');
    if !plain {
        return Err(HarWriteError::Target);
    }
    let mut request = json!({
        "method": parts.method,
        "url": format!("{}://{}{}", parts.scheme.name(), parts.authority, parts.target),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(parts.fields)?,
        "queryString": query(parts.target),
        "headersSize": -1,
        "bodySize": parts.body.len(),
    });
    if !parts.body.is_empty() {
        request["postData"] = content(parts.fields, parts.body);
    }
    Ok(request)
}

// Where nothing was sent yet there is no response; the status 0 says so.
fn response_of(parts: Option<&ResponseParts<'_>>) -> Result<Value, HarWriteError> {
    let none = ResponseParts {
        status: 0,
        reason: "",
        fields: &[],
        body: b"",
    };
    let parts = parts.unwrap_or(&none);
    let mut content = content(parts.fields, parts.body);
    content["size"] = parts.body.len().into();
    Ok(json!({
        "status": parts.status,
        "statusText": parts.reason,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(parts.fields)?,
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": parts.body.len(),
    }))
}

fn headers(fields: &[(&str, &[u8])]) -> Result<Vec<Value>, HarWriteError> {
    let header = |(name, value): &(&str, &[u8])| {
        let value = std::str::from_utf8(value)
            .map_err(|_| HarWriteError::FieldNotText((*name).to_owned()))?;
        Ok(json!({ "name": name, "value": value }))
    };
    fields.iter().map(header).collect()
}

// As written, not decoded: whoever needs the bytes finds them in the URL.
fn query(target: &str) -> Vec<Value> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        json!({ "name": name, "value": value })
    };
    parts.map(pair).collect()
}

fn content(fields: &[(&str, &[u8])], body: &[u8]) -> Value {
    let mut kinds = fields.iter();
    let kind = kinds.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let kind = kind.map_or("".into(), |(_, value)| String::from_utf8_lossy(value));
    // A replacement character in a recording says that bytes were lost, so a body that holds one is written as bytes.
    match std::str::from_utf8(body) {
        Ok(text)
            if !text.contains('\u{fffd}') && (text.is_ascii() || !kind.contains("charset")) =>
        {
            json!({ "mimeType": kind, "text": text })
        }
        _ => json!({ "mimeType": kind, "text": STANDARD.encode(body), "encoding": "base64" }),
    }
}
