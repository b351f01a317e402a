-- The last checkpoint this installation signed. It lives outside the record, so that a restored
-- record cannot bring an old one back with it, and is replaced only by compare-and-swap.

CREATE TABLE signed (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  size INTEGER NOT NULL CHECK (size >= 0),
  note TEXT    NOT NULL
) STRICT;
