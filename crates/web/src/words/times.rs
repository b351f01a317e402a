//! Times, as on a letter.

use governance::{Month, Record, UseCaseId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An instant as `31 Mar 2024, 14:05 UTC`.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    let civil = Offset::UTC.to_datetime(at);
    format!("{}, {:02}:{:02} UTC", day(civil.date()), civil.hour(), civil.minute())
}

/// The day of an instant in UTC, as `31 Mar 2024`.
#[must_use]
pub fn date(at: Timestamp) -> String {
    day(Offset::UTC.to_datetime(at).date())
}

/// The last day that counts before an end, as it is counted where the use case runs.
pub fn last_day(record: &Record, use_case: impl Into<Option<UseCaseId>>, end: Timestamp) -> String {
    day(record.zone_of(use_case.into()).last_day(end))
}

/// A day as `31 Mar 2024`.
#[must_use]
pub fn day(date: Date) -> String {
    format!("{} {} {}", date.day(), month_name(date), date.year())
}

/// A month as `Mar 2024`.
#[must_use]
pub fn month(month: Month) -> String {
    let first = Offset::UTC.to_datetime(month.start()).date();
    format!("{} {}", month_name(first), first.year())
}

fn month_name(date: Date) -> &'static str {
    let index = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    MONTHS.get(index).copied().unwrap_or("?")
}

/// How long until or since an instant, in whole days: `in 3 days`, `today`, `6 days ago`.
#[must_use]
pub fn days_from(now: Timestamp, at: Timestamp) -> String {
    let days = at.duration_since(now).as_hours().div_euclid(24);
    match days {
        0 => "today".to_owned(),
        1 => "in 1 day".to_owned(),
        2.. => format!("in {days} days"),
        -1 => "1 day ago".to_owned(),
        _ => format!("{} days ago", days.unsigned_abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_like_dates_on_a_letter() {
        let at: Timestamp = "2024-03-31T14:05:59Z".parse().unwrap();
        assert_eq!(instant(at), "31 Mar 2024, 14:05 UTC");
        assert_eq!(date(at), "31 Mar 2024");
        assert_eq!(month("2024-12".parse().unwrap()), "Dec 2024");
    }

    #[test]
    fn distances_are_in_whole_days() {
        let now: Timestamp = "2024-03-31T12:00:00Z".parse().unwrap();
        let check = |at: &str, words: &str| assert_eq!(days_from(now, at.parse().unwrap()), words);
        check("2024-03-31T18:00:00Z", "today");
        check("2024-04-01T12:00:00Z", "in 1 day");
        check("2024-04-10T12:00:00Z", "in 10 days");
        check("2024-03-30T12:00:00Z", "1 day ago");
        check("2024-03-24T12:00:00Z", "7 days ago");
    }
}
