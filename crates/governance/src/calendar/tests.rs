//! Due days by hand, and federal holidays against a table made by another program.

use super::*;

/// The days kept as federal holidays on weekdays, 2021 to 2035, as version 0.109 of the Python
/// package `holidays` lists them.
const FEDERAL: &[(i16, &str)] = &[
    (2021, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
    (2022, "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26"),
    (2023, "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25"),
    (2024, "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25"),
    (2025, "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25"),
    (2026, "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"),
    (2027, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
    (2028, "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25"),
    (2029, "01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25"),
    (2030, "01-01 01-21 02-18 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25"),
    (2031, "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25"),
    (2032, "01-01 01-19 02-16 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
    (2033, "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26"),
    (2034, "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25"),
    (2035, "01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25"),
];

#[test]
fn federal_holidays_are_those_of_the_table() {
    for (year, kept) in FEDERAL {
        let first = Date::new(*year, 1, 1).unwrap();
        let days = first.series(Span::new().days(1)).take_while(|day| day.year() == *year);
        let holidays = days.filter(|day| {
            !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
                && !is_work_day(*day, Calendar::UsFederal)
        });
        let found: Vec<_> = holidays.map(|day| day.strftime("%m-%d").to_string()).collect();
        assert_eq!(found.join(" "), *kept, "{year}");
    }
}

#[test]
fn before_2021_juneteenth_was_a_work_day() {
    assert!(is_work_day(Date::new(2020, 6, 19).unwrap(), Calendar::UsFederal));
    assert!(is_work_day(Date::new(2025, 1, 20).unwrap(), Calendar::None));
    assert!(!is_work_day(Date::new(2025, 1, 19).unwrap(), Calendar::None));
}

/// Start, zone, length, calendar and the instant from which it is overdue, as counted by hand with
/// a calendar.
const DUE: &[(&str, &str, Length, Calendar, &str)] = &[
    // Ten work days, no holiday: Monday the 1st to the end of Monday the 15th.
    (
        "2024-04-01T14:00:00Z",
        "America/New_York",
        Length::WorkDays(10),
        Calendar::UsFederal,
        "2024-04-16T04:00:00Z",
    ),
    // Thanksgiving between: a day more. The zone's clocks went back on 3 November.
    (
        "2024-11-18T15:00:00Z",
        "America/New_York",
        Length::WorkDays(10),
        Calendar::UsFederal,
        "2024-12-04T05:00:00Z",
    ),
    // Columbus Day is a holiday for the government only.
    (
        "2024-10-04T15:00:00Z",
        "America/New_York",
        Length::WorkDays(10),
        Calendar::None,
        "2024-10-19T04:00:00Z",
    ),
    (
        "2024-10-04T15:00:00Z",
        "America/New_York",
        Length::WorkDays(10),
        Calendar::UsFederal,
        "2024-10-22T04:00:00Z",
    ),
    // Over the end of a year: 24 and 31 December 2021 are kept for Christmas and New Year.
    (
        "2021-12-20T12:00:00Z",
        "America/New_York",
        Length::WorkDays(10),
        Calendar::UsFederal,
        "2022-01-06T05:00:00Z",
    ),
    // Noticed on a Saturday: Monday is the first day.
    (
        "2024-04-06T12:00:00Z",
        "America/New_York",
        Length::WorkDays(1),
        Calendar::UsFederal,
        "2024-04-09T04:00:00Z",
    ),
    // Nobody works on the tenth day, 4 July: the fifth is the tenth work day.
    (
        "2024-06-20T12:00:00Z",
        "America/New_York",
        Length::WorkDays(10),
        Calendar::UsFederal,
        "2024-07-06T04:00:00Z",
    ),
    // The day is a local one: in New York it was still Thursday, in Tokyo it was Friday.
    (
        "2024-04-05T02:00:00Z",
        "America/New_York",
        Length::WorkDays(1),
        Calendar::UsFederal,
        "2024-04-06T04:00:00Z",
    ),
    (
        "2024-04-05T02:00:00Z",
        "Asia/Tokyo",
        Length::WorkDays(1),
        Calendar::UsFederal,
        "2024-04-08T15:00:00Z",
    ),
    // Sixty days over the start of summer time: the end of the day moves with it.
    (
        "2024-02-01T12:00:00Z",
        "America/New_York",
        Length::Days(60),
        Calendar::None,
        "2024-04-02T04:00:00Z",
    ),
    // Over a leap day, and without one.
    (
        "2024-02-28T12:00:00Z",
        "America/Chicago",
        Length::Days(2),
        Calendar::None,
        "2024-03-02T06:00:00Z",
    ),
    (
        "2023-02-28T12:00:00Z",
        "America/Chicago",
        Length::Days(2),
        Calendar::None,
        "2023-03-03T06:00:00Z",
    ),
    // Days that are not work days end on a holiday when they fall on it: Christmas.
    (
        "2024-12-10T12:00:00Z",
        "America/New_York",
        Length::Days(15),
        Calendar::UsFederal,
        "2024-12-26T05:00:00Z",
    ),
    // Hours are hours, whatever the clocks do.
    (
        "2024-03-10T04:00:00Z",
        "America/New_York",
        Length::Hours(24),
        Calendar::None,
        "2024-03-11T04:00:00Z",
    ),
    // Months end with their last day.
    ("2023-08-31T12:00:00Z", "UTC", Length::Months(6), Calendar::None, "2024-03-01T00:00:00Z"),
    ("2024-02-29T12:00:00Z", "UTC", Length::Months(24), Calendar::None, "2026-03-01T00:00:00Z"),
    // By 1 January: of next year, also on 1 January, which in New York it is not yet.
    (
        "2024-05-05T12:00:00Z",
        "America/New_York",
        Length::By { month: 1, day: 1 },
        Calendar::None,
        "2025-01-02T05:00:00Z",
    ),
    (
        "2025-01-01T12:00:00Z",
        "America/New_York",
        Length::By { month: 1, day: 1 },
        Calendar::None,
        "2026-01-02T05:00:00Z",
    ),
    (
        "2025-01-01T04:00:00Z",
        "America/New_York",
        Length::By { month: 1, day: 1 },
        Calendar::None,
        "2025-01-02T05:00:00Z",
    ),
    (
        "2024-03-01T12:00:00Z",
        "UTC",
        Length::By { month: 2, day: 29 },
        Calendar::None,
        "2028-03-01T00:00:00Z",
    ),
    ("2024-03-01T12:34:56Z", "UTC", Length::AtOnce, Calendar::None, "2024-03-01T12:34:56Z"),
    // Sixty days after the year: 1 March, or 29 February.
    (
        "2025-11-20T12:00:00Z",
        "UTC",
        Length::DaysAfterYear(60),
        Calendar::None,
        "2026-03-02T00:00:00Z",
    ),
    (
        "2024-01-01T02:00:00Z",
        "America/New_York",
        Length::DaysAfterYear(60),
        Calendar::None,
        "2024-03-01T05:00:00Z",
    ),
    // Where midnight is skipped, the day ends when the clocks go on: Santiago, 8 September 2024.
    (
        "2024-09-06T12:00:00Z",
        "America/Santiago",
        Length::Days(1),
        Calendar::None,
        "2024-09-08T04:00:00Z",
    ),
];

#[test]
fn clocks_are_due_as_counted_by_hand() {
    for (start, name, length, calendar, expected) in DUE {
        let zone = zone(name).unwrap();
        let found = due(start.parse().unwrap(), *length, *calendar, &zone);
        assert_eq!(found.to_string(), *expected, "{length} after {start} in {name}");
    }
}

#[test]
fn a_length_that_ends_never_is_a_fault() {
    assert_eq!(Length::Days(0).fault().as_deref(), Some("it runs 0 days"));
    assert!(Length::Months(40_001).fault().is_some());
    assert!(Length::By { month: 2, day: 30 }.fault().is_some());
    assert!(Length::By { month: 200, day: 1 }.fault().is_some());
    assert_eq!(Length::By { month: 2, day: 29 }.fault(), None);
    for wrong in ["Mars/Olympus", "New York", "+15:00", "-6:00", "+06", "+0a:00"] {
        assert_eq!(zone(wrong), None, "{wrong}");
    }
    let at = "2024-05-01T03:00:00Z".parse().unwrap();
    assert_eq!(local_day(at, &zone("-06:00").unwrap()).to_string(), "2024-04-30");
    assert_eq!(local_day(at, &zone("+05:30").unwrap()).to_string(), "2024-05-01");
}
