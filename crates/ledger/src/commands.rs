//! One command has at most one effect: the check of that over a whole record.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;

use crate::entry::StoredEntry;
use crate::errors::Fault;
use crate::read::{column, sql_int};

/// Which commands had their effect where: each once, in one run of events.
#[derive(Default)]
pub(crate) struct Commands {
    first: HashMap<Vec<u8>, u64>,
    /// The previous event's command and its place in it; `None` after one that could not be read.
    previous: Option<(String, i64)>,
}

impl Commands {
    /// Checks a row of the index: the command's first event and the place in it give the event.
    pub(crate) fn check_indexed(&self, row: &SqliteRow) -> Result<(), Fault> {
        let seq: i64 = column(row, "entries", "seq", &"?")?;
        let part: i64 = column(row, "entries", "part", &seq)?;
        let command: Vec<u8> = column(row, "entries", "command_id", &seq)?;
        let first = self.first.get(command.as_slice()).copied();
        if first.is_some_and(|first| sql_int(first).checked_add(part) == Some(seq)) {
            return Ok(());
        }
        let fault = Fault::new("entries", "command_id", seq, "is not in the index of commands");
        Err(fault.of_event(u64::try_from(seq).unwrap_or_default()))
    }

    pub(crate) fn skip(&mut self) {
        self.previous = None;
    }

    pub(crate) fn check(&mut self, entry: &StoredEntry, part: i64) -> Result<(), Fault> {
        let seq = entry.seq;
        let fault = |column, problem: String| {
            Err(Fault::new("entries", column, sql_int(seq), problem).of_event(seq))
        };
        let place = match self.previous.take() {
            Some((command, place)) if command == entry.command_id => place + 1,
            Some(_) => 0,
            None if seq == 0 => 0,
            None => part,
        };
        self.previous = Some((entry.command_id.clone(), place));
        if part != place {
            return fault("part", format!("is {part}, but its place in its command is {place}"));
        }
        if place != 0 {
            return Ok(());
        }
        match self.first.insert(entry.command_id.clone().into_bytes(), seq) {
            None => Ok(()),
            Some(first) => {
                let command = &entry.command_id;
                fault("command_id", format!("command `{command}` had its effect at event {first}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(events: &[(&str, i64)], expected: &[&str]) {
        let mut commands = Commands::default();
        let mut faults = Vec::new();
        for (seq, (command, part)) in (0..).zip(events) {
            let entry = StoredEntry {
                seq,
                stream: String::new(),
                kind: String::new(),
                recorded_at_ms: 0,
                actor: String::new(),
                command_id: (*command).to_owned(),
                body: Vec::new(),
                salt: [0; 32],
                envelope: Vec::new(),
                leaf_hash: tlog::Hash::EMPTY_ROOT,
            };
            faults.extend(commands.check(&entry, *part).err().map(|fault| fault.to_string()));
        }
        assert_eq!(faults, expected);
    }

    #[test]
    fn each_command_stands_once_and_in_order() {
        check(&[("a", 0), ("a", 1), ("b", 0), ("c", 0), ("c", 1), ("c", 2)], &[]);
        let late = "event 0: entries.part, row `0`: is 1, but its place in its command is 0";
        check(&[("a", 1)], &[late]);
        let skipped = "event 1: entries.part, row `1`: is 2, but its place in its command is 1";
        check(&[("a", 0), ("a", 2)], &[skipped]);
        let again = "event 2: entries.command_id, row `2`: command `a` had its effect at event 0";
        check(&[("a", 0), ("b", 0), ("a", 0)], &[again]);
    }
}
