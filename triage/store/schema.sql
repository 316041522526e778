-- schema.sql - heddle's store: what was found, how often, and what people said about it.  One SQLite file.
--
-- PRAGMA application_id says that a file is a store, PRAGMA user_version which schema it has: store_schema.c has the
-- number that belongs to this text, and the steps that lead here from earlier ones.
--
-- Dates are seconds since 1970, UTC.  What is not known is '' in a text and NULL in a number.  Texts may hold any
-- bytes but NUL, so that a text need not be UTF-8.  Unsigned numbers of 2^63 and above appear as negative.

-- What ran: a binary and what it was built of.
CREATE TABLE build (
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,   -- heddle_gomap_tsan
  map TEXT NOT NULL,      -- gomap
  flavour TEXT NOT NULL,  -- tsan
  engine TEXT NOT NULL,   -- libfuzzer
  build_id TEXT NOT NULL, -- of the binary
  UNIQUE (target, map, flavour, engine, build_id)
) STRICT;

-- A file that reports came from.
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
) STRICT;

-- How much had been run, found or not: what a rate of failures is over.
CREATE TABLE campaign (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL, -- the campaign's folder
  map TEXT NOT NULL,
  flavour TEXT NOT NULL,
  engine TEXT NOT NULL,
  sessions INTEGER NOT NULL,
  inputs INTEGER NOT NULL,
  operations INTEGER NOT NULL,
  cpu_s REAL,
  wall_s REAL,
  failing_inputs INTEGER NOT NULL,
  last_failure_s REAL, -- wall_s of the map's last failure; NULL: never
  added_s INTEGER NOT NULL,
  updated_s INTEGER NOT NULL,
  UNIQUE (source, map, flavour, engine)
) STRICT;

-- A key: one way to go wrong.  What it says of itself is what its first occurrence said.
CREATE TABLE finding (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE CHECK (length(key) = 16),
  kind TEXT NOT NULL,
  oracle TEXT NOT NULL,
  guarantee TEXT NOT NULL,
  message TEXT NOT NULL,
  location TEXT NOT NULL,
  sites TEXT NOT NULL, -- one a line
  build INTEGER NOT NULL REFERENCES build,
  count INTEGER NOT NULL DEFAULT 0,         -- of its occurrences
  texts INTEGER NOT NULL DEFAULT 0,         -- of these have a row in `text`
  first_seen_s INTEGER NOT NULL,
  last_seen_s INTEGER NOT NULL,
  -- Being ignored lies over the state and ends by itself: what the state is then has gone on beneath.
  state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'incubating', 'confirmed', 'fixed', 'regressed')),
  state_since_s INTEGER NOT NULL,
  state_reason TEXT NOT NULL DEFAULT '',
  ignored_until_s INTEGER, -- NULL: not ignored
  ignored_reason TEXT NOT NULL DEFAULT '',
  -- The last confirmation: `replays_shown` of `replays` showed it.
  replays_shown INTEGER NOT NULL DEFAULT 0,
  replays INTEGER NOT NULL DEFAULT 0,
  replayed_s INTEGER
) STRICT;
CREATE INDEX finding_in_order ON finding (first_seen_s, key);

-- One report of a finding.  The same report is the same key and bytes from the same place of the same file and build.
CREATE TABLE occurrence (
  id INTEGER PRIMARY KEY,
  finding INTEGER NOT NULL REFERENCES finding,
  source INTEGER NOT NULL REFERENCES source,
  source_index INTEGER NOT NULL, -- which report of the file, from 0
  sha1 TEXT NOT NULL,            -- of the input; of the report's text where there is no input
  build INTEGER NOT NULL REFERENCES build,
  campaign INTEGER REFERENCES campaign,
  seen_s INTEGER NOT NULL,  -- when it was met
  added_s INTEGER NOT NULL, -- when the store heard of it
  digest INTEGER NOT NULL,  -- of the schedule taken
  points INTEGER NOT NULL,
  input_path TEXT NOT NULL,
  -- How much had been run: since the campaign began and since the map's last failure, over all workers and by the one
  -- that met it.  All NULL: not known.
  clock_inputs INTEGER, clock_operations INTEGER, clock_cpu_s REAL, clock_wall_s REAL,
  clock_since_inputs INTEGER, clock_since_operations INTEGER, clock_since_cpu_s REAL, clock_since_wall_s REAL,
  worker_inputs INTEGER, worker_operations INTEGER, worker_cpu_s REAL, worker_wall_s REAL,
  worker_since_inputs INTEGER, worker_since_operations INTEGER, worker_since_cpu_s REAL, worker_since_wall_s REAL,
  UNIQUE (finding, sha1, source, source_index, build)
) STRICT;
CREATE INDEX occurrence_in_order ON occurrence (finding); -- and in it by id
CREATE INDEX occurrence_of_build ON occurrence (build, finding);

-- The long parts of an occurrence; of a key's later ones they may have been left out.
CREATE TABLE text (
  occurrence INTEGER PRIMARY KEY REFERENCES occurrence,
  report TEXT NOT NULL,
  program TEXT NOT NULL,
  schedule TEXT NOT NULL,
  document TEXT NOT NULL, -- the finding in the form of finding.json
  input BLOB              -- NULL: not kept here
) STRICT;

-- Every change of a state, beneath an ignoring too.
CREATE TABLE change (
  id INTEGER PRIMARY KEY,
  finding INTEGER NOT NULL REFERENCES finding,
  changed_s INTEGER NOT NULL,
  state_before TEXT NOT NULL,
  state_after TEXT NOT NULL,
  until_s INTEGER, -- of an ignoring: when it ends
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX change_in_order ON change (finding);

-- Whether two keys are one bug, as people decided.  Keys need not have been seen yet.  Groups follow from this.
CREATE TABLE decision (
  key_a TEXT NOT NULL,
  key_b TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject', 'split')),
  reason TEXT NOT NULL,
  score REAL NOT NULL,
  decided_s INTEGER NOT NULL,
  PRIMARY KEY (key_a, key_b),
  CHECK (key_a < key_b)
) STRICT, WITHOUT ROWID;

-- A chaos experiment: one workload on one build and machine, with the seed that its trials' seeds follow from.
CREATE TABLE experiment (
  id INTEGER PRIMARY KEY,
  build INTEGER NOT NULL REFERENCES build,
  machine TEXT NOT NULL,
  workload TEXT NOT NULL, -- as the trial is told it: 'map=gomap threads=4 ...'
  clock TEXT NOT NULL,    -- real: threads and seconds; virtual: fibers, and operations alone
  timeout_s REAL NOT NULL,
  seed INTEGER NOT NULL,
  added_s INTEGER NOT NULL,
  UNIQUE (build, machine, workload, clock, timeout_s, seed)
) STRICT;

-- One trial of it, written when it ended.
CREATE TABLE trial (
  experiment INTEGER NOT NULL REFERENCES experiment,
  number INTEGER NOT NULL, -- from 0
  seed INTEGER NOT NULL,
  outcome TEXT NOT NULL,   -- survived: no failure; fatal-error, signal, ...: what ended it
  detail TEXT NOT NULL,
  time_s REAL NOT NULL,        -- to the failure; to the end where it survived
  operations INTEGER NOT NULL, -- completed by then
  guarded INTEGER NOT NULL,    -- the map allows what the trial did
  state TEXT NOT NULL,         -- of the map, as FIELD=NUMBER words; '': could not be told
  threads TEXT NOT NULL,       -- operations completed by each
  latencies TEXT NOT NULL,     -- a histogram, BUCKET:COUNT words
  waits TEXT NOT NULL,         -- of a hang: who waits for whom
  ended_s INTEGER NOT NULL,
  PRIMARY KEY (experiment, number)
) STRICT, WITHOUT ROWID;
