//! How long decisions and sign-offs take: pure functions of the record.

use crate::{BodyId, EndReason, LaneId, Record, Right};
use jiff::Timestamp;
use serde::Serialize;

/// How long things took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Waits {
    /// How many were counted.
    pub count: usize,
    /// Half of them took at most this long, in seconds: the nearest rank.
    pub p50_seconds: i64,
    /// Nine in ten took at most this long, in seconds: the nearest rank.
    pub p90_seconds: i64,
}

/// How long the decisions of one body took, or the words on one sign-off lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// Whose.
    #[serde(flatten)]
    pub of: PaceOf,
    /// How long they took; none when there were none.
    #[serde(flatten)]
    pub waits: Option<Waits>,
}

/// Whose time is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum PaceOf {
    /// From motion to outcome, of a body.
    Body(BodyId),
    /// From the beginning of validation to the first word, on a lane.
    Lane(LaneId),
}

impl Waits {
    /// Counts seconds; none when there are none.
    fn of(seconds: impl Iterator<Item = i64>) -> Option<Self> {
        let mut seconds: Vec<_> = seconds.collect();
        seconds.sort_unstable();
        // The nearest rank: the smallest value that at least this share does not exceed.
        let rank = |percent: usize| {
            let place = (seconds.len() * percent).div_ceil(100);
            seconds.get(place.checked_sub(1)?).copied()
        };
        Some(Self { count: seconds.len(), p50_seconds: rank(50)?, p90_seconds: rank(90)? })
    }
}

impl Record {
    /// [`Record::time_to_decision`] of every body, then [`Record::time_to_sign`] of every lane of
    /// the tier policy.
    #[must_use]
    pub fn pace(&self, since: Timestamp) -> Vec<Pace> {
        let bodies = self.bodies.keys().map(|body| Pace {
            of: PaceOf::Body(body.clone()),
            waits: self.time_to_decision(body, since),
        });
        let lanes = self.tier_policy.iter().flat_map(|policy| &policy.lanes).map(|lane| Pace {
            of: PaceOf::Lane(lane.id.clone()),
            waits: self.time_to_sign(&lane.id, since),
        });
        bodies.chain(lanes).collect()
    }

    /// How long a body took from motion to outcome, over the motions that were put to it from
    /// `since` on and have one: carried or lost. Stops by the chair alone take no time and do not
    /// count, nor do motions that were overtaken or taken back. None when there are none.
    #[must_use]
    pub fn time_to_decision(&self, body: &BodyId, since: Timestamp) -> Option<Waits> {
        let decided = self.decisions.values().filter(|decision| {
            let carried = decision.carried.as_ref().map(|it| it.right != Right::ChairStops);
            let lost = decision.ended.as_ref().map(|it| it.reason == EndReason::Lost);
            decision.body == *body
                && decision.opened_at >= since
                && carried.or(lost).unwrap_or(false)
        });
        Waits::of(decided.filter_map(|it| Some(seconds(it.opened_at, it.ended_at()?))))
    }

    /// How long a lane waited from the beginning of validation to its first word, over the use
    /// cases in which it opened from `since` on. None when there are none.
    #[must_use]
    pub fn time_to_sign(&self, lane: &LaneId, since: Timestamp) -> Option<Waits> {
        let opened = self.lanes.open_since.iter().filter_map(|(id, lanes)| {
            let opened = lanes.get(lane).filter(|opened| **opened >= since)?;
            let first = self.lanes.signatures.get(id)?.get(lane)?.first()?;
            Some(seconds(*opened, first.at))
        });
        Waits::of(opened)
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs()
}
