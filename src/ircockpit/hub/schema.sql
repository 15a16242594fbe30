-- A hub's record. Events only grow; withholding and erasure rewrite the parts of an event, nothing else.
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS certificate (
  id   BLOB PRIMARY KEY,
  raw  BLOB NOT NULL,
  sig  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device (
  device    TEXT PRIMARY KEY,
  user      TEXT NOT NULL,
  key       TEXT NOT NULL,
  name      TEXT NOT NULL,
  role      TEXT NOT NULL,
  added_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invitation (
  ident       TEXT PRIMARY KEY,
  key         BLOB NOT NULL,
  name        TEXT NOT NULL,
  role        TEXT NOT NULL,
  expires_at  INTEGER NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  used_by     TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream (
  num      INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  gen      INTEGER NOT NULL DEFAULT 1,
  tree     BLOB NOT NULL,
  max_lam  INTEGER NOT NULL DEFAULT 0,
  changed  INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Where a database put back to an earlier state began to number anew, and how much of the generations before it has kept.
CREATE TABLE IF NOT EXISTS generation (
  stream     INTEGER NOT NULL REFERENCES stream (num),
  gen        INTEGER NOT NULL,
  shared     INTEGER NOT NULL,
  why        TEXT NOT NULL,
  raised_at  INTEGER NOT NULL,
  PRIMARY KEY (stream, gen)
) STRICT, WITHOUT ROWID;
-- Checkpoints that this hub has signed and that its database knows nothing of: the proof that it was put back.
CREATE TABLE IF NOT EXISTS forgotten (
  stream    TEXT NOT NULL,
  text      TEXT NOT NULL,
  shown_at  INTEGER NOT NULL,
  PRIMARY KEY (stream, text)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
  stream       INTEGER NOT NULL REFERENCES stream (num),
  seq          INTEGER NOT NULL,
  id           BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
  device       TEXT NOT NULL,
  epoch        TEXT NOT NULL,
  n            INTEGER NOT NULL,
  lam          INTEGER NOT NULL,
  max_lam      INTEGER NOT NULL,
  quarantined  INTEGER NOT NULL,
  fork         INTEGER NOT NULL,
  receipt      BLOB NOT NULL,
  envelope     BLOB NOT NULL,
  sig          BLOB NOT NULL,
  parts        TEXT NOT NULL,
  UNIQUE (stream, seq)
) STRICT;
CREATE INDEX IF NOT EXISTS stream_changed ON stream (changed);
CREATE INDEX IF NOT EXISTS event_lane ON event (stream, device, epoch, n);
CREATE TABLE IF NOT EXISTS milestone (
  stream  INTEGER NOT NULL REFERENCES stream (num),
  size    INTEGER NOT NULL,
  tree    BLOB NOT NULL,
  PRIMARY KEY (stream, size)
) STRICT, WITHOUT ROWID;
-- What each device has begun within a day (hub/quota.py).
CREATE TABLE IF NOT EXISTS quota (
  what    TEXT NOT NULL,
  device  TEXT NOT NULL,
  stream  TEXT NOT NULL,
  since   INTEGER NOT NULL,
  used    INTEGER NOT NULL,
  PRIMARY KEY (what, device, stream)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS event_kept BEFORE UPDATE OF
  stream, seq, id, device, epoch, n, lam, max_lam, quarantined, fork, receipt, envelope, sig ON event
  BEGIN SELECT RAISE(ABORT, 'the record only grows'); END;
-- Which events say what is to go or who may read: an index, also of those that wait for an adoption, so that a page is judged at once.
CREATE TABLE IF NOT EXISTS directive (
  stream  INTEGER NOT NULL REFERENCES stream (num),
  seq     INTEGER NOT NULL,
  PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
-- Streams whose genesis says that only those who read what is privileged may know what is in them.
CREATE TABLE IF NOT EXISTS privileged (stream INTEGER PRIMARY KEY REFERENCES stream (num)) STRICT;
