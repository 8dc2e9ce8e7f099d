//! The text that the other side signed, as it can be had: a file, or the body of an AWS 403.

/// The other side's texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// The canonical request, where one is told.
    pub canonical_request: Option<String>,
    /// The string to sign or signature base.
    pub text: Option<String>,
}

/// Reads the other side's text: an AWS error document (XML or JSON), or the text itself.
///
/// AWS answers a wrong signature with what it computed: S3 in `<CanonicalRequest>` and `<StringToSign>`, other
/// services in the words of their message.
pub fn read_expected(text: &str) -> Expected {
    let element = |name: &str| {
        let start = text.find(&format!("<{name}>"))? + name.len() + 2;
        let rest = text.get(start..)?;
        let end = rest.find(&format!("</{name}>"))?;
        rest.get(..end).map(unescape_xml)
    };
    let canonical_request = element("CanonicalRequest");
    let string_to_sign = element("StringToSign");
    if canonical_request.is_some() || string_to_sign.is_some() {
        return Expected {
            canonical_request,
            text: string_to_sign,
        };
    }
    let message = json_message(text).or_else(|| element("Message"));
    let told = message.as_deref().unwrap_or(text);
    let quoted = |lead: &str| {
        let start = told.find(lead)? + lead.len();
        let rest = told.get(start..)?.trim_start_matches([' ', '\n', '\r']);
        let rest = rest.strip_prefix('\'')?;
        // A canonical request holds no quote that a line end follows.
        let end = rest.find("'\n").or_else(|| rest.rfind('\''))?;
        rest.get(..end).map(str::to_owned)
    };
    let canonical_request = quoted("The Canonical String for this request should have been");
    let string_to_sign = quoted("The String-to-Sign should have been");
    if canonical_request.is_some() || string_to_sign.is_some() {
        return Expected {
            canonical_request,
            text: string_to_sign,
        };
    }
    let own = text
        .strip_suffix('\n')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    Expected {
        canonical_request: None,
        text: Some(own),
    }
}

fn json_message(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    ["message", "Message"]
        .into_iter()
        .find_map(|name| value.get(name)?.as_str().map(str::to_owned))
}

fn unescape_xml(text: &str) -> String {
    let plain = text
        .replace("&#10;", "\n")
        .replace("&#xA;", "\n")
        .replace("&#13;", "\r")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&apos;", "'");
    plain.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_tells_is_found() {
        let s3 = "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>AWS4-HMAC-SHA256\n2015</StringToSign>\
                  <CanonicalRequest>GET\n/a&amp;b\n</CanonicalRequest></Error>";
        let found = read_expected(s3);
        assert_eq!(found.canonical_request.as_deref(), Some("GET\n/a&b\n"));
        assert_eq!(found.text.as_deref(), Some("AWS4-HMAC-SHA256\n2015"));
        let sts = r#"{"message":"The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'GET\n/\n\nhost:x\n\nhost\ne3b0'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n2015'\n"}"#;
        let found = read_expected(sts);
        assert_eq!(
            found.canonical_request.as_deref(),
            Some("GET\n/\n\nhost:x\n\nhost\ne3b0")
        );
        assert_eq!(found.text.as_deref(), Some("AWS4-HMAC-SHA256\n2015"));
        assert_eq!(read_expected("a\r\nb\n").text.as_deref(), Some("a\nb"));
    }
}
