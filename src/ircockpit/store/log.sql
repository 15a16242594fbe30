-- The log: what was written and received, append-only. Redaction may empty salt and data of a part, nothing else.
CREATE TABLE event (
  arrival   INTEGER PRIMARY KEY,
  id        BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
  stream    TEXT NOT NULL,
  device    TEXT NOT NULL,
  epoch     TEXT NOT NULL,
  n         INTEGER NOT NULL,
  lam       INTEGER NOT NULL,
  op        TEXT NOT NULL,
  envelope  BLOB NOT NULL,
  sig       BLOB NOT NULL
) STRICT;
CREATE INDEX event_lane ON event (stream, device, epoch, n);
CREATE INDEX event_op ON event (op);
CREATE TABLE part (
  event  INTEGER NOT NULL REFERENCES event (arrival),
  i      INTEGER NOT NULL,
  leaf   BLOB NOT NULL,
  salt   BLOB,
  data   BLOB,
  PRIMARY KEY (event, i)
) STRICT, WITHOUT ROWID;
-- Why an event is kept but not folded in: not certified, out of its lane's order. Cleared when the reason goes.
CREATE TABLE doubt (event INTEGER PRIMARY KEY REFERENCES event (arrival), reason TEXT NOT NULL) STRICT;
-- Events that something changed for after they came: the view folds them in again.
CREATE TABLE late (num INTEGER PRIMARY KEY, event INTEGER NOT NULL REFERENCES event (arrival)) STRICT;
CREATE TABLE certificate (
  id   BLOB PRIMARY KEY,
  raw  BLOB NOT NULL,
  sig  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt (
  stream  TEXT NOT NULL,
  gen     INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  event   BLOB NOT NULL,
  raw     BLOB NOT NULL,
  maxlam  INTEGER NOT NULL,
  PRIMARY KEY (stream, gen, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_event ON receipt (event);
CREATE TABLE cursor (
  stream      TEXT PRIMARY KEY,
  gen         INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  frontier    BLOB NOT NULL,
  checkpoint  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (
  stream  TEXT NOT NULL,
  gen     INTEGER NOT NULL,
  size    INTEGER NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (stream, gen, size, text)
) STRICT, WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER event_kept BEFORE UPDATE ON event
  BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event
  BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER part_stays BEFORE DELETE ON part
  BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER part_only_empties BEFORE UPDATE ON part
  WHEN NOT (NEW.salt IS NULL AND NEW.data IS NULL AND NEW.event = OLD.event AND NEW.i = OLD.i AND NEW.leaf = OLD.leaf)
  BEGIN SELECT RAISE(ABORT, 'a part can only be emptied'); END;
CREATE TRIGGER certificate_kept BEFORE UPDATE ON certificate
  BEGIN SELECT RAISE(ABORT, 'a certificate is kept as issued'); END;
