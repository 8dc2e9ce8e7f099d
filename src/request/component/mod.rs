//! Component identifiers of RFC 9421 §2: what a signature covers, as it is written.
//!
//! An identifier that names nothing, or a parameter that does not apply, is an error and never ignored: a signature
//! that covers something we cannot compute is not verified.

mod target;
#[cfg(test)]
mod tests;
mod value;

pub use target::{check_target, is_absolute};
pub use value::Values;

use super::structured_field::{
    BareItem, Item, ParseError, SerializeError, Text, known, parse_item, serialize_item,
};

/// The part of a message that a component names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// A field, lower case.
    Field(Text),
    /// `@method`
    Method,
    /// `@target-uri`
    TargetUri,
    /// `@authority`
    Authority,
    /// `@scheme`
    Scheme,
    /// `@request-target`
    RequestTarget,
    /// `@path`
    Path,
    /// `@query`
    Query,
    /// `@query-param` with its `name`.
    QueryParam(String),
    /// `@status`
    Status,
}

/// A component identifier: what it names, and how it was written (parameter order is kept, RFC 9421 §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What it names.
    pub name: Name,
    /// `sf`: serialised anew as a structured field (§2.1.1).
    pub structured: bool,
    /// `key`: one member of a dictionary (§2.1.2).
    pub member: Option<String>,
    /// `bs`: each line as a byte sequence (§2.1.3).
    pub binary: bool,
    /// `tr`: from the trailers (§2.1.4).
    pub trailer: bool,
    /// `req`: from the request that a response answers (§2.4).
    pub from_request: bool,
    identifier: Text,
}

/// Why a component has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// Not a component identifier.
    #[error("`{0}` is not a component identifier")]
    Malformed(String),
    /// A field name with upper-case letters.
    #[error("the component name `{0}` is not lower case")]
    NotLowerCase(String),
    /// A derived component that does not exist.
    #[error("there is no derived component `{0}`")]
    Unknown(String),
    /// A parameter that does not exist, does not apply, or has a value of the wrong type.
    #[error("the parameter `{parameter}` of `{component}` {problem}")]
    Parameter {
        /// The component's name.
        component: String,
        /// The parameter.
        parameter: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A component of the other kind of message.
    #[error("`{component}` is not a component of {message}")]
    WrongMessage {
        /// The component's name.
        component: String,
        /// What the message is.
        message: &'static str,
    },
    /// `req` without the request.
    #[error("`{0}` is taken from the request that this response answers, and that was not given")]
    NoRequest(String),
    /// The message has no such field.
    #[error("the message has no {0}")]
    Absent(String),
    /// A value that cannot stand in a signature base.
    #[error("the value of `{0}` holds characters outside ASCII or a line end")]
    NotAscii(String),
    /// The field of a trusted proxy cannot be read, so that nobody knows which host the client asked.
    #[error("the field `Forwarded` {0} (RFC 7239 §4): which host the client asked is not known")]
    Forwarded(&'static str),
    /// A query parameter that occurs several times.
    #[error("the query parameter `{0}` occurs more than once")]
    Repeated(String),
    /// `sf` on a field of unknown type (§2.1.1).
    #[error("`sf` needs the type of the field `{0}`, which is not known")]
    UnknownFieldType(String),
    /// A field that is not the structured field it should be.
    #[error("the field `{field}` cannot be read as a structured field: {problem}")]
    NotStructured {
        /// The field.
        field: String,
        /// What is wrong.
        problem: ParseError,
    },
    /// A structured field that cannot be written.
    #[error("the field `{field}` holds {problem}")]
    Unwritable {
        /// The field.
        field: String,
        /// What cannot be written.
        problem: SerializeError,
    },
    /// No such member (§2.1.2).
    #[error("the dictionary `{field}` has no member `{key}`")]
    NoMember {
        /// The field.
        field: String,
        /// The member asked for.
        key: String,
    },
    /// `Host` more than once (RFC 9112 §3.2).
    #[error("the message has several `Host` fields")]
    SeveralHosts,
    /// The target's scheme is not the one that the request was made with.
    #[error("the target says `{target}`, the request was made with `{context}`")]
    SchemeConflict {
        /// The scheme of the absolute-form target.
        target: &'static str,
        /// The scheme in use.
        context: &'static str,
    },
    /// The target's authority and `Host` differ.
    #[error("the target names `{target}`, the host is `{host}`")]
    AuthorityConflict {
        /// The authority of the absolute-form target.
        target: String,
        /// The value of `Host`.
        host: String,
    },
}

impl Component {
    /// Reads an identifier as an item of `Signature-Input` has it.
    ///
    /// # Errors
    /// [`ComponentError`].
    pub fn from_item(item: &Item) -> Result<Self, ComponentError> {
        let identifier = identifier_of(item)?;
        let BareItem::String(name) = &item.value else {
            return Err(ComponentError::Malformed(identifier.into_owned()));
        };
        let mut component = Self {
            name: name_of(name)?,
            structured: false,
            member: None,
            binary: false,
            trailer: false,
            from_request: false,
            identifier,
        };
        for (parameter, value) in &item.parameters {
            component
                .apply(parameter, value)
                .map_err(|problem| ComponentError::Parameter {
                    component: name.to_string(),
                    parameter: parameter.to_string(),
                    problem,
                })?;
        }
        let named = item.parameters.iter().any(|(key, _)| key == "name");
        component.check(name, named)?;
        Ok(component)
    }

    /// Reads an identifier as people write it: `@method`, `content-type`, `"@query-param";name="a"`.
    ///
    /// # Errors
    /// [`ComponentError`].
    pub fn parse(text: &str) -> Result<Self, ComponentError> {
        let quoted;
        let field = if text.starts_with('"') {
            text
        } else {
            let (name, parameters) = text.split_at(text.find(';').unwrap_or(text.len()));
            quoted = format!("\"{name}\"{parameters}");
            &quoted
        };
        let item =
            parse_item(field.as_bytes()).map_err(|_| ComponentError::Malformed(text.to_owned()))?;
        Self::from_item(&item)
    }

    /// The identifier as it stands in the signature base.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Whether both name the same part in the same form; the order of parameters does not matter.
    pub fn same_as(&self, other: &Self) -> bool {
        self.name == other.name
            && self.structured == other.structured
            && self.member == other.member
            && self.binary == other.binary
            && self.trailer == other.trailer
            && self.from_request == other.from_request
    }

    /// Whether it covers all of this part of the message itself, in whatever form.
    pub fn covers(&self, name: &Name) -> bool {
        self.name == *name && !self.from_request && !self.trailer && self.member.is_none()
    }

    /// Whether it is a field of that name, or a part of one, of the message itself.
    pub fn is_field(&self, field: &str) -> bool {
        let named = matches!(&self.name, Name::Field(name) if name == field);
        named && !self.from_request && !self.trailer
    }

    /// Where its value comes from, in words.
    pub fn origin(&self) -> String {
        let place = match &self.name {
            Name::Field(name) => {
                let kind = if self.trailer { "trailer" } else { "field" };
                let form = match (&self.member, self.binary, self.structured) {
                    (Some(key), ..) => format!(", its member `{key}`"),
                    (None, true, _) => ", each line as bytes".to_owned(),
                    (None, false, true) => ", serialised anew".to_owned(),
                    (None, false, false) => String::new(),
                };
                format!("the {kind} `{name}`{form}")
            }
            Name::Method => "the request line, as written".to_owned(),
            Name::TargetUri => "scheme, host and target".to_owned(),
            Name::Authority => "`Host`, in lower case, without a default port".to_owned(),
            Name::Scheme => "how the request was made, `--target-scheme`".to_owned(),
            Name::RequestTarget => "the request line, the whole target".to_owned(),
            Name::Path => "the target up to `?`, not decoded".to_owned(),
            Name::Query => "the target from `?` on, not decoded".to_owned(),
            Name::QueryParam(name) => format!("the query's `{name}`, encoded anew"),
            Name::Status => "the status line".to_owned(),
        };
        if self.from_request {
            format!("{place}, of the request")
        } else {
            place
        }
    }

    fn is_derived(&self) -> bool {
        !matches!(self.name, Name::Field(_))
    }

    fn apply(&mut self, parameter: &str, value: &BareItem) -> Result<(), &'static str> {
        let flag = |slot: &mut bool| {
            if *value == BareItem::Boolean(true) {
                *slot = true;
                Ok(())
            } else {
                Err("is a flag and takes no value")
            }
        };
        match parameter {
            "req" => flag(&mut self.from_request),
            "name" if self.name == Name::QueryParam(String::new()) => match value {
                BareItem::String(name) if !value::is_encoded(name.as_ref()) => Err(
                    "is not in percent-encoded form: a space is `%20`, and a letter itself (RFC 9421 §2.2.8)",
                ),
                BareItem::String(name) => {
                    self.name = Name::QueryParam(name.to_string());
                    Ok(())
                }
                _ => Err("is not a string"),
            },
            "sf" | "key" | "bs" | "tr" if self.is_derived() => Err("applies to fields alone"),
            "sf" => flag(&mut self.structured),
            "bs" => flag(&mut self.binary),
            "tr" => flag(&mut self.trailer),
            "key" => match value {
                BareItem::String(key) => {
                    self.member = Some(key.to_string());
                    Ok(())
                }
                _ => Err("is not a string"),
            },
            _ => Err("is unknown, and may change what is signed"),
        }
    }

    // RFC 9421 §2.1.3: the raw bytes and a reading of them exclude one another. §2.2.8: `name` is mandatory.
    fn check(&self, name: &str, named: bool) -> Result<(), ComponentError> {
        let problem = if self.binary && (self.structured || self.member.is_some()) {
            ("bs", "cannot stand beside `sf` or `key`")
        } else if name == "@query-param" && !named {
            ("name", "is missing")
        } else {
            return Ok(());
        };
        Err(ComponentError::Parameter {
            component: name.to_owned(),
            parameter: problem.0.to_owned(),
            problem: problem.1,
        })
    }
}

/// The item as it is written.
fn identifier_of(item: &Item) -> Result<Text, ComponentError> {
    if let (BareItem::String(name), []) = (&item.value, item.parameters.as_slice())
        && let Some((_, quoted)) = known(name)
    {
        return Ok(Text::Borrowed(quoted));
    }
    let written = serialize_item(item);
    let written = written.map_err(|_| ComponentError::Malformed("?".to_owned()))?;
    Ok(Text::Owned(written))
}

fn name_of(name: &Text) -> Result<Name, ComponentError> {
    Ok(match name.as_ref() {
        "@method" => Name::Method,
        "@target-uri" => Name::TargetUri,
        "@authority" => Name::Authority,
        "@scheme" => Name::Scheme,
        "@request-target" => Name::RequestTarget,
        "@path" => Name::Path,
        "@query" => Name::Query,
        "@query-param" => Name::QueryParam(String::new()),
        "@status" => Name::Status,
        _ if name.starts_with('@') => return Err(ComponentError::Unknown(name.to_string())),
        _ if name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            return Err(ComponentError::NotLowerCase(name.to_string()));
        }
        _ if name.is_empty() => return Err(ComponentError::Malformed(String::new())),
        _ => Name::Field(name.clone()),
    })
}
