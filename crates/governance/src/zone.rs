//! Where days are counted: a deadline that is the end of a day is shown as that day, not as the
//! first instant of the next one in another part of the world.

use crate::calendar::{local_day, zone};
use crate::{Incident, Record, Site, UseCaseId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A time zone by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The time zone of that name, such as `America/New_York`, or with that offset, such as
    /// `-06:00`; none when there is no such zone.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        zone(name).map(|zone| Self { name: name.to_owned(), zone })
    }

    fn of(site: &Site) -> Option<Self> {
        Self::named(&site.time_zone)
    }

    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The day of an instant.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Date {
        local_day(at, &self.zone)
    }

    /// The last day that still counts, when something is overdue or over from `end` on: the day
    /// before when `end` is a midnight, else the day of `end`.
    #[must_use]
    pub fn last_day(&self, end: Timestamp) -> Date {
        self.day(end.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(end))
    }

    /// Day and time of an instant, to the minute, such as `2024-01-11 19:00`.
    #[must_use]
    pub fn time(&self, at: Timestamp) -> String {
        let civil = at.to_zoned_datetime(self.zone.clone());
        format!("{} {:02}:{:02}", civil.date(), civil.hour(), civil.minute())
    }
}

impl Record {
    /// Where the days of a use case are counted: at the site where it runs, or else at home.
    #[must_use]
    pub fn zone_of(&self, use_case: Option<UseCaseId>) -> Zone {
        let of_site = use_case.and_then(|id| self.site_of(id)).and_then(Zone::of);
        of_site.unwrap_or_else(|| self.home_zone())
    }

    /// The site where an incident happened: who reports in a sentence may leave it out, and the
    /// use case runs at one.
    pub(crate) fn site_of_incident(
        &self,
        incident: &Incident,
        use_case: Option<UseCaseId>,
    ) -> Option<&Site> {
        match &incident.report.site {
            Some(site) => self.organisation.sites.get(site),
            None => self.site_of(use_case?),
        }
    }

    fn site_of(&self, use_case: UseCaseId) -> Option<&Site> {
        let deployment = self.use_cases.get(&use_case)?.stage.deployment()?;
        self.organisation.sites.get(&deployment.site)
    }

    /// Where the days of an incident are counted: where its report says, or else at its site, or
    /// else where the clock rules say. None where nothing of that is known.
    pub(crate) fn zone_name_of<'a>(
        &'a self,
        incident: &'a Incident,
        use_case: Option<UseCaseId>,
    ) -> Option<&'a str> {
        let of_site = || self.site_of_incident(incident, use_case).map(|site| &site.time_zone);
        let said = incident.report.time_zone.as_ref().or_else(of_site);
        said.or(self.incidents.rules.as_ref().map(|rules| &rules.time_zone)).map(String::as_str)
    }

    /// Where the days of an incident are counted, as its clocks count them.
    #[must_use]
    pub fn zone_of_incident(&self, incident: &Incident) -> Zone {
        let said = self.zone_name_of(incident, incident.use_case()).and_then(Zone::named);
        said.unwrap_or_else(|| self.home_zone())
    }

    /// Where the days of the hospital are counted: where its clock rules say, if it has a site
    /// there or none at all; or else at its first open site; or else in UTC.
    #[must_use]
    pub fn home_zone(&self) -> Zone {
        let rules = self.incidents.rules.as_ref().map(|rules| rules.time_zone.as_str());
        let sites = self.organisation.sites.values().filter(|site| site.closed_at.is_none());
        let sites: Vec<_> = sites.map(|site| site.time_zone.as_str()).collect();
        let with_site = rules.filter(|rules| sites.is_empty() || sites.contains(rules));
        let name = with_site.or(sites.first().copied());
        name.and_then(Zone::named).unwrap_or_else(Zone::utc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_day_is_shown_as_that_day() {
        for (end, place, last) in [
            // The end of 26 January in Chicago.
            ("2024-01-27T06:00:00Z", "America/Chicago", "2024-01-26"),
            ("2024-01-27T06:00:00Z", "UTC", "2024-01-27"),
            ("2024-01-27T06:00:00.001Z", "America/Chicago", "2024-01-27"),
            // The end of the year.
            ("2024-01-01T00:00:00Z", "UTC", "2023-12-31"),
            ("2025-01-02T05:00:00Z", "America/New_York", "2025-01-01"),
            ("2024-01-01T06:00:00Z", "-06:00", "2023-12-31"),
            // Clocks are put forward and back.
            ("2024-03-11T05:00:00Z", "America/Chicago", "2024-03-10"),
            ("2024-11-04T06:00:00Z", "America/Chicago", "2024-11-03"),
        ] {
            let zone = Zone::named(place).unwrap();
            assert_eq!(zone.last_day(end.parse().unwrap()).to_string(), last, "{end} {place}");
        }
        let chicago = Zone::named("America/Chicago").unwrap();
        assert_eq!(chicago.time("2024-01-12T01:00:00Z".parse().unwrap()), "2024-01-11 19:00");
        assert_eq!(chicago.name(), "America/Chicago");
        assert_eq!(Zone::named("Mars"), None);
        assert_eq!(Zone::utc().last_day(Timestamp::MIN), Zone::utc().day(Timestamp::MIN));
    }
}
