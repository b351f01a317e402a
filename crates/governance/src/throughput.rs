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
