//! Reading bodies quickly: many events in one answer of SQLite, each still checked against its
//! leaf.

use std::io::Write;
use std::ops::Range;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use tlog::Hash;

use crate::entry::body_hash;
use crate::errors::LedgerError;
use crate::read::{Reader, sql_int};

/// One value for all events of a page: rows cost more to hand over than their bytes. An event is
/// its leaf hash, its salt, its envelope up to the hash of the body as the other columns give it,
/// a line feed, the body, and a line feed.
const PAGE: &str = "SELECT count(*), CAST(group_concat(leaf_hash || salt || CAST( \
     '{\"v\":1,\"seq\":' || seq || ',\"stream\":\"' || stream || '\",\"kind\":\"' || kind || \
     '\",\"recorded_at\":' || recorded_at || ',\"actor\":\"' || actor || '\",\"command_id\":\"' || \
     command_id || '\",\"body_hash\":\"' || x'0a' AS BLOB) || body, x'0a') AS BLOB) \
     FROM (SELECT * FROM entries WHERE seq >= ?1 AND seq < ?2 ORDER BY seq)";

/// Events of the record, not yet checked. They stay where SQLite put them.
pub struct Page {
    first: u64,
    row: SqliteRow,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the events from {} on", self.first)
    }
}

impl Reader {
    /// The events of a range, to be checked and taken apart by [`Page::bodies`], which may happen
    /// on another thread.
    ///
    /// # Errors
    /// Those of storage.
    pub async fn page(&self, range: Range<u64>) -> Result<Page, LedgerError> {
        let query = sqlx::query(PAGE).bind(sql_int(range.start)).bind(sql_int(range.end));
        let row = query.fetch_one(self.pool()).await.map_err(|it| self.refused(it))?;
        Ok(Page { first: range.start, row })
    }
}

impl Page {
    /// The bodies in order, each proved by its leaf hash to be what was recorded with the columns
    /// beside it. None when that is not so, or when a text in the columns is one that JSON
    /// escapes: then [`Reader::entries`] gives the events, or names the fault.
    #[must_use]
    pub fn bodies(&self) -> Option<Vec<&[u8]>> {
        let events = u64::try_from(self.row.try_get::<i64, _>(0).ok()?).ok()?;
        let mut rest = self.row.try_get::<Option<&[u8]>, _>(1).ok()?.unwrap_or_default();
        let mut bodies = Vec::with_capacity(usize::try_from(events).ok()?);
        let mut envelope = Vec::new();
        for seq in self.first..self.first + events {
            let (leaf, after) = rest.split_at_checked(32)?;
            let (salt, after) = after.split_at_checked(32)?;
            let (columns, after) = line(after)?;
            let (body, after) = match line(after) {
                Some(both) => both,
                None => (after, &[][..]),
            };
            envelope.clear();
            write!(envelope, "{{\"v\":1,\"seq\":{seq},").ok()?;
            if !columns.starts_with(&envelope) {
                return None;
            }
            envelope.clear();
            envelope.extend_from_slice(columns);
            let mut digits = [0; 64];
            hex::encode_to_slice(body_hash(salt, body), &mut digits).ok()?;
            envelope.extend_from_slice(&digits);
            envelope.extend_from_slice(b"\"}");
            if Hash::of_leaf(&envelope).as_bytes().as_slice() != leaf {
                return None;
            }
            bodies.push(body);
            rest = after;
        }
        rest.is_empty().then_some(bodies)
    }
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}
