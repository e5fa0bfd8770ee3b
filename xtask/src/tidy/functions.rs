//! Functions and their lengths, found by indentation: rustfmt puts a function's last brace under its first letter.

/// A function of a source file.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// Where it starts, counted from 0.
    pub start: usize,
    /// How many lines it has, signature and braces included.
    pub length: usize,
}

/// The functions of a file in order; nested ones are also listed for themselves.
pub fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let found = lines.iter().enumerate().filter_map(|(start, line)| {
        let name = name(line)?;
        Some(Function { name, start, length: length(&lines[start..]) })
    });
    found.collect()
}

/// The name of the function that starts on this line.
fn name(line: &str) -> Option<String> {
    let (before, after) = line.trim_start().split_once("fn ")?;
    let is_modifier = |word: &str| {
        word.starts_with("pub") || matches!(word, "const" | "async" | "unsafe" | "extern" | "\"C\"" | "default")
    };
    if !before
        .split_whitespace()
        .all(|word| is_modifier(word) || word.starts_with("crate") || word.starts_with("super"))
    {
        return None;
    }
    let end = after.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    (end > 0).then(|| after[..end].to_owned())
}

/// How many lines the function has that starts on the first of these.
fn length(lines: &[&str]) -> usize {
    let indent = indentation(lines[0]);
    if lines[0].ends_with(['}', ';']) {
        return 1;
    }
    let ends = |line: &&str| {
        let text = line.trim_start();
        let is_end = text == "}" || (text.starts_with(')') && text.ends_with(['}', ';']));
        indentation(line) == indent && is_end
    };
    let rest = lines.iter().skip(1).position(ends);
    rest.map_or(lines.len(), |rest| rest + 2)
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(text: &str) -> Vec<(String, usize)> {
        functions(text).into_iter().map(|function| (function.name, function.length)).collect()
    }

    #[test]
    fn a_function_ends_under_its_first_letter() {
        let text = "impl A {\n    pub(crate) async fn one(&self) -> u8 {\n        if x {\n            2\n        }\n    }\n}\n";
        assert_eq!(lengths(text), [("one".to_owned(), 5)]);
    }

    #[test]
    fn a_signature_of_many_lines_counts() {
        let text = "fn two(\n    a: u8,\n) -> u8 {\n    a\n}\n\nfn three<T>() {}\n";
        assert_eq!(lengths(text), [("two".to_owned(), 5), ("three".to_owned(), 1)]);
    }

    #[test]
    fn a_declaration_has_no_body() {
        let text = "trait T {\n    fn one(&self);\n    fn two(\n        a: u8,\n    ) -> u8;\n}\n";
        assert_eq!(lengths(text), [("one".to_owned(), 1), ("two".to_owned(), 3)]);
    }

    #[test]
    fn a_comment_or_a_type_is_no_function() {
        assert_eq!(lengths("// a fn of ours\n/// fn x() {\ntype F = fn (u8);\nlet run: fn () = x;\n"), []);
    }
}
