-- The record: one row per event, its body and salt beside it, documents by content, signed
-- checkpoints. Everything but `meta` and `snapshots` is re-derived by `verify` from these bytes
-- alone; those two carry a digest.

CREATE TABLE entries (
  seq         INTEGER PRIMARY KEY CHECK (seq >= 0),
  stream      TEXT    NOT NULL,
  kind        TEXT    NOT NULL,
  recorded_at INTEGER NOT NULL, -- milliseconds since 1970-01-01T00:00:00Z
  actor       TEXT    NOT NULL,
  command_id  TEXT    NOT NULL,
  part        INTEGER NOT NULL, -- 0, 1, … within its command; see the index below
  envelope    BLOB    NOT NULL, -- the leaf: canonical JSON, commits to the body by a salted hash
  leaf_hash   BLOB    NOT NULL, -- RFC 6962 hash of `envelope`
  salt        BLOB    NOT NULL,
  body        BLOB    NOT NULL
) STRICT;

-- A command lands once: part 0 of it cannot be stored a second time.
CREATE UNIQUE INDEX entries_by_command ON entries (command_id, part);

CREATE TABLE documents (
  hash  BLOB NOT NULL UNIQUE, -- SHA-256 of `bytes`
  bytes BLOB NOT NULL
) STRICT;

-- What is left of a document that was erased; its bytes are gone.
CREATE TABLE erasures (
  seq  INTEGER PRIMARY KEY CHECK (seq >= 0), -- the event that erased it
  hash BLOB    NOT NULL UNIQUE
) STRICT;

CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY CHECK (size >= 0), -- events covered
  note TEXT    NOT NULL                       -- signed C2SP checkpoint
) STRICT;

CREATE TABLE snapshots (
  size       INTEGER PRIMARY KEY CHECK (size >= 0), -- events folded into it
  state_hash BLOB NOT NULL,
  bytes      BLOB NOT NULL,
  digest     BLOB NOT NULL -- SHA-256 over the three columns before it
) STRICT;

CREATE TABLE meta (
  key    TEXT PRIMARY KEY,
  value  TEXT NOT NULL,
  digest BLOB NOT NULL -- SHA-256 over the two columns before it
) STRICT;
