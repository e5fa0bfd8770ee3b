//! The sentences of `web/i18n`, for what the server writes itself.

use std::collections::HashMap;
use std::sync::LazyLock;

use accounts::Locale;
use axum::http::{HeaderMap, header};

type Sentences = HashMap<String, String>;

static ENGLISH: LazyLock<Sentences> = LazyLock::new(|| read(include_str!("../../../web/i18n/en.json")));
static KOREAN: LazyLock<Sentences> = LazyLock::new(|| read(include_str!("../../../web/i18n/ko.json")));

fn read(json: &str) -> Sentences {
    // What is missing is shown by its name; a test sees to it that the file can be read.
    serde_json::from_str(json).unwrap_or_default()
}

/// A language a page or a ticket is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Korean,
}

impl From<Locale> for Language {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::En => Self::English,
            Locale::Ko => Self::Korean,
        }
    }
}

impl Language {
    /// The one asked for by the address, else the browser's, else English.
    pub(crate) fn of(asked: Option<&str>, headers: &HeaderMap) -> Self {
        let browser = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        match asked.or(browser) {
            Some(text) if text.trim_start().to_ascii_lowercase().starts_with("ko") => Self::Korean,
            _ => Self::English,
        }
    }

    /// As in `lang="…"`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::English => Self::Korean,
            Self::Korean => Self::English,
        }
    }

    /// A sentence without anything to fill in.
    pub(crate) fn say(self, key: &str) -> String {
        self.fill(key, &[])
    }

    /// A sentence about so many.
    pub(crate) fn count(self, key: &str, count: u64) -> String {
        let form = if count == 1 { "one" } else { "other" };
        let plural = format!("{key}#{form}");
        let key = if self.sentences().contains_key(&plural) { &plural } else { key };
        self.fill(key, &[("count", &grouped(count))])
    }

    /// A sentence with its parts filled in.
    pub(crate) fn fill(self, key: &str, parts: &[(&str, &str)]) -> String {
        let mut sentence = self.sentences().get(key).cloned().unwrap_or_else(|| key.to_owned());
        for (name, value) in parts {
            sentence = sentence.replace(&format!("{{{name}}}"), value);
        }
        sentence
    }

    /// A sentence, if there is one.
    pub(crate) fn find(self, key: &str) -> Option<String> {
        self.sentences().get(key).cloned()
    }

    fn sentences(self) -> &'static Sentences {
        match self {
            Self::English => &ENGLISH,
            Self::Korean => &KOREAN,
        }
    }
}

/// A number with its thousands apart, as both languages write it.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Text as it stands in HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_there_in_both_languages() {
        for key in ["plain.title", "plain.refreshes", "plain.buy", "waiting.title", "lobby.join"] {
            assert_ne!(Language::English.say(key), key);
            assert_ne!(Language::Korean.say(key), key);
        }
        assert!(Language::English.count("waiting.ahead", 1).starts_with("person"));
        assert!(Language::English.count("waiting.ahead", 2).starts_with("people"));
        assert!(Language::English.count("waiting.at_most", 1_234).contains("1,234"));
    }

    #[test]
    fn the_language_is_the_readers() {
        let mut headers = HeaderMap::new();
        assert_eq!(Language::of(None, &headers), Language::English);
        headers.insert(header::ACCEPT_LANGUAGE, header::HeaderValue::from_static("ko-KR,ko;q=0.9,en;q=0.8"));
        assert_eq!(Language::of(None, &headers), Language::Korean);
        assert_eq!(Language::of(Some("en"), &headers), Language::English);
    }

    #[test]
    fn nothing_of_a_text_becomes_html() {
        assert_eq!(escaped("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
        assert_eq!((grouped(0), grouped(999), grouped(1_000_000)), ("0".into(), "999".into(), "1,000,000".into()));
    }
}
