//! What stands on the tickets of an order.

use domain::Currency;
use sale::{OrderView, Ticket};
use ticket_pdf::{Field, TicketPaper, TicketPapers};
use tickets::TicketKey;

use super::time::{beside, day_and_time};
use crate::sales::SaleEntry;
use crate::texts::{Language, grouped};
use crate::wire::ticket::TicketBody;
use crate::wire::{ItemBody, MoneyBody};

/// The tickets of an order as they are printed. `tickets` are all of the order, in its order.
pub(crate) fn papers(
    sale: &SaleEntry,
    order: &OrderView,
    tickets: &[Ticket],
    key: &TicketKey,
    language: Language,
) -> TicketPapers {
    let items = sale.labels().items(&order.items);
    let numbered = tickets.iter().zip(items.iter().map(Some).chain(std::iter::repeat(None))).zip(1..);
    let papers = numbered.map(|((ticket, item), number)| {
        let body = sale.ticket_body(ticket, order.id, key);
        let foot =
            [("order", body.order.as_str()), ("number", &grouped(number)), ("count", &grouped(tickets.len() as u64))];
        let foot = language.fill("paper.foot", &foot);
        TicketPaper { foot, price: price(sale, item, language), ..paper(body, sale.page.city.as_deref(), language) }
    });
    TicketPapers {
        language: language.code().to_owned(),
        title: language.fill("paper.title", &[("event", &sale.page.event.name)]),
        tickets: papers.collect(),
    }
}

/// A ticket without what it cost and without its foot.
fn paper(body: TicketBody, city: Option<&str>, language: Language) -> TicketPaper {
    let doors = body.doors_at.as_deref().map(|doors| beside(doors, &body.starts_at, &body.time_zone, language));
    let place = [("section", body.section), ("row", body.row), ("number", body.number), ("area", body.area)];
    let place = place.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let number = body.id.as_str();
    TicketPaper {
        starts: day_and_time(&body.starts_at, &body.time_zone, language),
        doors: doors.map(|time| language.fill("time.doors", &[("time", &time)])),
        venue: city.map_or_else(|| body.venue.clone(), |city| format!("{}, {city}", body.venue)),
        notice: body.rehearsal.then(|| language.say("rehearsal.text")),
        place: place.map(|(name, value)| Field::new(language.say(&format!("ticket.{name}")), value)).collect(),
        code_words: language.fill("ticket.qr", &[("id", number)]),
        number: language.fill("ticket.name", &[("id", number)]),
        hint: language.say("paper.hint"),
        event: body.event,
        code: body.code,
        price: Vec::new(),
        foot: String::new(),
    }
}

fn price(sale: &SaleEntry, item: Option<&ItemBody<'_>>, language: Language) -> Vec<Field> {
    let Some(item) = item else { return Vec::new() };
    let level = sale.facts.price_levels.get(usize::from(item.level)).map(|level| level.name.as_str());
    let level = level.map(|level| Field::new(language.say("paper.level"), level));
    level.into_iter().chain([Field::new(language.say("paper.price"), money(item.price, language))]).collect()
}

/// An amount of at least nothing, with its currency.
fn money(MoneyBody { amount, currency }: MoneyBody, language: Language) -> String {
    let scale = 10_u64.pow(currency.decimals());
    let (whole, rest) = (grouped(amount.unsigned_abs() / scale), amount.unsigned_abs() % scale);
    if language == Language::Korean && currency == Currency::from_code(*b"KRW") {
        return format!("{whole}원");
    }
    match currency.decimals() as usize {
        0 => format!("{whole} {currency}"),
        digits => format!("{whole}.{rest:0digits$} {currency}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_people_read_it() {
        let said = |amount, code, language| money(MoneyBody { amount, currency: Currency::from_code(code) }, language);
        assert_eq!(said(9_900, *b"EUR", Language::English), "99.00 EUR");
        assert_eq!(said(123_456_705, *b"EUR", Language::Korean), "1,234,567.05 EUR");
        assert_eq!(said(99_000, *b"KRW", Language::Korean), "99,000원");
        assert_eq!(said(99_000, *b"KRW", Language::English), "99,000 KRW");
        assert_eq!(said(1_500, *b"KWD", Language::English), "1.500 KWD");
        assert_eq!(said(0, *b"USD", Language::English), "0.00 USD");
    }

    #[test]
    fn a_ticket_says_where_its_holder_stands_and_that_a_rehearsal_is_one() {
        let body = TicketBody {
            id: "sale_1-17".to_owned(),
            sale: "sale_1".to_owned(),
            order: "ord_1".to_owned(),
            event: "Encore".to_owned(),
            starts_at: "2027-03-06T19:00:00+09:00".to_owned(),
            doors_at: Some("2027-03-06T18:00:00+09:00".to_owned()),
            time_zone: "Asia/Seoul".to_owned(),
            venue: "Hall".to_owned(),
            section: None,
            row: None,
            number: None,
            area: Some("Standing".to_owned()),
            code: "ONSALE1.A".to_owned(),
            rehearsal: true,
            stage: sale::TicketStage::Valid,
            qr: String::new(),
        };
        let paper = paper(body, Some("서울"), Language::Korean);
        assert_eq!((paper.venue.as_str(), paper.number.as_str()), ("Hall, 서울", "티켓 sale_1-17"));
        assert_eq!(paper.place, [Field::new("구역", "Standing")]);
        assert_eq!(paper.doors.as_deref(), Some("문 여는 시각: 오후 6:00 KST"));
        assert!(paper.notice.is_some_and(|notice| notice.contains("리허설")));
        assert!(paper.hint.contains("코드"), "{}", paper.hint);
    }
}
