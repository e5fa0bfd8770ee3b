//! Many values in one statement.

/// The list `($1, $2), ($3, $4)` for so many rows of so many columns: what follows `VALUES`. With one column also what
/// follows `IN`, inside parentheses of its own.
pub fn rows(count: usize, columns: usize) -> String {
    let mut list = String::with_capacity(count * (columns * 7 + 4));
    for row in 0..count {
        list.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            if column > 1 {
                list.push_str(", ");
            }
            list.push('$');
            list.push_str(&(row * columns + column).to_string());
        }
        list.push(')');
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_through() {
        assert_eq!(rows(2, 3), "($1, $2, $3), ($4, $5, $6)");
        assert_eq!(rows(3, 1), "($1), ($2), ($3)");
    }
}
