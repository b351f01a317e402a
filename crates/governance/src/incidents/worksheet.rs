//! Worksheets: what a form asks, as far as the record knows, to be copied by a person.

use super::state::{Clock, ClockEnd, Incident, YesNo};
use crate::{Length, Record, VendorId, Zone};
use jiff::Timestamp;
use std::fmt::Write;

/// A form that the record helps to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worksheet {
    /// Form FDA 3500A, mandatory reporting by user facilities.
    Fda3500a,
    /// What an attestation of the MIPS improvement activity IA_PSPA_34 rests on.
    MipsIaPspa34,
}

/// The worksheet of an incident: fields and what the record says. What a person must look up is
/// marked; nothing is made up.
#[must_use]
pub fn worksheet(record: &Record, incident: &Incident, form: Worksheet) -> String {
    match form {
        Worksheet::Fda3500a => fda_3500a(record, incident),
        Worksheet::MipsIaPspa34 => mips(record),
    }
}

const LOOK_UP: &str = "(not in the record: look it up)";

fn fda_3500a(record: &Record, incident: &Incident) -> String {
    let known = incident.assessment.as_ref();
    let use_case = incident.use_case().and_then(|id| record.use_cases.get(&id));
    let system = incident.report.system.or(use_case.map(|it| it.proposal.system));
    let system = system.and_then(|id| record.systems.get(&id));
    let or_look_up = |text: Option<String>| text.unwrap_or_else(|| LOOK_UP.to_owned());
    let zone = record.zone_of_incident(incident);
    let day = |at: Timestamp| zone.day(at).to_string();
    let vendor = system.map(|it| match record.vendors.vendors.get(&it.vendor) {
        Some(vendor) => vendor.name.clone(),
        None => by_itself(record, &it.vendor),
    });
    let site = incident.report.site.as_ref();
    let site = site.map(|id| match record.organisation.sites.get(id) {
        Some(site) => site.name.clone(),
        None => id.to_string(),
    });
    let aware = known.and_then(|it| it.aware_at).unwrap_or(incident.noticed_at());
    let title = known.and_then(|it| it.harm.as_ref()).and_then(|id| {
        let rules = record.incidents.rules.as_ref()?;
        Some(format!("{id}: {}", rules.harm(id)?.title))
    });
    let rows = [
        ("A    patient", "(never in the record: from the chart)".to_owned()),
        ("B2   outcome", or_look_up(title)),
        ("B3   date of event", or_look_up(incident.report.happened_at.map(day))),
        ("B5   event or problem", incident.report.what.clone()),
        ("D1   brand name", or_look_up(system.map(|it| it.name.clone()))),
        ("D3   manufacturer", or_look_up(vendor)),
        ("D4   version", or_look_up(known.and_then(|it| it.version.clone()))),
        ("F2   facility report number", LOOK_UP.to_owned()),
        ("F6   facility became aware", day(aware)),
        ("F7   type of report", "initial, unless one was sent before (see clocks)".to_owned()),
        ("F10  event problem codes", LOOK_UP.to_owned()),
        ("F12  where it happened", or_look_up(site)),
    ];
    let mut text = format!("Form FDA 3500A, worksheet for {}\n", incident.id);
    text.push_str("Field numbers are unverified: compare them with the current form.\n");
    let _ = writeln!(text, "Days and times are those of {}.\n", zone.name());
    for (field, value) in rows {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{field:<28}{value}");
    }
    text.push_str("\nTimeline\n");
    for moment in &incident.timeline {
        let _ = writeln!(text, "  {}  {}", zone.time(moment.at), moment.what);
    }
    text.push_str("\nClocks\n");
    for (place, clock) in (1..).zip(&incident.clocks) {
        let _ = writeln!(
            text,
            "  {place}. {} (to {}): {}",
            clock.rule.title,
            clock.rule.to,
            state(clock, &zone)
        );
    }
    text
}

/// The name of who made what no registered vendor did: the hospital's, for what it made itself.
fn by_itself(record: &Record, vendor: &VendorId) -> String {
    match &record.founding {
        Some(founding) if vendor.as_str() == "in-house" => {
            format!("{} (in-house)", founding.hospital)
        }
        _ => vendor.to_string(),
    }
}

fn state(clock: &Clock, at_incident: &Zone) -> String {
    // A clock keeps the zone in which it started, and so the days that it counted.
    let own = Zone::named(&clock.time_zone);
    let zone = own.as_ref().unwrap_or(at_incident);
    let elsewhere = if zone == at_incident { String::new() } else { format!(" ({})", zone.name()) };
    match &clock.end {
        Some(ClockEnd::Met { at, reference, .. }) => {
            let late = if *at >= clock.due { ", late" } else { "" };
            format!("sent {}{elsewhere}{late}, {reference}", zone.day(*at))
        }
        Some(ClockEnd::Stopped { reason, .. }) => format!("stopped: {reason}"),
        None if counts_days(clock) => {
            format!("runs until the end of {}{elsewhere}", zone.last_day(clock.due))
        }
        None => format!("runs until {}{elsewhere}", zone.time(clock.due)),
    }
}

/// True when the clock runs to the end of a day, not to an hour.
fn counts_days(clock: &Clock) -> bool {
    !matches!(clock.rule.length, Length::AtOnce | Length::Hours(_))
}

fn mips(record: &Record) -> String {
    let incidents = || record.incidents.incidents.values();
    let count = |of: fn(&Incident) -> bool| incidents().filter(|it| of(it)).count();
    let tied = count(|it| {
        it.assessment.as_ref().is_some_and(|known| known.ai_contribution != YesNo::Unknown)
    });
    let actions = || incidents().flat_map(|it| &it.actions);
    let checked = actions().filter(|it| it.checked.is_some()).count();
    let done = actions().filter(|it| it.proof.is_some()).count();
    let rules = record.incidents.rules.as_ref();
    let rules =
        rules.map_or_else(|| "none adopted".to_owned(), |it| format!("{} {}", it.id, it.version));
    let mut text = "MIPS IA_PSPA_34, what an attestation rests on\n\n".to_owned();
    let _ = writeln!(text, "a. A data field that ties an event to AI");
    let _ = writeln!(
        text,
        "   [{}] {tied} of {} incidents say whether AI had a part",
        tick(tied),
        incidents().count()
    );
    let _ = writeln!(text, "b. A protocol to find harms and near misses");
    let near = count(Incident::is_near_miss);
    let assessed = count(|it| it.assessment.is_some());
    let _ = writeln!(
        text,
        "   [{}] {assessed} incidents assessed, {near} of them near misses",
        tick(assessed)
    );
    let _ = writeln!(text, "   Rules in force: {rules}");
    let _ = writeln!(text, "c. A protocol to mitigate");
    let _ = writeln!(text, "   [{}] {done} actions done, {checked} checked for effect", tick(done));
    for incident in incidents() {
        let state = if incident.is_open() { "open" } else { "closed" };
        let _ = writeln!(text, "\n{} ({state})  {} actions", incident.id, incident.actions.len());
    }
    text
}

fn tick(count: usize) -> char {
    if count > 0 { 'x' } else { ' ' }
}
