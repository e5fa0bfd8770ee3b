//! Passwords: a wrapper nothing can print, and the rules a new one must keep.

use std::collections::HashSet;
use std::hint::black_box;
use std::mem;
use std::sync::LazyLock;

use domain::Problem;
use domain::limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use serde::{Deserialize, Deserializer};

use crate::email::Email;
use crate::limits::EMAIL_IN_PASSWORD_CHARS_MIN;
use crate::problems;

/// A password in clear. It has no `Debug`, `Display`, `Clone` or `Serialize`, so that it cannot reach a log, and is
/// overwritten when dropped.
pub struct Password(String);

impl Password {
    /// Wraps a password as it was typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether no account can have it, because it is longer than any accepted one.
    pub(crate) fn is_too_long(&self) -> bool {
        self.0.chars().nth(PASSWORD_CHARS_MAX).is_some()
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        let mut bytes = mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        black_box(&bytes);
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// Checks a new password: its length, that it is not common, and that it does not contain the owner's e-mail name.
/// There are no rules on kinds of characters: they make passwords easier to guess, not harder (NIST SP 800-63B).
pub(crate) fn check_password(password: &Password, email: &Email) -> Result<(), Problem> {
    if password.0.chars().count() < PASSWORD_CHARS_MIN {
        return Err(problems::password_too_short());
    }
    if password.is_too_long() {
        return Err(problems::password_too_long());
    }
    let lower = password.0.to_lowercase();
    if is_common(&lower) {
        return Err(problems::password_too_common());
    }
    let mailbox = email.mailbox();
    if mailbox.len() >= EMAIL_IN_PASSWORD_CHARS_MIN && lower.contains(mailbox) {
        return Err(problems::password_names_email());
    }
    Ok(())
}

/// Whole passwords of at least the minimum length, from the lists of the most used ones; lower case, one a line.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());
/// Words that people lengthen with digits and signs to satisfy a form; lower case, one a line.
static COMMON_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("common_words.txt").lines().collect());

fn is_common(lower: &str) -> bool {
    COMMON.contains(lower) || has_few_characters(lower) || is_sequence(lower) || is_lengthened_word(lower)
}

/// `aaaaaaaaaa`, `1212121212`, `abcabcabcabc`.
fn has_few_characters(lower: &str) -> bool {
    lower.chars().collect::<HashSet<_>>().len() < 4
}

/// `abcdefghij`, `9876543210`, `1234567890`: every character follows the one before it, up or down.
fn is_sequence(lower: &str) -> bool {
    let follows = |a: u8, b: u8| b == a.wrapping_add(1) || (a, b) == (b'9', b'0');
    let pairs = || lower.as_bytes().windows(2).map(|pair| (pair[0], pair[1]));
    pairs().all(|(a, b)| follows(a, b)) || pairs().all(|(a, b)| follows(b, a))
}

/// `Password2026!`, `123qwerty123`, `p@ssw0rd!!`: a common word, perhaps in leet, between digits and signs.
fn is_lengthened_word(lower: &str) -> bool {
    let trimmed = lower.trim_matches(|c: char| !c.is_alphabetic() && !matches!(c, '@' | '$'));
    let plain: String = lower.chars().map(unleet).collect();
    let bare = plain.trim_matches(|c: char| !c.is_alphabetic());
    let unleeted: String = trimmed.chars().map(unleet).collect();
    COMMON_WORDS.contains(trimmed) || COMMON_WORDS.contains(unleeted.as_str()) || COMMON_WORDS.contains(bare)
}

fn unleet(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str) -> Option<&'static str> {
        #[expect(clippy::unwrap_used, reason = "test")]
        let email = Email::parse("minji.kim+seats@example.com").unwrap();
        check_password(&Password::new(password), &email).err().map(|problem| problem.code)
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(code("ninechars"), Some("password_too_short"));
        assert_eq!(code("가나다라마바사아자"), Some("password_too_short"), "27 bytes, 9 characters");
        assert_eq!(code("가나다라마바사아자차"), None);
        assert_eq!(code(&"a1b2c3d4".repeat(16)), None, "128 characters");
        assert_eq!(code(&format!("{}x", "a1b2c3d4".repeat(16))), Some("password_too_long"));
    }

    #[test]
    fn a_password_people_guess_first_is_refused() {
        for password in [
            "1234567890",
            "0987654321",
            "abcdefghijk",
            "aaaaaaaaaaaa",
            "1212121212",
            "abcabcabcabc",
            "qwertyuiop",
            "Password123",
            "P@ssw0rd2026!",
            "iloveyou!!!!!",
            "123qwerty123",
            "Onsale2026!",
            "1q2w3e4r5t6y",
        ] {
            assert_eq!(code(password), Some("password_too_common"), "{password}");
        }
        for password in ["correct horse battery staple", "vier-alte-Seile", "kaCh9ookie2ohp", "9071 4482 16"] {
            assert_eq!(code(password), None, "{password}");
        }
    }

    #[test]
    fn a_password_does_not_contain_the_owners_e_mail_name() {
        assert_eq!(code("xxMinji.Kim-88!"), Some("password_too_common"));
        assert_eq!(code("xxseats-88-and-more"), None, "the tag is not the name");
    }

    #[test]
    fn the_list_of_common_passwords_is_useful() {
        let lines: Vec<&str> = include_str!("common_passwords.txt").lines().collect();
        assert!(lines.len() >= 300, "{} lines", lines.len());
        assert_eq!(COMMON.len(), lines.len(), "a line occurs twice");
        for line in lines {
            assert!(line.chars().count() >= PASSWORD_CHARS_MIN, "{line} is refused by its length already");
            assert_eq!(line, line.to_lowercase(), "{line} never matches");
        }
    }
}
