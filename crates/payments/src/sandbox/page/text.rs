//! What the payment page says, in English and in Korean.

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Korean,
}

impl Language {
    /// The one an `Accept-Language` header likes best; English if it names neither.
    pub(super) fn preferred(header: &str) -> Self {
        let mut best = (Self::English, 0.0);
        for part in header.split(',').take(32) {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight = weight.trim().parse::<f32>().unwrap_or(0.0);
            let language = match tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "en" => Self::English,
                "ko" => Self::Korean,
                _ => continue,
            };
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }

    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::English => &ENGLISH,
            Self::Korean => &KOREAN,
        }
    }
}

/// Something the page tells above the form, or instead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    Declined,
    CardUnknown,
    Cancelled,
    Expired,
    Paid,
    Refunded,
}

/// The texts of one language.
pub(super) struct Texts {
    pub(super) language: &'static str,
    pub(super) title: &'static str,
    pub(super) sandbox: &'static str,
    pub(super) amount: &'static str,
    pub(super) order: &'static str,
    pub(super) pay_within: &'static str,
    pub(super) minutes: &'static str,
    pub(super) choose_card: &'static str,
    pub(super) good_card: &'static str,
    pub(super) declined_card: &'static str,
    pub(super) pay: &'static str,
    pub(super) cancel: &'static str,
    pub(super) back: &'static str,
    pub(super) unknown: &'static str,
    pub(super) busy: &'static str,
    declined: &'static str,
    card_unknown: &'static str,
    cancelled: &'static str,
    expired: &'static str,
    paid: &'static str,
    refunded: &'static str,
}

impl Texts {
    pub(super) fn notice(&self, notice: Notice) -> &'static str {
        match notice {
            Notice::Declined => self.declined,
            Notice::CardUnknown => self.card_unknown,
            Notice::Cancelled => self.cancelled,
            Notice::Expired => self.expired,
            Notice::Paid => self.paid,
            Notice::Refunded => self.refunded,
        }
    }
}

const ENGLISH: Texts = Texts {
    language: "en",
    title: "Payment",
    sandbox: "This is a sandbox. No money moves.",
    amount: "Amount",
    order: "Order",
    pay_within: "Time left",
    minutes: "min",
    choose_card: "Choose a test card",
    good_card: "4242 4242 4242 4242: the payment succeeds",
    declined_card: "4000 0000 0000 0002: the card is declined",
    pay: "Pay",
    cancel: "Cancel the payment",
    back: "Back to the shop",
    unknown: "There is no such payment.",
    busy: "The payment service cannot answer just now. Please try again in a moment.",
    declined: "The card was declined. Nothing was charged. You can try another card.",
    card_unknown: "Please choose one of the test cards.",
    cancelled: "This payment was cancelled. Nothing was charged.",
    expired: "The time to pay is over. Nothing was charged.",
    paid: "This payment is complete.",
    refunded: "This payment was refunded.",
};

const KOREAN: Texts = Texts {
    language: "ko",
    title: "결제",
    sandbox: "테스트용 결제 화면입니다. 실제로 결제되지 않습니다.",
    amount: "결제 금액",
    order: "주문 번호",
    pay_within: "남은 시간",
    minutes: "분",
    choose_card: "테스트 카드를 선택하세요",
    good_card: "4242 4242 4242 4242: 결제 성공",
    declined_card: "4000 0000 0000 0002: 결제 거절",
    pay: "결제하기",
    cancel: "결제 취소",
    back: "쇼핑몰로 돌아가기",
    unknown: "결제 정보를 찾을 수 없습니다.",
    busy: "지금은 결제 서비스를 이용할 수 없습니다. 잠시 후 다시 시도해 주세요.",
    declined: "카드가 거절되었습니다. 결제된 금액은 없습니다. 다른 카드로 다시 시도해 주세요.",
    card_unknown: "테스트 카드 중 하나를 선택해 주세요.",
    cancelled: "취소된 결제입니다. 결제된 금액은 없습니다.",
    expired: "결제 시간이 지났습니다. 결제된 금액은 없습니다.",
    paid: "결제가 완료되었습니다.",
    refunded: "환불된 결제입니다.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_liked_best_is_taken() {
        for (header, language) in [
            ("", Language::English),
            ("ko-KR,ko;q=0.9,en-US;q=0.8", Language::Korean),
            ("en-GB,en;q=0.9,ko;q=0.5", Language::English),
            ("fr, ko;q=0.3", Language::Korean),
            ("en;q=0.2, KO;q=0.7", Language::Korean),
            ("de;q=nonsense", Language::English),
        ] {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }
}
