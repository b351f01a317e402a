//! Who is signed in: a table in memory, keyed by the hash of an opaque id, so that a reader of
//! memory dumps or logs cannot take a session over. A restart signs everybody out.

use axum::http::{HeaderMap, HeaderValue, header};
use governance::PersonId;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A session ends after this long without a request (OWASP ASVS 5.0, 7.3.1).
pub(crate) const IDLE: SignedDuration = SignedDuration::from_mins(15);
/// A session ends after this long in any case (7.3.2).
pub(crate) const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);
/// Wrong keys that one address may give for one person within [`ATTEMPT_WINDOW`].
const ATTEMPTS: u32 = 10;
const ATTEMPT_WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Sessions and attempts kept at a time: far more than a hospital's committee needs.
const MOST: usize = 4_096;

type Key = [u8; 32];
/// Who tries: an address, for a person.
type Trier = (Option<IpAddr>, PersonId);
/// How many wrong keys, and when the first.
type Failures = (u32, Timestamp);

/// A person who signed in, and the token that their forms carry.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub person: PersonId,
    pub csrf: String,
}

#[derive(Debug)]
struct Session {
    who: SignedIn,
    began: Timestamp,
    seen: Timestamp,
}

/// The sessions of this process.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<Key, Session>>,
    failures: Mutex<BTreeMap<Trier, Failures>>,
}

impl Sessions {
    /// Begins a session. The id goes to the browser and nowhere else; the form token is derived
    /// from it.
    pub fn begin(&self, id: &[u8; 32], person: PersonId, now: Timestamp) {
        let csrf =
            hex::encode(Sha256::new().chain_update(b"form token").chain_update(id).finalize());
        let mut open = lock(&self.open);
        open.retain(|_, session| session.lives(now));
        if open.len() >= MOST {
            let oldest = open.iter().min_by_key(|(_, session)| session.seen).map(|(key, _)| *key);
            oldest.and_then(|key| open.remove(&key));
        }
        let who = SignedIn { person, csrf };
        open.insert(key_of(&hex::encode(id)), Session { who, began: now, seen: now });
    }

    /// The person behind a session id, when the session has not ended; notes that it was used.
    pub fn find(&self, id: &str, now: Timestamp) -> Option<SignedIn> {
        let key = key_of(id);
        let mut open = lock(&self.open);
        let session = open.get_mut(&key)?;
        if !session.lives(now) {
            open.remove(&key);
            return None;
        }
        session.seen = now;
        Some(session.who.clone())
    }

    /// Ends a session.
    pub fn end(&self, id: &str) {
        lock(&self.open).remove(&key_of(id));
    }

    /// Notes a wrong key; false when there were too many for this person from this address.
    pub fn may_fail(&self, peer: Option<IpAddr>, person: &PersonId, now: Timestamp) -> bool {
        let trier = (peer, person.clone());
        let mut failures = lock(&self.failures);
        failures.retain(|_, (_, since)| !past(*since, ATTEMPT_WINDOW, now));
        if failures.len() >= MOST && !failures.contains_key(&trier) {
            let oldest = failures.iter().min_by_key(|(_, (_, since))| *since);
            let oldest = oldest.map(|(trier, _)| trier.clone());
            oldest.and_then(|trier| failures.remove(&trier));
        }
        let (count, _) = failures.entry(trier).or_insert((0, now));
        *count = count.saturating_add(1);
        *count <= ATTEMPTS
    }
}

impl Session {
    fn lives(&self, now: Timestamp) -> bool {
        !past(self.seen, IDLE, now) && !past(self.began, ABSOLUTE, now)
    }
}

fn past(since: Timestamp, span: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(since) >= span
}

fn key_of(id: &str) -> Key {
    Sha256::digest(id).into()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the table was held leaves a whole table: each step is one insert or remove.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Compares two texts in a time that depends only on their lengths.
pub(crate) fn same_secret(left: &str, right: &str) -> bool {
    let different = left.bytes().zip(right.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    left.len() == right.len() && std::hint::black_box(different) == 0
}

/// The cookie's name. `__Host-` binds it to this host and to HTTPS.
fn cookie_name(behind_tls: bool) -> &'static str {
    if behind_tls { "__Host-primum" } else { "primum" }
}

/// The session id that a request carries.
pub(crate) fn id_in(headers: &HeaderMap, behind_tls: bool) -> Option<String> {
    let name = cookie_name(behind_tls);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// The header that hands a session id to the browser; none takes it away.
pub(crate) fn cookie(id: Option<&str>, behind_tls: bool) -> Option<HeaderValue> {
    let name = cookie_name(behind_tls);
    let secure = if behind_tls { "; Secure" } else { "" };
    let (value, age) = match id {
        Some(id) => (id, String::new()),
        None => ("", "; Max-Age=0".to_owned()),
    };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_session_ends_when_idle_and_in_any_case() {
        let sessions = Sessions::default();
        let id = hex::encode([7; 32]);
        let person: PersonId = "chair".parse().unwrap();
        sessions.begin(&[7; 32], person.clone(), at(0));
        assert_eq!(sessions.find(&id, at(14)).map(|who| who.person), Some(person.clone()));
        assert!(sessions.find(&id, at(29)).is_none(), "idle for 15 minutes");
        sessions.begin(&[7; 32], person, at(0));
        for minutes in (0..720).step_by(10) {
            assert!(sessions.find(&id, at(minutes)).is_some(), "{minutes}");
        }
        assert!(sessions.find(&id, at(720)).is_none(), "12 hours old");
        assert!(sessions.find(&hex::encode([8; 32]), at(0)).is_none());
    }

    #[test]
    fn wrong_keys_are_limited_by_address_and_person() {
        let sessions = Sessions::default();
        let fails = |who: &str, now| sessions.may_fail(None, &who.parse().unwrap(), now);
        for _ in 0..ATTEMPTS {
            assert!(fails("chair", at(0)));
        }
        assert!(!fails("chair", at(14)));
        assert!(fails("nurse", at(14)));
        assert!(fails("chair", at(15)));
    }

    #[test]
    fn the_oldest_counter_makes_room() {
        let sessions = Sessions::default();
        let fails = |who: &str, now| sessions.may_fail(None, &who.parse().unwrap(), now);
        for _ in 0..ATTEMPTS {
            fails("zoe", at(0));
            fails("ann", at(1));
        }
        for number in 2..=MOST {
            fails(&format!("person-{number}"), at(2));
        }
        assert!(!fails("ann", at(2)), "not the oldest");
        assert!(fails("zoe", at(2)), "the oldest");
    }

    #[test]
    fn secrets_are_the_same_only_when_all_of_them_is() {
        for (left, right, same) in [("ab", "ab", true), ("ab", "ac", false), ("ab", "abc", false)] {
            assert_eq!(same_secret(left, right), same, "{left} {right}");
        }
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_behind_tls() {
        let text = |tls| cookie(Some("x"), tls).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text(true), "__Host-primum=x; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(text(false), "primum=x; Path=/; HttpOnly; SameSite=Lax");
    }
}
