//! Printed tickets read back by a reader that shares no code with what wrote them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod drawing;

use drawing::dark_modules;
use lopdf::{Document, Object};
use ticket_pdf::{Field, TicketPaper, TicketPapers, TicketPdfError, ticket_pdf};

/// As long as a signed code is.
const CODE: &str = "ONSALE1.AFKQ7X3ZAAAAAAIAAAABCM2WYDQAAAAAAB7Q2LJ5KQ3VNYZ6D4TGFUH7CXWBMOSPRIE2A";

fn english(number: usize) -> TicketPaper {
    TicketPaper {
        event: "The Last Encore".to_owned(),
        starts: "Saturday, 6 March 2027, 19:00 CET".to_owned(),
        doors: Some("Doors: 18:00 CET".to_owned()),
        venue: "Great Hall, Berlin".to_owned(),
        notice: None,
        place: vec![Field::new("Section", "Balcony"), Field::new("Row", "12"), Field::new("Seat", "7")],
        price: vec![Field::new("Price level", "A"), Field::new("Price", "99.00 EUR")],
        code: format!("{CODE}{number}"),
        code_words: format!("Code of ticket sale_1-{number} for the door"),
        number: format!("Ticket sale_1-{number}"),
        hint: "Show this code at the door.".to_owned(),
        foot: format!("Order ord_1, ticket {number} of 2"),
    }
}

fn korean() -> TicketPaper {
    TicketPaper {
        event: "마지막 앙코르 — 꽃샘 콘서트".to_owned(),
        starts: "2027년 3월 6일 (토) 오후 7:00 KST".to_owned(),
        venue: "세종문화회관, 서울".to_owned(),
        place: vec![Field::new("구역", "스탠딩 뷁")],
        price: vec![Field::new("등급", "전석"), Field::new("가격", "₩99,000")],
        ..english(1)
    }
}

fn papers(language: &str, tickets: Vec<TicketPaper>) -> TicketPapers {
    TicketPapers { language: language.to_owned(), title: "Tickets for The Last Encore".to_owned(), tickets }
}

fn printed(papers: &TicketPapers) -> Document {
    Document::load_mem(&ticket_pdf(papers).unwrap()).unwrap()
}

/// The text of a page (counted from 1) in one line.
fn text(pdf: &Document, page: u32) -> String {
    pdf.extract_text(&[page]).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(text: &str, paper: &TicketPaper) {
    let fields = paper.place.iter().chain(&paper.price).flat_map(|field| [&field.name, &field.value]);
    let rest = [&paper.event, &paper.starts, &paper.venue, &paper.number, &paper.hint, &paper.foot];
    for words in rest.into_iter().chain(&paper.doors).chain(&paper.notice).chain(fields) {
        assert!(text.contains(words.as_str()), "{words} is not in {text}");
    }
}

#[test]
fn every_ticket_has_a_page_that_says_everything() {
    let papers = papers("en", vec![english(1), english(2)]);
    let pdf = printed(&papers);
    assert_eq!(pdf.get_pages().len(), 2);
    for (page, paper) in (1..).zip(&papers.tickets) {
        says(&text(&pdf, page), paper);
    }
    assert!(!text(&pdf, 1).contains("sale_1-2"), "a page is of one ticket");
}

#[test]
fn korean_can_be_read_and_copied() {
    let pdf = printed(&papers("ko", vec![korean()]));
    says(&text(&pdf, 1), &korean());
}

#[test]
fn the_code_on_the_paper_is_the_code_of_the_ticket() {
    let pdf = printed(&papers("en", vec![english(1), english(2)]));
    for (number, page) in [(1, 1), (2, 2)] {
        let dark = dark_modules(&pdf, page);
        let (side, quiet, scale) = (dark.len(), 4, 4);
        let pixels = (side + 2 * quiet) * scale;
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(pixels, pixels, |x, y| {
            let at = |pixel: usize| (pixel / scale).checked_sub(quiet).filter(|module| *module < side);
            let is_dark = at(x).zip(at(y)).is_some_and(|(x, y)| dark[y][x]);
            if is_dark { 0 } else { 255 }
        });
        let codes = picture.detect_grids();
        assert_eq!(codes.len(), 1);
        assert_eq!(codes[0].decode().unwrap().1, english(number).code);
    }
}

#[test]
fn a_screen_reader_learns_title_language_and_what_the_code_is() {
    let pdf = printed(&papers("ko", vec![korean()]));
    let catalog = pdf.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").and_then(Object::as_str).unwrap(), b"ko");
    let marked = catalog.get(b"MarkInfo").and_then(Object::as_dict).unwrap().get(b"Marked").unwrap();
    assert!(marked.as_bool().unwrap());
    assert!(catalog.has(b"StructTreeRoot"));
    let alternatives: Vec<String> = pdf
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok()?.get(b"Alt").ok())
        .map(|words| lopdf::decode_text_string(words).unwrap())
        .collect();
    assert_eq!(alternatives, ["Code of ticket sale_1-1 for the door"]);
    let about = pdf.trailer.get(b"Info").and_then(Object::as_reference).unwrap();
    let title = pdf.get_dictionary(about).unwrap().get(b"Title").unwrap();
    assert_eq!(lopdf::decode_text_string(title).unwrap(), "Tickets for The Last Encore");
}

#[test]
fn the_same_tickets_are_the_same_bytes() {
    let papers = papers("ko", vec![korean(), english(2)]);
    let first = ticket_pdf(&papers).unwrap();
    for _ in 0..3 {
        assert!(ticket_pdf(&papers.clone()).unwrap() == first);
    }
    assert!(first.len() < 60_000, "{} bytes: only the letters that are used are in it", first.len());
}

#[test]
fn letters_the_font_lacks_and_texts_beyond_measure_are_printed_all_the_same() {
    let strange = "𓀀 नमस्ते مرحبا 🎫\u{202e}\u{0}\u{e000}\u{fffe}\u{fdd0} \u{1112}\u{1161}\u{11ab}";
    let long = "가나다라마바사아자차".repeat(40);
    for words in [strange, long.as_str(), "", " "] {
        let words = words.to_owned();
        let field = || vec![Field::new(words.clone(), words.clone()); 3];
        let paper = TicketPaper {
            event: words.clone(),
            starts: words.clone(),
            doors: Some(words.clone()),
            venue: words.clone(),
            notice: Some(words.clone()),
            place: field(),
            price: field(),
            code: CODE.to_owned(),
            code_words: words.clone(),
            number: words.clone(),
            hint: words.clone(),
            foot: words.clone(),
        };
        let pdf = printed(&TicketPapers { language: "en".to_owned(), title: words.clone(), tickets: vec![paper] });
        assert_eq!(pdf.get_pages().len(), 1);
    }
    let nothing_but_a_code = TicketPaper { place: vec![], price: vec![], ..english(1) };
    assert_eq!(printed(&papers("en", vec![nothing_but_a_code])).get_pages().len(), 1);
}

#[test]
fn the_longest_words_stay_above_the_code() {
    let long = "Encore of the whole Ensemble ".repeat(20);
    let field = |name: &str| Field::new(name, long.clone());
    let paper = TicketPaper {
        event: long.clone(),
        starts: long.clone(),
        doors: Some(long.clone()),
        venue: long.clone(),
        notice: Some(long.clone()),
        place: vec![field("Section"), field("Row"), field("Seat")],
        price: vec![field("Price level"), field("Price")],
        ..english(1)
    };
    let pdf = printed(&papers("en", vec![paper]));
    let lowest = drawing::lines_from_the_top(&pdf, 1).into_iter().filter(|line| *line < 490.0).fold(0.0, f32::max);
    assert!(lowest > 300.0 && lowest < 474.0, "the lowest line stands at {lowest}");
    assert_eq!(dark_modules(&pdf, 1).len(), dark_modules(&printed(&papers("en", vec![english(1)])), 1).len());
}

#[test]
fn no_tickets_too_many_and_a_code_too_long_are_refused() {
    assert_eq!(ticket_pdf(&papers("en", vec![])), Err(TicketPdfError::Count));
    assert!(ticket_pdf(&papers("en", vec![english(1); 20])).is_ok());
    assert_eq!(ticket_pdf(&papers("en", vec![english(1); 21])), Err(TicketPdfError::Count));
    let endless = TicketPaper { code: "A".repeat(600), ..english(1) };
    assert!(matches!(ticket_pdf(&papers("en", vec![endless])), Err(TicketPdfError::Code(_))));
}
