//! Colours as `#rrggbb`. They end up in style attributes, so nothing else passes.

/// For categories without a colour, told apart by people with any colour vision (after Okabe and Ito).
const PALETTE: [&str; 7] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7f7f7f"];

/// The colour of the n-th category that has none of its own.
pub(super) fn default(index: usize) -> String {
    PALETTE[index % PALETTE.len()].to_owned()
}

/// `#rgb`, `#rrggbb` or `#rrggbbaa` as lower-case `#rrggbb`.
pub(super) fn normal(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('#')?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let digits = digits.to_ascii_lowercase();
    match digits.len() {
        3 => Some(digits.chars().fold("#".to_owned(), |color, digit| format!("{color}{digit}{digit}"))),
        6 | 8 => Some(format!("#{}", &digits[..6])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_pass() {
        assert_eq!(normal("#AbC").as_deref(), Some("#aabbcc"));
        assert_eq!(normal(" #A1B2C3 ").as_deref(), Some("#a1b2c3"));
        assert_eq!(normal("#a1b2c3ff").as_deref(), Some("#a1b2c3"));
        for wrong in ["", "#", "red", "#12345", "#é12", "#fff;background:url(x)"] {
            assert_eq!(normal(wrong), None, "{wrong}");
        }
    }
}
