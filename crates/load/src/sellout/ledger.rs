//! The payment provider's own book: what was taken and what was given back.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Problem;
use serde::Deserialize;

use crate::client::{Origin, Pool, Request};

/// Pages read, at most; each has up to 1,000 payments.
const PAGES_MAX: usize = 100_000;

/// What the provider did for one order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Paid {
    /// Times money was taken.
    pub captures: u32,
    /// Minor units taken and not given back.
    pub kept: i64,
}

#[derive(Deserialize)]
struct Page {
    payments: Vec<Entry>,
    next: Option<i64>,
}

#[derive(Deserialize)]
struct Entry {
    payment: Payment,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Payment {
    order: String,
}

#[derive(Deserialize)]
struct Operation {
    kind: String,
    amount: i64,
}

/// Reads the whole ledger, by order; `api_key` is the shop's.
///
/// # Errors
/// `ledger_unreadable`.
pub async fn read(provider: &Origin, api_key: &str) -> Result<BTreeMap<String, Paid>, Problem> {
    let unreadable =
        |why: String| Problem::new("ledger_unreadable", "The provider's ledger cannot be read.").internal(why);
    let pool = Pool::new(provider.clone(), 1, Duration::from_secs(30));
    let (mut paid, mut after) = (BTreeMap::new(), 0);
    for _ in 0..PAGES_MAX {
        let path = format!("/v1/ledger?after={after}&limit=1000");
        let answer = pool
            .send(&Request::new("GET", &path).bearer(api_key))
            .await
            .map_err(|lost| unreadable(lost.to_string()))?;
        if answer.status != 200 {
            return Err(unreadable(format!("status {}", answer.status)));
        }
        let page: Page = serde_json::from_slice(&answer.body).map_err(|error| unreadable(error.to_string()))?;
        for entry in page.payments {
            add(paid.entry(entry.payment.order).or_default(), &entry.operations);
        }
        match page.next {
            Some(next) if next > after => after = next,
            _ => return Ok(paid),
        }
    }
    Err(unreadable("it does not end".into()))
}

fn add(paid: &mut Paid, operations: &[Operation]) {
    for operation in operations {
        match operation.kind.as_str() {
            "capture" => (paid.captures, paid.kept) = (paid.captures + 1, paid.kept + operation.amount),
            "refund" => paid.kept -= operation.amount,
            _ => {}
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_and_given_back_is_summed_up() {
        let operations = r#"[{"kind":"open","amount":5},{"kind":"capture","amount":5},{"kind":"refund","amount":2}]"#;
        let mut paid = Paid::default();
        add(&mut paid, &serde_json::from_str::<Vec<Operation>>(operations).unwrap());
        assert_eq!(paid, Paid { captures: 1, kept: 3 });
    }
}
