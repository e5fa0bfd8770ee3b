//! Names people typed: trimmed, of a bounded length, and without characters that hide or reorder others.

use std::fmt;

use domain::Problem;

/// Characters of a name shown to fans.
pub(crate) const NAME_CHARS_MAX: usize = 200;

/// Characters of a description shown to fans.
const DESCRIPTION_CHARS_MAX: usize = 5_000;

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Empty,
    TooLong,
    Unprintable,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("This must not be empty."),
            Self::TooLong => write!(f, "This has more than {NAME_CHARS_MAX} characters."),
            Self::Unprintable => f.write_str("This holds a control character."),
        }
    }
}

/// The text without white space around it.
pub(crate) fn clean(text: &str) -> Result<&str, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    if text.chars().nth(NAME_CHARS_MAX).is_some() {
        return Err(Fault::TooLong);
    }
    if text.chars().any(unprintable) {
        return Err(Fault::Unprintable);
    }
    Ok(text)
}

/// The name at `pointer` of a request.
pub(crate) fn name(text: &str, pointer: &str) -> Result<String, Problem> {
    clean(text).map(str::to_owned).map_err(|fault| Problem::new("name_invalid", fault.to_string()).at(pointer))
}

/// The text at `pointer` of a request: trimmed, with line breaks.
pub(crate) fn description(text: &str, pointer: &str) -> Result<String, Problem> {
    let text = text.trim().replace("\r\n", "\n");
    let wrong = |sentence: String| Err(Problem::new("description_invalid", sentence).at(pointer));
    if text.chars().nth(DESCRIPTION_CHARS_MAX).is_some() {
        return wrong(format!("This has more than {DESCRIPTION_CHARS_MAX} characters."));
    }
    if text.chars().any(|it| it != '\n' && unprintable(it)) {
        return wrong("This holds a control character.".to_owned());
    }
    Ok(text)
}

/// Control characters, and those that turn the direction of the text after them: a ticket must read as stored.
fn unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_counted_in_characters() {
        assert_eq!(clean("  Großer Saal "), Ok("Großer Saal"));
        assert_eq!(clean(&"화".repeat(NAME_CHARS_MAX)), Ok("화".repeat(NAME_CHARS_MAX).as_str()));
        assert_eq!(clean(&"x".repeat(NAME_CHARS_MAX + 1)), Err(Fault::TooLong));
    }

    #[test]
    fn a_name_that_hides_something_is_refused() {
        assert_eq!(clean(" \n "), Err(Fault::Empty));
        assert_eq!(clean("row\u{0}1"), Err(Fault::Unprintable));
        assert_eq!(clean("abc\u{202e}def"), Err(Fault::Unprintable));
    }
}
