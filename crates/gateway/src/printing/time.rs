//! Days and times as they are printed: in the venue's zone, and in words.

use jiff::Zoned;

use crate::texts::Language;

/// From Sunday on.
const KOREAN_DAYS: [char; 7] = ['일', '월', '화', '수', '목', '금', '토'];

/// The day, the time and the zone of an RFC 3339 text.
pub(super) fn day_and_time(rfc3339: &str, zone: &str, language: Language) -> String {
    let Some(at) = zoned(rfc3339, zone) else { return rfc3339.to_owned() };
    match language {
        Language::English => at.strftime("%A, %-d %B %Y, %H:%M %Z").to_string(),
        Language::Korean => {
            let day = KOREAN_DAYS[usize::from(at.weekday().to_sunday_zero_offset().unsigned_abs()) % 7];
            format!("{}년 {}월 {}일 ({day}) {}", at.year(), at.month(), at.day(), time(&at, language))
        }
    }
}

/// The same, but only the time if it is of the same day as `other`.
pub(super) fn beside(rfc3339: &str, other: &str, zone: &str, language: Language) -> String {
    match (zoned(rfc3339, zone), zoned(other, zone)) {
        (Some(at), Some(other)) if at.date() == other.date() => time(&at, language),
        _ => day_and_time(rfc3339, zone, language),
    }
}

fn time(at: &Zoned, language: Language) -> String {
    match language {
        Language::English => at.strftime("%H:%M %Z").to_string(),
        Language::Korean => {
            let half = if at.hour() < 12 { "오전" } else { "오후" };
            let hour = if at.hour() % 12 == 0 { 12 } else { at.hour() % 12 };
            format!("{half} {hour}:{:02} {}", at.minute(), at.strftime("%Z"))
        }
    }
}

/// In the zone; in UTC if the zone is not known any more.
fn zoned(rfc3339: &str, zone: &str) -> Option<Zoned> {
    let at: jiff::Timestamp = rfc3339.parse().ok()?;
    Some(at.in_tz(zone).unwrap_or_else(|_| at.to_zoned(jiff::tz::TimeZone::UTC)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENING: &str = "2027-03-06T19:05:00+09:00";

    #[test]
    fn an_evening_is_said_in_the_venues_zone() {
        assert_eq!(day_and_time(EVENING, "Asia/Seoul", Language::English), "Saturday, 6 March 2027, 19:05 KST");
        assert_eq!(day_and_time(EVENING, "Asia/Seoul", Language::Korean), "2027년 3월 6일 (토) 오후 7:05 KST");
        assert_eq!(day_and_time(EVENING, "Europe/Berlin", Language::English), "Saturday, 6 March 2027, 11:05 CET");
        assert_eq!(day_and_time(EVENING, "Mars/Olympus", Language::English), "Saturday, 6 March 2027, 10:05 UTC");
        assert_eq!(day_and_time("soon", "Asia/Seoul", Language::English), "soon");
    }

    #[test]
    fn korean_clocks_have_two_halves_and_no_hour_zero() {
        for (hour, said) in [("00", "오전 12:05"), ("11", "오전 11:05"), ("12", "오후 12:05"), ("23", "오후 11:05")]
        {
            let at = format!("2027-03-07T{hour}:05:00+09:00");
            assert_eq!(day_and_time(&at, "Asia/Seoul", Language::Korean), format!("2027년 3월 7일 (일) {said} KST"));
        }
    }

    #[test]
    fn doors_of_the_same_day_need_no_day() {
        let doors = "2027-03-06T18:00:00+09:00";
        assert_eq!(beside(doors, EVENING, "Asia/Seoul", Language::English), "18:00 KST");
        assert_eq!(beside(doors, EVENING, "Asia/Seoul", Language::Korean), "오후 6:00 KST");
        let eve = "2027-03-05T18:00:00+09:00";
        assert_eq!(beside(eve, EVENING, "Asia/Seoul", Language::English), "Friday, 5 March 2027, 18:00 KST");
    }
}
