-- Which events say what is to go or to stay: an index of the log's own events, so that an arrival is judged at once.
-- settled: what needs authority has it, once and for good; a hub that is restored later does not take it back.
CREATE TABLE directive (
  event    INTEGER PRIMARY KEY REFERENCES event (arrival),
  stream   TEXT NOT NULL,
  type     TEXT NOT NULL,
  settled  INTEGER NOT NULL
) STRICT;
CREATE INDEX directive_stream ON directive (stream);
-- A part that was withheld can be fetched again: its leaf says whether it is the one signed.
DROP TRIGGER part_only_empties;
CREATE TRIGGER part_only_empties BEFORE UPDATE ON part
  WHEN NEW.event <> OLD.event OR NEW.i <> OLD.i OR NEW.leaf <> OLD.leaf
    OR NOT ((NEW.salt IS NULL AND NEW.data IS NULL)
      OR (OLD.data IS NULL AND OLD.salt IS NULL AND NEW.salt IS NOT NULL AND NEW.data IS NOT NULL))
  BEGIN SELECT RAISE(ABORT, 'a part can only be emptied, or filled where it is empty'); END;
