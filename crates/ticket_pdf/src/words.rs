//! Texts in lines: cleaned of what cannot be seen, broken where a line ends, in the largest size that fits.

use unicode_normalization::UnicodeNormalization;

use crate::face::Face;

/// A text in lines of one size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lines {
    /// In points.
    pub(crate) size: f32,
    /// From the top. All but the last end with the space at which they were broken.
    pub(crate) lines: Vec<String>,
}

/// A size in points, and how many lines there may be of it.
pub(crate) type Choice = (f32, usize);

/// The text in the first of these sizes in which it has no more lines than it may have, each at most `width` points
/// wide. In the last size it is cut, with an ellipsis.
pub(crate) fn fit(face: &Face, text: &str, width: f32, choices: &[Choice]) -> Lines {
    let text = clean(text);
    let mut last = Lines { size: 0.0, lines: Vec::new() };
    for (size, lines_max) in choices.iter().copied() {
        last = Lines { size, lines: wrap(face, &text, size, width) };
        if last.lines.len() <= lines_max {
            return last;
        }
    }
    let lines_max = choices.last().map_or(0, |(_, lines_max)| *lines_max);
    last.lines.truncate(lines_max);
    if let Some(line) = last.lines.last_mut() {
        while !line.is_empty() && face.width(line.trim_end(), last.size) + face.width("…", last.size) > width {
            line.pop();
        }
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    last
}

/// The text as it can be drawn letter by letter: Hangul as syllables, white space as single spaces, and nothing that
/// is not seen.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for letter in text.nfc() {
        if letter.is_whitespace() {
            if !cleaned.is_empty() && !cleaned.ends_with(' ') {
                cleaned.push(' ');
            }
        } else if !is_unseen(letter) {
            cleaned.push(letter);
        }
    }
    cleaned.truncate(cleaned.trim_end().len());
    cleaned
}

/// Controls, marks of direction, joiners, variation selectors, and what is no letter at all.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}')
        || matches!(letter, '\u{e0000}'..='\u{e0fff}')
        || u32::from(letter) & 0xfffe == 0xfffe
}

/// Breaks at spaces, and within a word that is longer than a line.
fn wrap(face: &Face, text: &str, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive(' ') {
        let together = face.width(&line, size) + face.width(word.trim_end(), size);
        if together > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            let fits =
                letter == ' ' || face.width(&line, size) + face.width(letter.encode_utf8(&mut [0; 4]), size) <= width;
            if !fits && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(letter);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_left_out() {
        assert_eq!(clean(" a\u{200b}\u{202e}b \n\t c\u{0}\u{fffe} "), "ab c");
        assert_eq!(clean("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} e\u{301}"), "한글 é");
        assert_eq!(clean("\u{200d}"), "");
    }

    #[test]
    fn a_text_breaks_at_spaces_and_keeps_every_letter() {
        let face = Face::get().unwrap();
        let text = "The Last Encore of the Quartet, with Friends";
        let lines = wrap(face, text, 12.0, 100.0);
        assert!(lines.len() > 2, "{lines:?}");
        assert!(lines.iter().all(|line| face.width(line.trim_end(), 12.0) <= 100.0), "{lines:?}");
        assert!(lines[..lines.len() - 1].iter().all(|line| line.ends_with(' ')), "{lines:?}");
        assert_eq!(lines.concat(), text);
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken_within() {
        let face = Face::get().unwrap();
        for text in ["W".repeat(200), "가".repeat(200)] {
            let lines = wrap(face, &text, 12.0, 100.0);
            assert!(lines.iter().all(|line| !line.is_empty() && face.width(line, 12.0) <= 100.0), "{lines:?}");
            assert_eq!(lines.concat(), text);
        }
        // Narrower than a letter: one in each line, and an end.
        assert_eq!(wrap(face, "abc", 12.0, 1.0), ["a", "b", "c"]);
        assert_eq!(wrap(face, "", 12.0, 1.0), [""]);
    }

    #[test]
    fn a_short_text_is_large_and_a_long_one_small_or_cut() {
        let face = Face::get().unwrap();
        let choices = [(20.0, 1), (10.0, 2)];
        assert_eq!(fit(face, "Hall", 100.0, &choices), Lines { size: 20.0, lines: vec!["Hall".to_owned()] });
        let smaller = fit(face, "The Last Encore of Hall", 100.0, &choices);
        assert_eq!((smaller.size, smaller.lines.concat()), (10.0, "The Last Encore of Hall".to_owned()));
        let cut = fit(face, &"Encore ".repeat(30), 100.0, &choices);
        assert_eq!((cut.size, cut.lines.len()), (10.0, 2));
        assert!(cut.lines[1].ends_with('…') && face.width(&cut.lines[1], 10.0) <= 100.0, "{cut:?}");
    }
}
