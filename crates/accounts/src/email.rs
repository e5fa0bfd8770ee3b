//! E-mail addresses: which are accepted, and the one way each is written.

use crate::limits::{EMAIL_BYTES_MAX, EMAIL_LOCAL_BYTES_MAX};

/// A valid address in its normal form: trimmed and in lower case.
///
/// Lower case for the part before the @ too: no mailbox provider in use tells `Kim@` from `kim@`, people do not
/// either, and two accounts for one person would be two places in line.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    /// Reads an address by the rule of HTML's `input type=email`: ASCII, one @, a domain of letters, digits and
    /// hyphens. An international domain comes in its ASCII form, as browsers send it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let normal = normalise(text);
        let (local, domain) = normal.rsplit_once('@')?;
        let fits = normal.len() <= EMAIL_BYTES_MAX && local.len() <= EMAIL_LOCAL_BYTES_MAX;
        (fits && is_local(local) && domain.split('.').all(is_label)).then_some(Self(normal))
    }

    /// The whole address.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the @, without a `+tag`.
    pub(crate) fn mailbox(&self) -> &str {
        self.0.split(['@', '+']).next().unwrap_or_default()
    }
}

/// The normal form of any text, whether it is an address or not.
pub(crate) fn normalise(text: &str) -> String {
    text.trim().to_lowercase()
}

fn is_local(local: &str) -> bool {
    !local.is_empty()
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Email::parse(text).map(|email| email.as_str().to_owned())
    }

    #[test]
    fn an_address_has_one_normal_form() {
        assert_eq!(parsed("  Min-Ji.Kim+Onsale@Example.COM\n").as_deref(), Some("min-ji.kim+onsale@example.com"));
        assert_eq!(parsed("op@localhost").as_deref(), Some("op@localhost"));
        assert_eq!(
            Email::parse("minji+onsale@example.com").map(|email| email.mailbox().to_owned()).as_deref(),
            Some("minji")
        );
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in ["", "@", "a@", "@b", "a b@c.d", "a@b..c", "a@-b.c", "a@b-.c", "a@b@c", "김@example.com", "a@b.c\0"]
        {
            assert_eq!(parsed(text), None, "{text:?}");
        }
        assert_eq!(parsed(&format!("{}@example.com", "a".repeat(65))), None);
        assert!(parsed(&format!("{}@example.com", "a".repeat(64))).is_some());
        assert_eq!(parsed(&format!("a@{}", vec!["b".repeat(63); 4].join("."))), None, "255 bytes and more");
    }
}
