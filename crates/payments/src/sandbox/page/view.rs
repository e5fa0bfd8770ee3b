//! The HTML of the payment page. Everything that comes from outside is escaped.

use std::fmt::Write;

use domain::Timestamp;

use super::text::{Notice, Texts};
use crate::provider::PaymentStatus;
use crate::sandbox::records::PaymentRecord;

/// What the page tells about a payment that can no longer be paid.
pub(super) fn notice_of(record: &PaymentRecord, now: Timestamp) -> Option<Notice> {
    match record.payment.status {
        PaymentStatus::Open if now >= record.expires_at => Some(Notice::Expired),
        PaymentStatus::Open => None,
        PaymentStatus::Captured => Some(Notice::Paid),
        PaymentStatus::Cancelled => Some(Notice::Cancelled),
        PaymentStatus::Refunded => Some(Notice::Refunded),
    }
}

/// The page of a payment.
pub(super) fn payment(texts: &Texts, record: &PaymentRecord, notice: Option<Notice>, now: Timestamp) -> String {
    let mut main = String::with_capacity(2_048);
    if let Some(notice) = notice {
        let _infallible = write!(main, "<p class=\"notice\" role=\"alert\">{}</p>", texts.notice(notice));
    }
    main.push_str(&summary(texts, record, now));
    if is_payable(record, now) {
        main.push_str(&forms(texts, record));
    } else {
        let back = escaped(&record.return_url);
        let _infallible = write!(main, "<p><a class=\"button\" href=\"{back}\">{}</a></p>", texts.back);
    }
    document(texts, &main)
}

/// A page with one sentence.
pub(super) fn message(texts: &Texts, sentence: &str) -> String {
    document(texts, &format!("<p class=\"notice\" role=\"alert\">{}</p>", escaped(sentence)))
}

fn is_payable(record: &PaymentRecord, now: Timestamp) -> bool {
    record.payment.status == PaymentStatus::Open && now < record.expires_at
}

fn summary(texts: &Texts, record: &PaymentRecord, now: Timestamp) -> String {
    let payment = &record.payment;
    let mut rows = format!(
        "<dt>{}</dt><dd class=\"amount\">{}</dd><dt>{}</dt><dd>{}</dd>",
        texts.amount, payment.amount, texts.order, payment.order
    );
    if is_payable(record, now) {
        let minutes = record.expires_at.since(now).as_millis().div_ceil(60_000);
        let _infallible = write!(rows, "<dt>{}</dt><dd>{minutes} {}</dd>", texts.pay_within, texts.minutes);
    }
    format!("<p class=\"description\">{}</p><dl>{rows}</dl>", escaped(&record.description))
}

fn forms(texts: &Texts, record: &PaymentRecord) -> String {
    let action = format!("/pay/{}", escaped(&record.payment.id));
    format!(
        "<form method=\"post\" action=\"{action}\"><fieldset><legend>{}</legend>\
         <label><input type=\"radio\" name=\"card\" value=\"4242424242424242\" required> {}</label>\
         <label><input type=\"radio\" name=\"card\" value=\"4000000000000002\"> {}</label></fieldset>\
         <button class=\"button primary\" name=\"action\" value=\"pay\">{} {}</button></form>\
         <form method=\"post\" action=\"{action}\">\
         <button class=\"button\" name=\"action\" value=\"cancel\">{}</button></form>",
        texts.choose_card, texts.good_card, texts.declined_card, texts.pay, record.payment.amount, texts.cancel
    )
}

fn document(texts: &Texts, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><link rel=\"stylesheet\" href=\"/style.css\"></head>\
         <body><main><h1>{title}</h1><p class=\"sandbox\">{}</p>{main}</main></body></html>\n",
        texts.language,
        texts.sandbox,
        title = texts.title,
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_from_outside_stays_text() {
        assert_eq!(escaped("<b a='1' c=\"2\">&"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;");
    }
}
