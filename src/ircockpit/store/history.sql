-- How a stream's history went on through the hub's generations. The first `start` receipts are those of the generation
-- before; receipts up to `upto` are part of the present history, and those behind it stay as proof of what was signed.
CREATE TABLE generation (
  stream  TEXT NOT NULL,
  gen     INTEGER NOT NULL,
  start   INTEGER NOT NULL,
  upto    INTEGER NOT NULL,
  PRIMARY KEY (stream, gen)
) STRICT, WITHOUT ROWID;
INSERT INTO generation SELECT stream, gen, 0, 9007199254740991 FROM cursor;
-- Events that no receipt of the present history covers: what is still to be sent, or to be pulled back.
CREATE TABLE awaiting (
  stream   TEXT NOT NULL,
  arrival  INTEGER NOT NULL REFERENCES event (arrival),
  PRIMARY KEY (stream, arrival)
) STRICT, WITHOUT ROWID;
INSERT INTO awaiting SELECT stream, arrival FROM event e WHERE NOT EXISTS (SELECT 1 FROM receipt r WHERE r.event=e.id);
-- What a person must know about the hub or a device; kept for good, shown until it was read.
CREATE TABLE alarm (
  num     INTEGER PRIMARY KEY,
  kind    TEXT NOT NULL,
  stream  TEXT NOT NULL,
  text    TEXT NOT NULL,
  at      INTEGER NOT NULL,
  seen    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TRIGGER checkpoint_kept BEFORE UPDATE ON checkpoint
  BEGIN SELECT RAISE(ABORT, 'a checkpoint is kept as signed'); END;
CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint
  BEGIN SELECT RAISE(ABORT, 'a checkpoint is proof and stays'); END;
CREATE TRIGGER alarm_stays BEFORE DELETE ON alarm
  BEGIN SELECT RAISE(ABORT, 'an alarm stays'); END;
