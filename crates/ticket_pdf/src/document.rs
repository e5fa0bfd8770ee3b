//! The whole file: its pages, its tags, and what it says of itself.

use domain::limits::TICKETS_PER_BUYER_MAX;
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::tagging::TagTree;
use krilla::{Document, SerializeSettings};

use crate::error::TicketPdfError;
use crate::face::Face;
use crate::page::{self, HEIGHT, WIDTH};
use crate::paper::TicketPapers;
use crate::words::clean;

/// The tickets as a PDF, an A4 page for each. The same papers give the same bytes.
///
/// # Errors
/// There are no tickets or more than an order may have, or a code is too long to be drawn. The rest are mistakes of ours.
pub fn ticket_pdf(papers: &TicketPapers) -> Result<Vec<u8>, TicketPdfError> {
    write(papers, SerializeSettings { enable_tagging: true, ..SerializeSettings::default() })
}

fn write(papers: &TicketPapers, settings: SerializeSettings) -> Result<Vec<u8>, TicketPdfError> {
    if papers.tickets.is_empty() || papers.tickets.len() > TICKETS_PER_BUYER_MAX as usize {
        return Err(TicketPdfError::Count);
    }
    let face = Face::get()?;
    let about = Metadata::new().title(clean(&papers.title)).language(papers.language.clone());
    let mut document = Document::new_with(settings);
    let mut tree = TagTree::new();
    let mut outline = Outline::new();
    for (index, ticket) in papers.tickets.iter().enumerate() {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| TicketPdfError::Unwritten("A4".to_owned()))?;
        let mut page = document.start_page_with(size);
        tree.push(page::draw(page.surface(), face, ticket)?);
        page.finish();
        let top = XyzDestination::new(index, Point::from_xy(0.0, 0.0));
        outline.push_child(OutlineNode::new(clean(&ticket.number), top));
    }
    document.set_tag_tree(tree);
    document.set_outline(outline);
    document.set_metadata(about.creator("Onsale".to_owned()).producer("Onsale".to_owned()));
    document.finish().map_err(|error| TicketPdfError::Unwritten(format!("{error:?}")))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use krilla::configure::{Accessibility, ConfigurationBuilder};

    use super::*;
    use crate::paper::{Field, TicketPaper};

    #[test]
    fn a_ticket_keeps_the_rules_of_accessible_pdf() {
        let ticket = TicketPaper {
            event: "마지막 앙코르, Dvořák".to_owned(),
            starts: "2027년 3월 6일 (토) 오후 7:00 KST".to_owned(),
            doors: Some("문 여는 시각: 오후 6:00 KST".to_owned()),
            venue: "세종문화회관, 서울".to_owned(),
            notice: Some("이 판매는 리허설입니다.".to_owned()),
            place: vec![Field::new("구역", "A"), Field::new("열", "12"), Field::new("번호", "7")],
            price: vec![Field::new("등급", "VIP"), Field::new("가격", "99,000원")],
            code: "ONSALE1.ABCDEFGH".to_owned(),
            code_words: "티켓 sale_1-17의 입장 코드".to_owned(),
            number: "티켓 sale_1-17".to_owned(),
            hint: "입장할 때 이 코드를 보여 주세요.".to_owned(),
            foot: "주문 ord_1, 티켓 1장 중 1번째".to_owned(),
        };
        let papers = TicketPapers { language: "ko".to_owned(), title: "티켓".to_owned(), tickets: vec![ticket] };
        let rules = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish().unwrap();
        let settings = SerializeSettings { configuration: rules, ..SerializeSettings::default() };
        assert!(write(&papers, settings).unwrap().starts_with(b"%PDF-1.7"));
    }
}
