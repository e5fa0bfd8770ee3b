//! Time zones of venues, and instants as people write them.

use domain::{Problem, Timestamp};
use jiff::tz::TimeZone;

/// The name of an IANA time zone as the database spells it (`Asia/Seoul`).
///
/// # Errors
/// `time_zone_unknown` at `pointer`.
pub fn time_zone_name(text: &str, pointer: &str) -> Result<String, Problem> {
    zone(text).and_then(|zone| zone.iana_name().map(str::to_owned)).ok_or_else(|| {
        Problem::new("time_zone_unknown", "This is not an IANA time zone; an example is Asia/Seoul.").at(pointer)
    })
}

/// The instant in an RFC 3339 text such as `2027-03-06T19:00:00+09:00`.
///
/// # Errors
/// `time_invalid` at `pointer`.
pub fn parse_rfc3339(text: &str, pointer: &str) -> Result<Timestamp, Problem> {
    text.parse::<jiff::Timestamp>().map(|at| Timestamp::from_millis(at.as_millisecond())).map_err(|_| {
        Problem::new("time_invalid", "This is not a time with its offset, such as 2027-03-06T19:00:00+09:00.")
            .at(pointer)
    })
}

/// The instant in RFC 3339 with the offset that `time_zone` has then; in UTC if the zone is not known any more.
pub fn rfc3339(at: Timestamp, time_zone: &str) -> String {
    let zone = zone(time_zone).unwrap_or(TimeZone::UTC);
    // Stored instants are between the years 2000 and 2200; the fallback only keeps this total.
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Checks that an instant is one a ticket could be about: between the years 2000 and 2200.
pub(crate) fn sane(at: Timestamp, pointer: &str) -> Result<Timestamp, Problem> {
    const YEAR_2000: i64 = 946_684_800_000;
    const YEAR_2200: i64 = 7_258_118_400_000;
    if (YEAR_2000..YEAR_2200).contains(&at.as_millis()) {
        return Ok(at);
    }
    Err(Problem::new("time_invalid", "This time is not between the years 2000 and 2200.").at(pointer))
}

fn zone(name: &str) -> Option<TimeZone> {
    // A zone of the database has a name with letters only in ASCII; the length bounds the look-up.
    if name.len() > 64 {
        return None;
    }
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_spelled_as_the_database_does() {
        assert_eq!(time_zone_name("asia/seoul", "/time_zone").unwrap(), "Asia/Seoul");
        for wrong in ["", "Seoul", "+09:00", "Mars/Olympus", "Asia/Seoul\n"] {
            let problem = time_zone_name(wrong, "/time_zone").unwrap_err();
            assert_eq!((problem.code, problem.field.as_deref()), ("time_zone_unknown", Some("/time_zone")), "{wrong}");
        }
    }

    #[test]
    fn an_instant_is_written_with_the_offset_of_its_day() {
        let winter = parse_rfc3339("2027-01-15T19:00:00Z", "/starts_at").unwrap();
        let summer = parse_rfc3339("2027-07-15T19:00:00Z", "/starts_at").unwrap();
        assert_eq!(rfc3339(winter, "Europe/Vienna"), "2027-01-15T20:00:00+01:00");
        assert_eq!(rfc3339(summer, "Europe/Vienna"), "2027-07-15T21:00:00+02:00");
        assert_eq!(parse_rfc3339(&rfc3339(summer, "Asia/Seoul"), "/starts_at"), Ok(summer));
    }

    #[test]
    fn a_time_without_offset_is_refused() {
        assert_eq!(
            parse_rfc3339("2027-01-15T19:00:00", "/starts_at").unwrap_err().field.as_deref(),
            Some("/starts_at")
        );
        assert!(sane(Timestamp::from_millis(1_700_000_000), "/opens_at").is_err());
    }
}
