//! Due days: a law counts days where the hospital is, and some laws count only work days.
//!
//! Everything here is a pure function, the same on every machine: the time zone data are a part of
//! the program. A newer program may know a newer rule for a zone, so what was computed is kept in
//! the event and never computed again.

use jiff::civil::{Date, Weekday};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The days on which nobody is expected to work, beside Saturdays and Sundays.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// None.
    #[default]
    None,
    /// The holidays of the United States by 5 U.S.C. 6103, with the observed days of those on a
    /// weekend. Inauguration Day is left out: it is a holiday in and around Washington only.
    UsFederal,
}

/// How long a clock runs. Days begin and end at midnight of the clock's time zone; the day on which
/// it starts is not counted, and the last day counts to its end.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// No time at all: due when it starts.
    AtOnce,
    /// Hours, counted from the instant of the start.
    Hours(u32),
    /// Days, work days or not. A last day on a weekend or holiday stays the last day.
    Days(u32),
    /// Work days of the clock's calendar.
    WorkDays(u32),
    /// Months: to the end of the same day of a later month, or of its last day.
    Months(u32),
    /// Days after the end of the calendar year of the start.
    DaysAfterYear(u32),
    /// To the end of the next such day of a year, after the day of the start.
    By {
        /// The month, from 1.
        month: u8,
        /// The day of the month, from 1.
        day: u8,
    },
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtOnce => f.write_str("at once"),
            Self::Hours(count) => write!(f, "{count} hours"),
            Self::Days(count) => write!(f, "{count} days"),
            Self::WorkDays(count) => write!(f, "{count} work days"),
            Self::Months(count) => write!(f, "{count} months"),
            Self::DaysAfterYear(count) => write!(f, "{count} days after the year"),
            Self::By { month, day } => write!(f, "by the next {month:02}-{day:02}"),
        }
    }
}

/// The longest count of days or months: longer ones are a slip of the pen.
const LONGEST: u32 = 40_000;

/// A leap year, in which every day of a year can be found.
const LEAP_YEAR: i16 = 2024;

impl Length {
    /// What is wrong with it, in words; none when a due day can always be found.
    #[must_use]
    pub fn fault(self) -> Option<String> {
        match self {
            Self::AtOnce => None,
            Self::Hours(count)
            | Self::Days(count)
            | Self::WorkDays(count)
            | Self::Months(count)
            | Self::DaysAfterYear(count) => {
                (count == 0 || count > LONGEST).then(|| format!("it runs {self}"))
            }
            Self::By { month, day } => date(LEAP_YEAR, month, day)
                .is_none()
                .then(|| format!("no year has a day {month:02}-{day:02}")),
        }
    }
}

/// The time zone of that name, such as `America/New_York`, or with that offset, such as `-06:00`;
/// none when there is no such zone.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok().or_else(|| offset(name).map(TimeZone::fixed))
}

/// An offset in hours and minutes; 14 hours at most, as far as any zone goes.
fn offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    let number = |part: &str, most: i32| {
        let digits = part.len() == 2 && part.chars().all(|c| c.is_ascii_digit());
        part.parse::<i32>().ok().filter(|number| digits && *number <= most)
    };
    Offset::from_seconds(sign * (number(hours, 14)? * 3600 + number(minutes, 59)? * 60)).ok()
}

/// The local day of an instant.
pub(crate) fn local_day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned_datetime(zone.clone()).date()
}

/// The instant from which on a clock is overdue: the end of its last day.
pub(crate) fn due(
    start: Timestamp,
    length: Length,
    calendar: Calendar,
    zone: &TimeZone,
) -> Timestamp {
    let day = local_day(start, zone);
    let last = match length {
        Length::AtOnce => return start,
        Length::Hours(count) => {
            return start.checked_add(Span::new().hours(count)).unwrap_or(Timestamp::MAX);
        }
        Length::Days(count) => day.checked_add(Span::new().days(count)).ok(),
        Length::Months(count) => day.checked_add(Span::new().months(count)).ok(),
        Length::WorkDays(count) => nth_work_day(day, count, calendar),
        Length::DaysAfterYear(count) => {
            day.last_of_year().checked_add(Span::new().days(count)).ok()
        }
        Length::By { month, day: of_month } => next_such_day(day, month, of_month),
    };
    last.and_then(|last| end_of(last, zone)).unwrap_or(Timestamp::MAX)
}

/// The first instant of the day after. Where clocks skip midnight, the day begins when they went
/// on.
fn end_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    Some(day.tomorrow().ok()?.to_zoned_datetime(zone.clone()).ok()?.timestamp())
}

fn nth_work_day(start: Date, count: u32, calendar: Calendar) -> Option<Date> {
    let mut day = start;
    let mut counted = 0;
    while counted < count {
        day = day.tomorrow().ok()?;
        counted += u32::from(is_work_day(day, calendar));
    }
    Some(day)
}

/// The next day of that month and day of the month after `start`. 29 February is looked for until
/// there is one.
fn next_such_day(start: Date, month: u8, day: u8) -> Option<Date> {
    let years = start.year()..=start.year().saturating_add(8);
    years.filter_map(|year| date(year, month, day)).find(|found| *found > start)
}

fn date(year: i16, month: u8, day: u8) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// True when people work on that day.
#[must_use]
pub fn is_work_day(day: Date, calendar: Calendar) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let holiday = match calendar {
        Calendar::None => false,
        Calendar::UsFederal => is_us_federal_holiday(day),
    };
    !weekend && !holiday
}

/// True on the day on which a federal holiday of the United States is kept: a holiday on a Saturday
/// is kept on the Friday before, one on a Sunday on the Monday after.
fn is_us_federal_holiday(day: Date) -> bool {
    if on_a_weekday(day) {
        return true;
    }
    match day.weekday() {
        Weekday::Saturday | Weekday::Sunday => false,
        Weekday::Friday => on_a_date(day) || day.tomorrow().is_ok_and(on_a_date),
        Weekday::Monday => on_a_date(day) || day.yesterday().is_ok_and(on_a_date),
        _ => on_a_date(day),
    }
}

/// Holidays on a fixed date: New Year, Juneteenth (since 2021), Independence Day, Veterans Day,
/// Christmas.
fn on_a_date(day: Date) -> bool {
    match (day.month(), day.day()) {
        (6, 19) => day.year() >= 2021,
        (1, 1) | (7, 4) | (11, 11) | (12, 25) => true,
        _ => false,
    }
}

/// Holidays on a weekday of a month: the days of M. L. King, Washington, Memorial, Labor, Columbus
/// and Thanksgiving.
fn on_a_weekday(day: Date) -> bool {
    let nth = (day.day() - 1) / 7 + 1;
    let last = day.day() + 7 > day.days_in_month();
    match (day.weekday(), day.month()) {
        (Weekday::Monday, 1 | 2) => nth == 3,
        (Weekday::Monday, 5) => last,
        (Weekday::Monday, 9) => nth == 1,
        (Weekday::Monday, 10) => nth == 2,
        (Weekday::Thursday, 11) => nth == 4,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
