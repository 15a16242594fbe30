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
-- How a stream's history went on through the hub's generations. The first `start` receipts are those of the generation
-- before; receipts up to `upto` are part of the present history, and those behind it stay as proof of what was signed.
CREATE TABLE generation (
  stream  TEXT NOT NULL,
  gen     INTEGER NOT NULL,
  start   INTEGER NOT NULL,
  upto    INTEGER NOT NULL,
  PRIMARY KEY (stream, gen)
) STRICT, WITHOUT ROWID;
-- Events that no receipt of the present history covers: what is still to be sent, or to be pulled back.
CREATE TABLE awaiting (
  stream   TEXT NOT NULL,
  arrival  INTEGER NOT NULL REFERENCES event (arrival),
  PRIMARY KEY (stream, arrival)
) STRICT, WITHOUT ROWID;
-- What a person must know about the hub or a device; kept for good, shown until it was read.
CREATE TABLE alarm (
  num     INTEGER PRIMARY KEY,
  kind    TEXT NOT NULL,
  stream  TEXT NOT NULL,
  text    TEXT NOT NULL,
  at      INTEGER NOT NULL,
  seen    INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Which events say what is to go or to stay: an index of the log's own events, so that an arrival is judged at once.
-- settled: what needs authority has it, once and for good; a hub that is restored later does not take it back.
CREATE TABLE directive (
  event    INTEGER PRIMARY KEY REFERENCES event (arrival),
  stream   TEXT NOT NULL,
  type     TEXT NOT NULL,
  settled  INTEGER NOT NULL
) STRICT;
CREATE INDEX directive_stream ON directive (stream);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER event_kept BEFORE UPDATE ON event
  BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event
  BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER part_stays BEFORE DELETE ON part
  BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
-- A part that was withheld can be fetched again: its leaf says whether it is the one signed.
CREATE TRIGGER part_only_empties BEFORE UPDATE ON part
  WHEN NEW.event <> OLD.event OR NEW.i <> OLD.i OR NEW.leaf <> OLD.leaf
    OR NOT ((NEW.salt IS NULL AND NEW.data IS NULL)
      OR (OLD.data IS NULL AND OLD.salt IS NULL AND NEW.salt IS NOT NULL AND NEW.data IS NOT NULL))
  BEGIN SELECT RAISE(ABORT, 'a part can only be emptied, or filled where it is empty'); END;
CREATE TRIGGER certificate_kept BEFORE UPDATE ON certificate
  BEGIN SELECT RAISE(ABORT, 'a certificate is kept as issued'); END;
CREATE TRIGGER checkpoint_kept BEFORE UPDATE ON checkpoint
  BEGIN SELECT RAISE(ABORT, 'a checkpoint is kept as signed'); END;
CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint
  BEGIN SELECT RAISE(ABORT, 'a checkpoint is proof and stays'); END;
CREATE TRIGGER alarm_stays BEFORE DELETE ON alarm
  BEGIN SELECT RAISE(ABORT, 'an alarm stays'); END;
