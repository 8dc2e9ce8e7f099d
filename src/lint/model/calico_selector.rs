//! Calico's selectors: the grammar of `libcalico-go/lib/selector`, read whole or refused.
//!
//! A selector looks at the labels of whatever Calico knows: pods, sets of addresses, hosts. One of namespaces or of
//! accounts is one of the same things by the labels that they inherit, `pcns.KEY` and `pcsa.KEY`.

/// What a selector asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression<'a> {
    /// Everything.
    All,
    /// The label exists.
    Has(Key<'a>),
    /// The label has one of these values.
    In(Key<'a>, Vec<&'a str>),
    /// The label's value holds this, starts or ends with it.
    Like(Key<'a>, Part, &'a str),
    /// The contrary.
    Not(Box<Self>),
    /// All of these.
    And(Vec<Self>),
    /// Any of these.
    Or(Vec<Self>),
}

/// Where in a value a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Anywhere.
    Anywhere,
    /// At its start.
    Start,
    /// At its end.
    End,
}

impl Part {
    /// Whether a value has the text there.
    pub fn is_in(self, value: &str, text: &str) -> bool {
        match self {
            Self::Anywhere => value.contains(text),
            Self::Start => value.starts_with(text),
            Self::End => value.ends_with(text),
        }
    }
}

/// A label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    /// Whose it is.
    pub owner: Owner,
    /// Its name.
    pub name: &'a str,
}

/// Whose label it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Of the pod, set or host itself.
    Itself,
    /// Of its namespace.
    Namespace,
    /// Of its service account.
    Account,
}

/// The label that Calico gives to whatever is in a namespace.
pub const NAMESPACE: &str = "projectcalico.org/namespace";
/// The label of a pod that names its service account.
pub const ACCOUNT: &str = "projectcalico.org/serviceaccount";
/// The label of a namespace or account that names it.
pub const NAME: &str = "projectcalico.org/name";

/// How deep parentheses may stand in one another, and how many operators a selector may have.
const MAX_DEPTH: usize = 64;
const MAX_TERMS: usize = 4096;

impl<'a> Expression<'a> {
    /// Reads a selector; one without any text means everything.
    ///
    /// # Errors
    /// Says what Calico would refuse about it.
    pub fn parse(text: &'a str, owner: Owner) -> Result<Self, String> {
        let mut parser = Parser {
            rest: text,
            owner,
            terms: 0,
        };
        parser.skip();
        if parser.rest.is_empty() {
            return Ok(Self::All);
        }
        let expression = parser.any(0)?;
        if parser.rest.is_empty() {
            Ok(expression)
        } else {
            Err(format!("`{}` stands after its end", parser.near()))
        }
    }

    /// Every label that it looks at.
    pub fn keys(&self) -> Vec<Key<'a>> {
        match self {
            Self::All => Vec::new(),
            Self::Has(key) | Self::In(key, _) | Self::Like(key, ..) => vec![*key],
            Self::Not(inner) => inner.keys(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::keys).collect(),
        }
    }

    /// What `projectcalico.org/namespace` is asked for.
    pub fn namespace(name: &'a str) -> Self {
        let key = Key {
            owner: Owner::Itself,
            name: NAMESPACE,
        };
        Self::In(key, vec![name])
    }

    fn in_a_namespace() -> Self {
        Self::Has(Key {
            owner: Owner::Itself,
            name: NAMESPACE,
        })
    }
}

struct Parser<'a> {
    rest: &'a str,
    owner: Owner,
    terms: usize,
}

impl<'a> Parser<'a> {
    fn skip(&mut self) {
        // No other space: a line break is an error to Calico.
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn near(&self) -> String {
        self.rest.chars().take(20).collect()
    }

    /// Takes a token, and the blanks after it.
    fn takes(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                self.skip();
                true
            }
            None => false,
        }
    }

    fn wants(&mut self, token: &str) -> Result<(), String> {
        match self.takes(token) {
            true => Ok(()),
            false => Err(format!("`{token}` is due before `{}`", self.near())),
        }
    }

    fn any(&mut self, depth: usize) -> Result<Expression<'a>, String> {
        let mut parts = vec![self.every(depth)?];
        while self.takes("||") {
            parts.push(self.every(depth)?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn every(&mut self, depth: usize) -> Result<Expression<'a>, String> {
        let mut parts = vec![self.term(depth)?];
        while self.takes("&&") {
            parts.push(self.term(depth)?);
        }
        Ok(one_or(parts, Expression::And))
    }

    fn term(&mut self, depth: usize) -> Result<Expression<'a>, String> {
        self.terms += 1;
        if depth > MAX_DEPTH || self.terms > MAX_TERMS {
            return Err("it is too long or too deep to be read".to_owned());
        }
        let mut is_negated = false;
        while !self.rest.starts_with("!=") && self.takes("!") {
            is_negated = !is_negated;
        }
        let positive = if self.takes("(") {
            let inner = self.any(depth + 1)?;
            self.wants(")")?;
            inner
        } else if self.takes("has(") {
            let key = self.key()?;
            self.wants(")")?;
            Expression::Has(key)
        } else if self.takes("all(") {
            self.wants(")")?;
            // A selector of namespaces means what is in one; `global()` of anything else means everything too.
            match self.owner {
                Owner::Namespace => Expression::in_a_namespace(),
                _ => Expression::All,
            }
        } else if self.takes("global(") {
            self.wants(")")?;
            match self.owner {
                Owner::Namespace => Expression::Not(Box::new(Expression::in_a_namespace())),
                _ => Expression::All,
            }
        } else {
            self.comparison()?
        };
        Ok(if is_negated {
            Expression::Not(Box::new(positive))
        } else {
            positive
        })
    }

    fn comparison(&mut self) -> Result<Expression<'a>, String> {
        let key = self.key()?;
        let not = |expression| Expression::Not(Box::new(expression));
        if self.takes("==") {
            return Ok(Expression::In(key, vec![self.text()?]));
        }
        // A label that is absent is unequal to every value.
        if self.takes("!=") {
            return Ok(not(Expression::In(key, vec![self.text()?])));
        }
        if self.takes("contains") {
            return Ok(Expression::Like(key, Part::Anywhere, self.text()?));
        }
        for (word, part) in [("starts", Part::Start), ("ends", Part::End)] {
            if self.takes(word) {
                self.wants("with")?;
                return Ok(Expression::Like(key, part, self.text()?));
            }
        }
        if self.takes("not") {
            self.wants("in")?;
            return Ok(not(Expression::In(key, self.set()?)));
        }
        if self.takes("in") {
            return Ok(Expression::In(key, self.set()?));
        }
        Err(format!("an operator is due before `{}`", self.near()))
    }

    fn key(&mut self) -> Result<Key<'a>, String> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.len() > 512 {
            return Err(format!("a label is due before `{}`", self.near()));
        }
        self.rest = rest;
        self.skip();
        let inherited = [("pcns.", Owner::Namespace), ("pcsa.", Owner::Account)];
        let inherited = inherited.into_iter().find_map(|(prefix, owner)| {
            let name = name.strip_prefix(prefix)?;
            (self.owner == Owner::Itself).then_some(Key { owner, name })
        });
        Ok(inherited.unwrap_or(Key {
            owner: self.owner,
            name,
        }))
    }

    /// A text in quotes of either kind; there is no escape.
    fn text(&mut self) -> Result<&'a str, String> {
        for mark in ['"', '\''] {
            if let Some(rest) = self.rest.strip_prefix(mark) {
                let (text, rest) = rest.split_once(mark).ok_or("a text has no end")?;
                self.rest = rest;
                self.skip();
                return Ok(text);
            }
        }
        Err(format!("a text in quotes is due before `{}`", self.near()))
    }

    /// `{'a', 'b'}`: it may be empty, and a comma may stand at its end.
    fn set(&mut self) -> Result<Vec<&'a str>, String> {
        self.wants("{")?;
        let mut values = Vec::new();
        while self.rest.starts_with(['"', '\'']) {
            values.push(self.text()?);
            if !self.takes(",") {
                break;
            }
        }
        self.wants("}")?;
        Ok(values)
    }
}

fn one_or<'a>(
    mut parts: Vec<Expression<'a>>,
    join: fn(Vec<Expression<'a>>) -> Expression<'a>,
) -> Expression<'a> {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            join(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_calico_refuses_is_refused() {
        for text in [
            "app",
            "app =",
            "app = 'x'",
            "app == x",
            "app == 'x",
            "'x' == app",
            "app == 'x' &&",
            "&& app == 'x'",
            "app == 'x' & app == 'y'",
            "(app == 'x'",
            "app == 'x')",
            "has()",
            "has(app",
            "all",
            "all(x)",
            "app in 'x'",
            "app in {x}",
            "app in {'x' 'y'}",
            "app in {'x'",
            "app not {'x'}",
            "app starts 'x'",
            "app\n== 'x'",
            "app == 'x'\n",
            "app == 'x' app == 'y'",
            "äpp == 'x'",
            "!",
        ] {
            assert!(Expression::parse(text, Owner::Itself).is_err(), "{text}");
        }
        let deep = "(".repeat(100_000);
        assert!(Expression::parse(&deep, Owner::Itself).is_err());
        let long = "has(a)||".repeat(100_000) + "has(a)";
        assert!(Expression::parse(&long, Owner::Itself).is_err());
    }

    #[test]
    fn words_bind_as_calico_binds_them() {
        let own = |name| Key {
            owner: Owner::Itself,
            name,
        };
        let parse = |text| Expression::parse(text, Owner::Itself).unwrap();
        let not = |inner| Expression::Not(Box::new(inner));
        assert_eq!(parse("  "), Expression::All);
        assert_eq!(parse("global()"), Expression::All);
        assert_eq!(
            parse("has(a) || has(b) && !has( c )"),
            Expression::Or(vec![
                Expression::Has(own("a")),
                Expression::And(vec![
                    Expression::Has(own("b")),
                    not(Expression::Has(own("c")))
                ]),
            ])
        );
        assert_eq!(parse("!!has(a)"), Expression::Has(own("a")));
        assert_eq!(
            parse("a!=\"it's\""),
            not(Expression::In(own("a"), vec!["it's"]))
        );
        assert_eq!(parse("has == 'a'"), Expression::In(own("has"), vec!["a"]));
        assert_eq!(
            parse("a notin{'x', \"y\",}"),
            not(Expression::In(own("a"), vec!["x", "y"]))
        );
        assert_eq!(parse("a in {}"), Expression::In(own("a"), vec![]));
        assert_eq!(
            parse("pcns.env starts with 'p'"),
            Expression::Like(
                Key {
                    owner: Owner::Namespace,
                    name: "env"
                },
                Part::Start,
                "p"
            )
        );
        assert_eq!(
            Expression::parse("global()", Owner::Namespace).unwrap(),
            not(Expression::Has(own(NAMESPACE)))
        );
    }
}
