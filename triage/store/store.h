/* store.h - every report that was ever taken in, and what people said about it: one SQLite file (schema.sql).
 *
 * A store belongs to one thread at a time.  Any number of processes may have the same file open and write to it; who
 * has to wait for another does so for a minute.  What was committed stays, whenever a process or the machine dies; a
 * batch that was not is gone as a whole.  While a file is open, SQLite keeps two more beside it (-wal, -shm).
 *
 * No clock is read here: `now_s` and every `_s` that is an int64_t are seconds since 1970.  A 0 among them means "not
 * known" or "never", as it says there.  Strings that are passed in are borrowed for the call, may hold any bytes, and
 * come out the same; NULL counts as "".  Strings that are handed out live until the function they were given to
 * returns.
 *
 * A function that can fail returns false, or STORE_FAILED, and has said why in *error.  Keys that are not key_valid are
 * the caller's bug, as is writing to a store that was opened with STORE_READ. */
#ifndef HEDDLE_STORE_STORE_H
#define HEDDLE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/finding/files.h"
#include "triage/finding/finding.h"

struct store;

/* ------------------------------------------------------------------------------------------------- opening a store */

enum store_mode {
  STORE_READ,  /* also where neither file nor folder can be written */
  STORE_WRITE, /* the file must be there */
  STORE_CREATE /* makes it where it is missing; its folder must be there */
};

/* A file of an earlier version is brought up to date in one transaction.  One of a later version, and what is no store,
 * is refused.  NULL on failure.  The caller closes it. */
struct store *store_open(const char *path, enum store_mode mode, struct finding_error *error);

/* What is left of a batch is rolled back.  NULL is allowed. */
void store_close(struct store *store);

/* A batch: what is written in between is committed as a whole.  Without one, each call is a transaction of its own,
 * which costs a sync of the disk.  Other processes cannot write meanwhile: commit every second or so.
 * After a failure within a batch nothing more is taken, and store_commit rolls back and says what it was. */
bool store_begin(struct store *store, struct finding_error *error);
bool store_commit(struct store *store, struct finding_error *error);
void store_rollback(struct store *store);

/* From now on the texts and the input of an occurrence are kept for the first `count` of each key only; 0, as at first:
 * of all. */
void store_keep_texts(struct store *store, uint64_t count);

/* ------------------------------------------------------------------------------------------------------- taking in */

/* The exposure of one map and flavour in one campaign. */
struct store_campaign {
  int64_t id;         /* out only */
  const char *source; /* the campaign's folder */
  const char *map, *flavour, *engine;
  uint64_t sessions, failing_inputs;
  struct finding_span span;
  double last_failure_s; /* wall_s of the map's last failure; below 0: never */
  int64_t updated_s;     /* out only */
};

/* Puts the figures in place of earlier ones of that source, map, flavour and engine.  Sets *id, which occurrences name;
 * `id` may be NULL. */
bool store_put_campaign(struct store *store, const struct store_campaign *campaign, int64_t now_s, int64_t *id,
                        struct finding_error *error);

struct store_occurrence {
  int64_t id;      /* out only; in the order of taking in */
  const char *key; /* and what the key is made of and says: */
  const char *kind, *oracle, *guarantee, *message, *location;
  const char *sites; /* one a line */

  /* Which report it is: the same report again is key, source, index, sha1 and build_id again.  A file that was moved is
   * another source; a caller who wants it to be the same gives paths from a place that moves along. */
  const char *source;
  uint64_t index;             /* in the source, from 0 */
  char sha1[FILES_SHA1_SIZE]; /* of the finding's input; of a report in a log, of its text */

  const char *target, *map, *flavour, *engine, *build_id;
  int64_t campaign; /* store_put_campaign; 0: none */
  int64_t seen_s;   /* when it was met; 0: taken for now */
  int64_t added_s;  /* out only */
  uint64_t digest, points;
  struct finding_clock clock, worker_clock;

  /* Kept as store_keep_texts says; handed out where they are asked for, "" where they were not kept. */
  const char *report, *program, *schedule;
  const char *document;   /* the finding in the form of finding.json */
  const uint8_t *input;   /* NULL: not here */
  size_t input_size;      /* bytes */
  const char *input_path; /* "": none; always kept */
};

/* Fills what a finding has of an occurrence, borrowed from it; `sites` is its sites' text (store_print_sites).  The
 * caller adds source, index, campaign, seen_s, document, input_path, and sha1 where the finding has neither input nor
 * report. */
void store_from_finding(struct store_occurrence *occurrence, const struct finding *finding, const char *sites);

/* finding_sites, one a line; the caller frees it.  NULL: no memory. */
char *store_print_sites(const struct finding *finding);

enum store_result {
  STORE_NEW_KEY,
  STORE_NEW_OCCURRENCE, /* of a key that is known */
  STORE_NEW_REGRESSION, /* a new occurrence too, and its key was fixed */
  STORE_KNOWN,          /* this report was taken in before; nothing changes */
  STORE_FAILED
};

/* A new occurrence, met at or after the moment when its key was fixed, makes the key regressed. */
enum store_result store_put_occurrence(struct store *store, const struct store_occurrence *occurrence, int64_t now_s,
                                       struct finding_error *error);

/* ---------------------------------------------------------------------------------------------------------- states */

/* STATE(name, text) */
#define STORE_STATES(STATE)                                                                                            \
  STATE(NEW, "new")                                                                                                    \
  STATE(INCUBATING, "incubating") /* replays did not show it, so far */                                                \
  STATE(CONFIRMED, "confirmed")                                                                                        \
  STATE(FIXED, "fixed")                                                                                                \
  STATE(REGRESSED, "regressed") /* seen again after it was fixed */                                                    \
  STATE(IGNORED, "ignored")     /* until a date; what lies beneath goes on changing and shows then */

enum store_state {
#define STATE(name, text) STORE_##name,
  STORE_STATES(STATE)
#undef STATE
      STORE_STATE_COUNT
};

const char *store_state_text(enum store_state state);
/* False where no state is called that. */
bool store_state_parse(const char *text, enum store_state *state);

/* What a person says.  STORE_IGNORED needs a reason and an `until_s` after now_s; any other state ends an ignoring, and
 * its until_s is 0.  A key that is not there is an error. */
bool store_set_state(struct store *store, const char *key, enum store_state state, int64_t until_s, const char *reason,
                     int64_t now_s, struct finding_error *error);

/* `shown` of `replays` (at least 1) fresh replays showed the key.  Makes a new or incubating key confirmed where shown
 * is above 0, else incubating; a fixed one regressed where shown is above 0.  Others stay as they are. */
bool store_confirm(struct store *store, const char *key, uint64_t shown, uint64_t replays, int64_t now_s,
                   struct finding_error *error);

/* --------------------------------------------------------------------------------------------------------- looking */

/* Each function calls `fn` for one row after the other; false from it ends the walk, which is no failure.  Within it
 * the store may be read but not written.  Nothing is held in memory but one row. */

struct store_key {
  const char *key, *kind, *oracle, *guarantee, *message, *location, *sites; /* as its first occurrence said */
  const char *target, *map, *flavour, *engine, *build_id;                   /* likewise */
  enum store_state state;                                                   /* at now_s */
  enum store_state beneath; /* the same, but where it is ignored: what it will be then */
  int64_t state_since_s;    /* of `beneath` */
  const char *reason;       /* of `state` */
  int64_t ignored_until_s;  /* 0: not ignored at now_s */
  uint64_t count;           /* occurrences */
  uint64_t texts;           /* of them have their texts */
  int64_t first_seen_s, last_seen_s;
  uint64_t replays_shown, replays; /* of the last confirmation */
  int64_t replayed_s;              /* 0: never */
};

/* NULL and 0 ask for everything. */
struct store_filter {
  const char *key; /* the first digits of it, or all */
  const char *kind;
  const char *target, *map, *flavour; /* of any of its occurrences */
  unsigned states;                    /* 1 << STORE_NEW | ... */
};

typedef bool (*store_key_fn)(void *context, const struct store_key *key);

/* By first_seen_s, then key.  `filter` may be NULL. */
bool store_each_key(struct store *store, const struct store_filter *filter, int64_t now_s, store_key_fn fn,
                    void *context, struct finding_error *error);

typedef bool (*store_occurrence_fn)(void *context, const struct store_occurrence *occurrence);

/* By id; those of every key where `key` is NULL.  Kind to sites are what the key's first occurrence said. */
bool store_each_occurrence(struct store *store, const char *key, bool texts, store_occurrence_fn fn, void *context,
                           struct finding_error *error);

typedef bool (*store_campaign_fn)(void *context, const struct store_campaign *campaign);

/* By source, map, flavour, engine. */
bool store_each_campaign(struct store *store, store_campaign_fn fn, void *context, struct finding_error *error);

struct store_change {
  int64_t changed_s;
  enum store_state before, after;
  int64_t until_s; /* where `after` is STORE_IGNORED */
  const char *reason;
};

typedef bool (*store_change_fn)(void *context, const struct store_change *change);

/* The history of a key, oldest first. */
bool store_each_change(struct store *store, const char *key, store_change_fn fn, void *context,
                       struct finding_error *error);

/* ---------------------------------------------------------------------------------------------------------- groups */

/* VERDICT(name, text) */
#define STORE_VERDICTS(VERDICT)                                                                                        \
  VERDICT(ACCEPT, "accept") /* one bug */                                                                              \
  VERDICT(REJECT, "reject") /* not because of this pair: it joins nothing, but others may still join the two */        \
  VERDICT(SPLIT, "split")   /* two bugs: never in one group */

enum store_verdict {
#define VERDICT(name, text) STORE_##name,
  STORE_VERDICTS(VERDICT)
#undef VERDICT
      STORE_VERDICT_COUNT
};

const char *store_verdict_text(enum store_verdict verdict);

struct store_decision {
  char key_a[KEY_TEXT_SIZE], key_b[KEY_TEXT_SIZE]; /* two keys; handed out with the smaller one first */
  enum store_verdict verdict;
  const char *reason;
  double score; /* of the suggestion; finite */
  int64_t decided_s;
};

/* Takes the place of an earlier decision on these two.  The keys need not have been seen. */
bool store_decide(struct store *store, const struct store_decision *decision, struct finding_error *error);

typedef bool (*store_decision_fn)(void *context, const struct store_decision *decision);

/* By key_a, key_b. */
bool store_each_decision(struct store *store, store_decision_fn fn, void *context, struct finding_error *error);

struct store_group {
  const char (*keys)[KEY_TEXT_SIZE]; /* sorted; at least two; some may not have been seen yet */
  size_t count;
};

struct store_groups {
  struct store_group *groups; /* by their first key */
  size_t count;
  char (*keys)[KEY_TEXT_SIZE];   /* of all groups */
  char (*cut)[2][KEY_TEXT_SIZE]; /* accepted pairs that a split keeps apart, sorted */
  size_t cut_count;
};

/* The connected components of the accepted pairs.  Where these would join two keys that are split, pairs count by
 * falling score, among equals the older decision first, and one that would join them does not count.  A key that is in
 * no group stands alone.  The caller frees *groups, which is empty on failure. */
bool store_read_groups(struct store *store, struct store_groups *groups, struct finding_error *error);
void store_free_groups(struct store_groups *groups);

/* The group that holds the key, NULL where it stands alone. */
const struct store_group *store_find_group(const struct store_groups *groups, const char *key);

#endif
