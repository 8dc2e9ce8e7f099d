//! The bytes of the request, in curl's order: `Host`, credentials, range, the defaults, cookies, the fields of the line,
//! and last what describes the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::options::{Given, Settings, Upload, Version};
use super::url::{self, Url};
use super::{CurlError, Parsed, Problem};
use crate::request::exchange::UriScheme;
use crate::request::parts::{is_field_text, is_token};

/// Above this, curl asks before it sends the body.
const EXPECT_ABOVE: usize = 1 << 20;

/// A `-H` of the line.
struct Custom<'a> {
    name: &'a [u8],
    /// From the colon on; none where the header only takes away one of curl's own.
    line: Option<Vec<u8>>,
}

/// Makes the request.
pub(super) fn build(settings: &Settings) -> Result<Parsed, CurlError> {
    let given = settings
        .url
        .as_ref()
        .ok_or_else(|| CurlError::new(settings.end, Problem::NoUrl))?;
    let mut url = url::read(given, settings)?;
    let mut builder = Builder {
        custom: Vec::new(),
        message: Vec::new(),
        notes: Vec::new(),
        unknown: std::mem::take(&mut url.unknown),
    };
    builder.customs(settings)?;
    refuse_what_depends(settings, &builder, url.scheme)?;
    let body = builder.body(settings, &mut url, given)?;
    builder.request_line(settings, &url, body.is_some())?;
    builder.fields(settings, &url)?;
    builder.end(settings, body.as_deref())?;
    Ok(Parsed {
        message: builder.message,
        scheme: url.scheme,
        notes: builder.notes,
        unknown: builder.unknown,
    })
}

fn refuse_what_depends(
    settings: &Settings,
    builder: &Builder<'_>,
    scheme: UriScheme,
) -> Result<(), CurlError> {
    if let Some(proxy) = &settings.proxy {
        let tunnelled = proxy.bytes.is_empty() || proxy.bytes.starts_with(b"socks");
        if scheme == UriScheme::Http && !tunnelled {
            let reason = "a proxy is sent another target and further fields";
            return Err(CurlError::refused(proxy.offset, "--proxy", reason));
        }
    }
    let has_body = settings.upload.is_some() || settings.data.is_some() && !settings.get;
    if builder
        .custom(b"Transfer-Encoding")
        .is_some_and(|custom| custom.line.is_some())
        && has_body
    {
        let reason = "curl would send the body in a transfer coding, which no signature is about";
        return Err(CurlError::refused(
            settings.end,
            "-H Transfer-Encoding",
            reason,
        ));
    }
    if let (Some(range), true) = (&settings.range, has_body) {
        let reason = "curl makes another field of it where there is a body";
        return Err(CurlError::refused(range.offset, "--range", reason));
    }
    Ok(())
}

struct Builder<'a> {
    custom: Vec<Custom<'a>>,
    message: Vec<u8>,
    notes: Vec<String>,
    unknown: Vec<String>,
}

impl<'a> Builder<'a> {
    fn customs(&mut self, settings: &'a Settings) -> Result<(), CurlError> {
        for (index, header) in settings.headers.iter().enumerate() {
            match custom(header)? {
                Some(custom) => self.custom.push(custom),
                None => self.notes.push(format!(
                    "header {} has neither `:` nor a `;` at its end, so curl does not send it",
                    index + 1
                )),
            }
        }
        Ok(())
    }

    /// The first header of the line with this name: it takes the place of curl's own.
    fn custom(&self, name: &[u8]) -> Option<&Custom<'a>> {
        self.custom
            .iter()
            .find(|custom| custom.name.eq_ignore_ascii_case(name))
    }

    fn line(&mut self, name: &str, value: &[u8]) {
        self.message.extend_from_slice(name.as_bytes());
        self.message.extend_from_slice(b": ");
        self.message.extend_from_slice(value);
        self.message.extend_from_slice(b"\r\n");
    }

    /// One of curl's own fields, unless the line says otherwise.
    fn own(&mut self, name: &str, value: &[u8]) {
        if self.custom(name.as_bytes()).is_none() {
            self.line(name, value);
        }
    }

    fn given(&mut self, name: &str, value: Option<&Given>) -> Result<(), CurlError> {
        if let Some(value) = value
            && !value.bytes.is_empty()
        {
            if !is_field_text(&value.bytes) {
                return Err(CurlError::new(value.offset, Problem::Header));
            }
            self.own(name, &value.bytes);
        }
        Ok(())
    }

    // Where the data goes: into the query, into the body, or nowhere.
    fn body(
        &mut self,
        settings: &Settings,
        url: &mut Url,
        given: &Given,
    ) -> Result<Option<Vec<u8>>, CurlError> {
        let bad = |reason| CurlError::new(given.offset, Problem::Url(reason));
        let in_query = settings.data.as_deref().filter(|_| settings.get);
        if let (Some(_), Some(_)) = (in_query, &settings.query) {
            let reason = "versions of curl differ where `--get` stands with `--url-query`";
            return Err(CurlError::refused(settings.end, "--url-query", reason));
        }
        if let Some(more) = in_query
            .or(settings.query.as_deref())
            .filter(|more| !more.is_empty())
        {
            let more =
                std::str::from_utf8(more).map_err(|_| bad("would hold data that is not UTF-8"))?;
            if !more.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(bad(
                    "would hold a space or a character that is not ASCII; use `--data-urlencode`",
                ));
            }
            url.add_query(more);
            if url.query.as_ref().is_some_and(|query| query.contains('%')) {
                let note =
                    "the case of `%xx` in the query: versions of curl before 8 write lower case";
                self.unknown.push(note.into());
            }
        }
        let data = settings.data.as_ref().filter(|_| !settings.get);
        let several = usize::from(data.is_some())
            + usize::from(settings.upload.is_some())
            + usize::from(settings.head);
        if several > 1 {
            let reason = "it asks for another method than the data does";
            let name = if settings.head {
                "--head"
            } else {
                "--upload-file"
            };
            return Err(CurlError::refused(settings.end, name, reason));
        }
        if let Some(upload) = &settings.upload {
            upload_path(upload, url)?;
            return Ok(Some(upload.bytes.clone()));
        }
        Ok(data.cloned())
    }

    fn request_line(
        &mut self,
        settings: &Settings,
        url: &Url,
        has_body: bool,
    ) -> Result<(), CurlError> {
        let method: &[u8] = match &settings.method {
            Some(method) if !is_token(&method.bytes) => {
                return Err(CurlError::new(method.offset, Problem::Method));
            }
            Some(method) => &method.bytes,
            None if settings.head => b"HEAD",
            None if settings.upload.is_some() => b"PUT",
            None if has_body => b"POST",
            None => b"GET",
        };
        let target = match &settings.target {
            Some(target) if target.bytes.is_empty() || !is_field_text(&target.bytes) => {
                let reason = "it is not one line of text";
                return Err(CurlError::refused(
                    target.offset,
                    "--request-target",
                    reason,
                ));
            }
            Some(target) => target.bytes.clone(),
            None => url.target().into_bytes(),
        };
        let version: &[u8] = if settings.version == Version::Http10 {
            b"HTTP/1.0"
        } else {
            b"HTTP/1.1"
        };
        self.message = [method, b" ", &target, b" ", version, b"\r\n"].concat();
        Ok(())
    }

    fn fields(&mut self, settings: &Settings, url: &Url) -> Result<(), CurlError> {
        match self.custom(b"Host").map(|custom| custom.line.clone()) {
            None => self.line("Host", url.authority.as_bytes()),
            Some(None) => {}
            Some(Some(line)) => {
                self.message.extend_from_slice(b"Host");
                self.message.extend_from_slice(&line);
                self.message.extend_from_slice(b"\r\n");
            }
        }
        let user = settings.user.as_ref().map(|user| &user.bytes);
        if let Some(bearer) = &settings.bearer {
            let mut value = bearer.clone();
            value.bytes.splice(0..0, *b"Bearer ");
            self.given("Authorization", Some(&value))?;
        } else if let Some(user) = user.or(url.user.as_ref()) {
            let value = format!("Basic {}", STANDARD.encode(user));
            self.own("Authorization", value.as_bytes());
        }
        if let Some(range) = &settings.range {
            let mut value = range.clone();
            if !value.bytes.contains(&b'-') {
                value.bytes.push(b'-');
            }
            value.bytes.splice(0..0, *b"bytes=");
            self.given("Range", Some(&value))?;
        }
        self.given("User-Agent", settings.agent.as_ref())?;
        if settings.agent.is_none() && self.custom(b"User-Agent").is_none() {
            let note = "`User-Agent: curl/VERSION`, after the fields before `Accept`";
            self.unknown.push(note.into());
        }
        if !settings.json {
            self.own("Accept", b"*/*");
        }
        if settings.compressed && self.custom(b"Accept-Encoding").is_none() {
            let note = "`Accept-Encoding` for `--compressed`: what this curl was built with";
            self.unknown.push(note.into());
        }
        self.referer_and_cookies(settings)?;
        self.custom_lines();
        if settings.json {
            self.own("Content-Type", b"application/json");
            self.own("Accept", b"application/json");
        }
        Ok(())
    }

    fn referer_and_cookies(&mut self, settings: &Settings) -> Result<(), CurlError> {
        let mut referer = settings.referer.clone();
        if let Some(referer) = &mut referer
            && let Some(at) = memchr::memmem::find(&referer.bytes, b";auto")
        {
            referer.bytes.truncate(at);
        }
        self.given("Referer", referer.as_ref())?;
        if settings.cookies.is_empty() {
            return Ok(());
        }
        let cookies = Given {
            bytes: settings.cookies.join(&b';'),
            offset: settings.end,
        };
        self.given("Cookie", Some(&cookies))
    }

    fn custom_lines(&mut self) {
        for custom in &self.custom {
            if let Some(line) = &custom.line
                && !custom.name.eq_ignore_ascii_case(b"Host")
            {
                self.message.extend_from_slice(custom.name);
                self.message.extend_from_slice(line);
                self.message.extend_from_slice(b"\r\n");
            }
        }
    }

    fn end(&mut self, settings: &Settings, body: Option<&[u8]>) -> Result<(), CurlError> {
        if settings.version == Version::Newer {
            let note = "HTTP/2 or later: over https `Host` becomes `:authority` and names lower case; over http curl \
                        adds `Connection`, `Upgrade` and `HTTP2-Settings`";
            self.unknown.push(note.into());
        }
        let body = body.unwrap_or_default();
        if settings.data.is_some() && !settings.get || settings.upload.is_some() {
            self.own("Content-Length", body.len().to_string().as_bytes());
            if settings.upload.is_none() && !settings.json {
                self.own("Content-Type", b"application/x-www-form-urlencoded");
            }
            let asks = settings.upload.is_some() || body.len() > EXPECT_ABOVE;
            if asks && self.custom(b"Expect").is_none() {
                let note = "`Expect: 100-continue`, which curl adds to large bodies and to uploads";
                self.unknown.push(note.into());
            }
        }
        self.message.extend_from_slice(b"\r\n");
        self.message.extend_from_slice(body);
        Ok(())
    }
}

// `Name: value` is sent as it is, `Name;` with nothing after its colon, `Name:` takes a field away.
fn custom(header: &Given) -> Result<Option<Custom<'_>>, CurlError> {
    let bad = || CurlError::new(header.offset, Problem::Header);
    let bytes = header.bytes.as_slice();
    let custom = if let Some(colon) = memchr::memchr(b':', bytes) {
        let (name, line) = bytes.split_at(colon);
        let blank = line.get(1..).unwrap_or_default().trim_ascii().is_empty();
        let line = (!blank).then(|| line.to_vec());
        Custom { name, line }
    } else if let Some(name) = bytes
        .strip_suffix(b";")
        .filter(|name| !name.contains(&b';'))
    {
        let line = Some(b":".to_vec());
        Custom { name, line }
    } else {
        return Ok(None);
    };
    if !is_token(custom.name) || !is_field_text(bytes) {
        return Err(bad());
    }
    Ok(Some(custom))
}

// A URL that ends in `/` is given the file's own name.
fn upload_path(upload: &Upload, url: &mut Url) -> Result<(), CurlError> {
    if !url.path.ends_with('/') {
        return Ok(());
    }
    let name = upload.name.rsplit('/').next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        let reason = "the file's name would be added to the URL in an encoding of curl's; give the whole URL";
        return Err(CurlError::refused(upload.offset, "--upload-file", reason));
    }
    url.path.push_str(name);
    Ok(())
}
