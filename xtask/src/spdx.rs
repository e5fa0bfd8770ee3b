//! Licence expressions (SPDX): enough of them to say whether one is allowed.
//!
//! `OR` needs one side, `AND` needs both and binds tighter. `WITH` only adds permissions, so the exception's name
//! is passed over. Older packages write `/` for `OR`.

/// Whether what `expression` grants can be had under the allowed licences alone. `None` if it cannot be read.
pub fn is_allowed(expression: &str, allowed: &[String]) -> Option<bool> {
    let tokens = tokens(expression);
    let mut parser = Parser { tokens: &tokens, allowed };
    let answer = parser.any()?;
    parser.tokens.is_empty().then_some(answer)
}

fn tokens(expression: &str) -> Vec<String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

struct Parser<'a> {
    tokens: &'a [String],
    allowed: &'a [String],
}

impl Parser<'_> {
    fn any(&mut self) -> Option<bool> {
        let mut answer = self.all()?;
        while self.takes("OR") {
            answer |= self.all()?;
        }
        Some(answer)
    }

    fn all(&mut self) -> Option<bool> {
        let mut answer = self.one()?;
        while self.takes("AND") {
            answer &= self.one()?;
        }
        Some(answer)
    }

    fn one(&mut self) -> Option<bool> {
        if self.takes("(") {
            let answer = self.any()?;
            return self.takes(")").then_some(answer);
        }
        let answer = self.allowed.contains(self.name()?);
        if self.takes("WITH") {
            self.name()?;
        }
        Some(answer)
    }

    fn name(&mut self) -> Option<&String> {
        let (first, rest) = self.tokens.split_first()?;
        if matches!(first.as_str(), "(" | ")" | "OR" | "AND" | "WITH") {
            return None;
        }
        self.tokens = rest;
        Some(first)
    }

    fn takes(&mut self, word: &str) -> bool {
        match self.tokens.split_first() {
            Some((first, rest)) if first == word => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(expression: &str) -> Option<bool> {
        is_allowed(expression, &["MIT".to_owned(), "Apache-2.0".to_owned(), "Unicode-3.0".to_owned()])
    }

    #[test]
    fn one_side_of_or_is_enough_and_both_of_and_are_needed() {
        assert_eq!(judged("MIT"), Some(true));
        assert_eq!(judged("GPL-3.0-only"), Some(false));
        assert_eq!(judged("GPL-3.0-only OR MIT"), Some(true));
        assert_eq!(judged("GPL-3.0-only AND MIT"), Some(false));
        assert_eq!(judged("GPL-2.0-only/MIT"), Some(true));
        assert_eq!(judged("Apache-2.0 WITH LLVM-exception"), Some(true));
    }

    #[test]
    fn and_binds_tighter_unless_in_parentheses() {
        assert_eq!(judged("MIT OR GPL-3.0-only AND ISC"), Some(true));
        assert_eq!(judged("(MIT OR GPL-3.0-only) AND ISC"), Some(false));
        assert_eq!(judged("(MIT OR Apache-2.0) AND Unicode-3.0"), Some(true));
    }

    #[test]
    fn what_cannot_be_read_is_not_judged() {
        for wrong in ["", "MIT OR", "AND MIT", "(MIT", "MIT)", "MIT Apache-2.0", "MIT WITH"] {
            assert_eq!(judged(wrong), None, "{wrong}");
        }
    }
}
