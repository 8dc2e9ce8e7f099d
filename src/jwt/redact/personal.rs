//! Which claims are personal, and what takes the place of their values.

use super::Redactor;
use crate::kernel::crypto::hex;

/// Names of personal claims and session handles, lower case, without `_`, `-` and a prefix before `:` or `/`. Sorted.
const NAMES: &[&str] = &[
    "accountname",
    "address",
    "altsecid",
    "birthdate",
    "birthday",
    "birthplace",
    "clientip",
    "commonname",
    "country",
    "countrycode",
    "dateofbirth",
    "deviceid",
    "dob",
    "displayname",
    "email",
    "emailaddress",
    "emails",
    "emailverifiedby",
    "employeeid",
    "employeenumber",
    "externalid",
    "familyname",
    "firstname",
    "formatted",
    "fullname",
    "gender",
    "givenname",
    "host",
    "identities",
    "ip",
    "ipaddr",
    "ipaddress",
    "ipv4",
    "ipv6",
    "lastname",
    "locality",
    "login",
    "loginhint",
    "mail",
    "middlename",
    "mobile",
    "mobilephone",
    "msisdn",
    "name",
    "nameid",
    "nationalities",
    "nationality",
    "nickname",
    "oid",
    "onpremsid",
    "passport",
    "personalnumber",
    "phone",
    "phonenumber",
    "photo",
    "picture",
    "postalcode",
    "preferredusername",
    "primarysid",
    "profile",
    "puid",
    "region",
    "remoteaddress",
    "samaccountname",
    "sessionid",
    "sessionstate",
    "sid",
    "socialsecuritynumber",
    "ssn",
    "streetaddress",
    "sub",
    "surname",
    "taxid",
    "telephone",
    "tn",
    "uid",
    "uniquename",
    "upn",
    "useremail",
    "userid",
    "userip",
    "username",
    "userprincipalname",
    "website",
    "winaccountname",
    "zip",
    "zipcode",
];

/// Whether the claim of this name is about a person.
pub(super) fn is_personal(name: &str) -> bool {
    let bare = name.rsplit([':', '/']).next().unwrap_or(name);
    let bare: String = bare
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | ' ' | '.'))
        .flat_map(char::to_lowercase)
        .collect();
    NAMES.contains(&bare.as_str())
}

/// Whether a value is an e-mail or network address, whatever its name. Issuer and audience stay as they are.
pub(super) fn looks_personal(name: &str, text: &str) -> bool {
    !matches!(name, "iss" | "aud") && (is_email(text) || text.parse::<std::net::IpAddr>().is_ok())
}

fn is_email(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric();
    text.split_once('@').is_some_and(|(user, domain)| {
        user.ends_with(plain) && domain.starts_with(plain) && domain.contains('.')
    })
}

impl Redactor {
    /// What stands for a personal text: of the same shape, and never a real address.
    pub(super) fn pseudonym(&self, name: &str, text: &str) -> String {
        let mark = hex(self.stand_in(text).get(..6).unwrap_or_default());
        if text.is_empty() {
            return String::new();
        }
        if is_email(text) {
            return format!("redacted-{mark}@redacted.invalid");
        }
        if is_uuid(text) {
            return format!("00000000-0000-4000-8000-{mark}");
        }
        if text.parse::<std::net::IpAddr>().is_ok() {
            // RFC 3849: the range of documentation.
            let (a, b) = mark.split_at(4);
            return format!("2001:db8::{a}:{}", b.get(..4).unwrap_or_default());
        }
        if text.starts_with('+') && text.chars().skip(1).all(|c| c.is_ascii_digit() || c == ' ') {
            return format!("+000{}", self.digits("0000000000"));
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return format!("{scheme}://redacted.invalid/{mark}");
        }
        let kind = |at: &usize| {
            let kind = text.get(..*at).unwrap_or_default();
            kind.len() <= 24
                && kind.starts_with(|c: char| c.is_ascii_alphabetic())
                && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        // `service:…`, `auth0|…`: the kind of subject is structure. A name never is.
        let at = text.find([':', '|']).filter(|_| name == "sub").filter(kind);
        let prefix = at.and_then(|at| text.get(..=at)).unwrap_or_default();
        format!("{prefix}redacted-{mark}")
    }

    /// As many digits as a number has, so that it stays a number.
    pub(super) fn digits(&self, number: &str) -> String {
        let bytes = self.stand_in(number);
        let count = number
            .bytes()
            .filter(u8::is_ascii_digit)
            .count()
            .clamp(1, 18);
        let digits = bytes.iter().take(count);
        let text: String = digits.map(|byte| char::from(b'1' + byte % 9)).collect();
        text
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
