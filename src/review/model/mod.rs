//! Who has what: identities, accounts, grants; each fact with the source and row it came from.
//!
//! The types here serve the quick look of `review run`. [`facts`] is what one export says, and [`population`] is what a
//! campaign reviews.

pub mod facts;
pub mod population;

use std::sync::Arc;

use crate::kernel::arrange::Arrange as _;
use crate::kernel::finding::Location;
use crate::kernel::source::{Source, Span};
use crate::kernel::time::Timestamp;

/// Where a fact came from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The export.
    pub source: Arc<Source>,
    /// The cell that names the row's subject.
    pub span: Span,
    /// The line in which the row begins, from 1.
    pub line: usize,
}

impl Origin {
    /// The place, for a finding.
    pub fn location(&self, label: impl Into<String>) -> Location {
        Location {
            source: Arc::clone(&self.source),
            span: self.span,
            label: label.into(),
        }
    }
}

/// A time in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    /// The cell is empty or says that it does not know.
    #[default]
    Empty,
    /// The export says that it never happened.
    Never,
    /// A day, from its first second in UTC.
    Day(Timestamp),
    /// A point in time.
    At(Timestamp),
    /// Something is there, but it is not a time.
    Unreadable,
}

impl When {
    /// As one number, for the store: twice the second, plus one for a whole day; negative where there is no time. Times
    /// before 1970 do not occur in access data and count as unreadable.
    pub fn code(self) -> i64 {
        match self {
            Self::Empty => -1,
            Self::Never => -2,
            Self::Unreadable => -3,
            Self::Day(time) if time.unix() >= 0 => time.unix() * 2 + 1,
            Self::At(time) if time.unix() >= 0 => time.unix() * 2,
            Self::Day(_) | Self::At(_) => -3,
        }
    }

    /// From its number.
    pub fn from_code(code: i64) -> Self {
        match code {
            -1 => Self::Empty,
            -2 => Self::Never,
            _ => match Timestamp::from_unix(code / 2) {
                Some(time) if code >= 0 && code % 2 == 1 => Self::Day(time),
                Some(time) if code >= 0 => Self::At(time),
                _ => Self::Unreadable,
            },
        }
    }

    /// The later of two; a time beats the absence of one, and an unreadable one beats `never`.
    #[must_use]
    pub fn latest(self, other: Self) -> Self {
        let rank = |when: Self| match when {
            Self::Empty => (0, None),
            Self::Never => (1, None),
            Self::Unreadable => (2, None),
            Self::Day(time) | Self::At(time) => (3, Some(time)),
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }

    /// The (first) second meant.
    pub fn time(self) -> Option<Timestamp> {
        match self {
            Self::Day(time) | Self::At(time) => Some(time),
            Self::Empty | Self::Never | Self::Unreadable => None,
        }
    }

    /// The moment after: a day is over when it ends.
    pub fn end(self) -> Option<Timestamp> {
        match self {
            Self::Day(time) => Some(time.plus(std::time::Duration::from_secs(86_400))),
            other => other.time(),
        }
    }

    /// As it is written in reports.
    pub fn text(self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Never => "never".to_owned(),
            Self::Day(time) => time.day(),
            Self::At(time) => time.to_string(),
            Self::Unreadable => "unreadable".to_owned(),
        }
    }
}

/// Yes, no, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Truth {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The export does not say.
    #[default]
    Unknown,
}

impl Truth {
    /// All of them, in the order of their codes in the store.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Unknown];

    /// What it says, if it says something.
    pub fn known(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::Unknown => None,
        }
    }

    /// Of a yes or no that may be absent.
    pub fn of(value: Option<bool>) -> Self {
        match value {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown,
        }
    }

    /// As it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// A second factor, from the weakest statement to the strongest factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Mfa {
    /// The export does not say.
    #[default]
    Unknown,
    /// No second factor.
    None,
    /// There is one, but which is not said.
    Unspecified,
    /// A message or a call.
    Sms,
    /// A one-time password.
    Otp,
    /// A push notification.
    Push,
    /// FIDO2, which withstands phishing.
    Fido2,
}

impl Mfa {
    /// All of them, in the order of their codes in the store.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::None,
        Self::Unspecified,
        Self::Sms,
        Self::Otp,
        Self::Push,
        Self::Fido2,
    ];

    /// As it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::None => "none",
            Self::Unspecified => "unspecified",
            Self::Sms => "sms",
            Self::Otp => "otp",
            Self::Push => "push",
            Self::Fido2 => "fido2",
        }
    }
}

/// What sort of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// The export does not say; rules treat it as a person's.
    #[default]
    Unknown,
    /// A person's.
    Human,
    /// A program's.
    Service,
    /// Of someone from outside.
    Guest,
    /// Of several people.
    Shared,
    /// For emergencies.
    Breakglass,
}

impl Kind {
    /// All of them, in the order of their codes in the store.
    pub const ALL: [Self; 6] = [
        Self::Unknown,
        Self::Human,
        Self::Service,
        Self::Guest,
        Self::Shared,
        Self::Breakglass,
    ];

    /// As it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Human => "human",
            Self::Service => "service",
            Self::Guest => "guest",
            Self::Shared => "shared",
            Self::Breakglass => "breakglass",
        }
    }
}

/// Whether someone works here, as the roster puts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Employment {
    /// Yes, also on leave.
    Active,
    /// Not any more.
    Left,
    /// Not yet.
    Pending,
    /// The roster does not say.
    #[default]
    Unknown,
}

impl Employment {
    /// All of them, in the order of their codes in the store.
    pub const ALL: [Self; 4] = [Self::Active, Self::Left, Self::Pending, Self::Unknown];

    /// As it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Left => "left",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
        }
    }
}

/// A person on the roster.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The roster's own id.
    pub employee_id: Option<String>,
    /// The name; never joined on.
    pub name: String,
    /// The work address.
    pub email: Option<String>,
    /// The department.
    pub department: String,
    /// The title.
    pub title: String,
    /// The manager as the roster gives it: an id, an address, or a name.
    pub manager: String,
    /// Whether the person works here.
    pub status: Employment,
    /// The first day.
    pub started: When,
    /// The last day.
    pub ended: When,
    /// Where it was read.
    pub origin: Origin,
}

impl Identity {
    /// The person in words: name and id, or what there is of them.
    pub fn label(&self) -> String {
        let id = self.employee_id.as_deref().or(self.email.as_deref());
        match (self.name.as_str(), id) {
            ("", id) => id.unwrap_or("?").to_owned(),
            (name, Some(id)) => format!("{name} ({id})"),
            (name, None) => name.to_owned(),
        }
    }
}

/// An entitlement that an account holds, and all that its row says.
#[derive(Debug, Clone)]
pub struct Grant {
    /// What may be done: a role, a group, a permission.
    pub entitlement: String,
    /// Whether it is privileged.
    pub privileged: Truth,
    /// When it was granted.
    pub granted: When,
    /// When it was used last.
    pub last_used: When,
    /// Whether the account is enabled.
    pub enabled: Truth,
    /// The account's second factor.
    pub mfa: Mfa,
    /// The account's kind.
    pub kind: Kind,
    /// When the account's key was made.
    pub key_created: When,
    /// When the account's key was changed last.
    pub key_rotated: When,
    /// The account's address.
    pub email: Option<String>,
    /// The account's employee id.
    pub employee_id: Option<String>,
    /// Who answers for the account: an id or an address.
    pub owner: Option<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// An account in a system, with its grants. It has at least one.
#[derive(Debug, Clone)]
pub struct Account {
    /// The system.
    pub system: String,
    /// The account's name there.
    pub name: String,
    /// What it holds, in the export's order.
    pub grants: Vec<Grant>,
    /// Whose it is.
    pub person: Join,
    /// Who answers for it, where an owner is named.
    pub owner: Join,
}

impl Account {
    /// The account in words.
    pub fn label(&self) -> String {
        format!("{}/{}", self.system, self.name)
    }

    /// The account's kind; unknown where rows disagree, so that no rule is passed by for it.
    pub fn kind(&self) -> Kind {
        let kinds = self.grants.iter().map(|grant| grant.kind);
        let mut said = kinds.filter(|kind| *kind != Kind::Unknown);
        match said.next() {
            Some(kind) if said.all(|other| other == kind) => kind,
            _ => Kind::Unknown,
        }
    }

    /// Whether it is enabled: no only where every row that says something says no.
    pub fn enabled(&self) -> Truth {
        let says = |truth| self.grants.iter().any(|grant| grant.enabled == truth);
        match (says(Truth::Yes), says(Truth::No)) {
            (true, _) => Truth::Yes,
            (false, true) => Truth::No,
            (false, false) => Truth::Unknown,
        }
    }
}

/// Whose something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Join {
    /// A person: the index in [`Population::identities`].
    Person {
        /// The index.
        index: usize,
        /// What it was joined by, in words.
        by: &'static str,
    },
    /// Nobody on the roster.
    Nobody {
        /// What was looked for, in words.
        why: String,
    },
    /// It cannot be said.
    Unclear {
        /// Why not, in words.
        why: String,
    },
    /// The export names no one.
    NotNamed,
}

/// Everyone and everything under review.
#[derive(Debug, Default)]
pub struct Population {
    /// The roster.
    pub identities: Vec<Identity>,
    /// The accounts, by system and name.
    pub accounts: Vec<Account>,
}

impl Population {
    /// The systems, each once, in order.
    pub fn systems(&self) -> Vec<&str> {
        let mut systems: Vec<&str> = self.accounts.iter().map(|a| a.system.as_str()).collect();
        systems.arrange();
        systems.dedup();
        systems
    }

    /// How many grants all accounts hold.
    pub fn grants(&self) -> usize {
        self.accounts
            .iter()
            .map(|account| account.grants.len())
            .sum()
    }

    /// The person of a join.
    pub fn person(&self, join: &Join) -> Option<&Identity> {
        match join {
            Join::Person { index, .. } => self.identities.get(*index),
            _ => None,
        }
    }
}
