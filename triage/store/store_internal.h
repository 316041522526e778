/* store_internal.h - what the files of this room share: statements that are kept, and one way to run them. */
#ifndef HEDDLE_STORE_STORE_INTERNAL_H
#define HEDDLE_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "triage/store/store.h"

/* Statements that are prepared once. */
enum store_slot {
  SLOT_BEGIN,
  SLOT_COMMIT,
  SLOT_ROLLBACK,
  SLOT_ADD_SOURCE,
  SLOT_FIND_SOURCE,
  SLOT_ADD_BUILD,
  SLOT_FIND_BUILD,
  SLOT_ADD_FINDING,
  SLOT_FIND_FINDING,
  SLOT_ADD_OCCURRENCE,
  SLOT_ADD_TEXT,
  SLOT_COUNT_OCCURRENCE,
  SLOT_ADD_CHANGE,
  SLOT_SET_STATE,
  SLOT_ADD_TRIAL,
  SLOT_COUNT,
  SLOT_NONE = SLOT_COUNT /* prepared for one use */
};

struct store {
  sqlite3 *db;
  char *file;               /* for SQLite, to which some names mean something else: begins with / or ./ */
  const char *path;         /* in `file`, as it was given */
  unsigned patience_ms;     /* how long to wait for other processes */
  uint64_t texts_kept;      /* of each key; 0: all */
  bool in_batch;            /* between store_begin and store_commit */
  bool broken;              /* something in the batch failed, */
  struct finding_error why; /* and this was it */
  sqlite3_stmt *statements[SLOT_COUNT];
};

/* A schema and how to get there.  steps[i] is the SQL that leads from version i + 1 to i + 2. */
struct store_plan {
  int version;
  const char *schema;
  const char *const *steps;
};

extern const struct store_plan store_plan_now;

/* store_open, to that plan. */
struct store *store_open_plan(const char *path, enum store_mode mode, const struct store_plan *plan,
                              struct finding_error *error);

/* Brings an open database to the plan's version, or refuses it. */
bool store_migrate(struct store *store, const struct store_plan *plan, struct finding_error *error);

/* Runs statements that have no parameters.  Returns SQLite's result code. */
int store_execute(struct store *store, const char *sql);

/* Says in *error what a result code of SQLite means for the user.  Always false.  Breaks a batch. */
bool store_fail(struct store *store, int code, struct finding_error *error);

/* Waits a moment, and false once `waited` such moments are all the patience there is. */
bool store_wait(const struct store *store, unsigned waited);

/* Around what one call writes: a transaction of its own where there is no batch.  store_leave commits it, or where
 * `ok` is false rolls it back, and returns whether all went well. */
bool store_enter(struct store *store, struct finding_error *error);
bool store_leave(struct store *store, bool ok, struct finding_error *error);

/* One statement being run: parameters are bound and columns taken in their order. */
struct cursor {
  struct store *store;
  sqlite3_stmt *statement;
  int next;   /* parameter or column */
  int status; /* the first error, else the last step's result */
  bool kept;
};

struct cursor cursor_open(struct store *store, enum store_slot slot, const char *sql);
void cursor_bind_text(struct cursor *cursor, const char *text); /* NULL: "" */
void cursor_bind_bytes(struct cursor *cursor, const void *bytes, size_t size);
void cursor_bind_integer(struct cursor *cursor, int64_t value);
void cursor_bind_real(struct cursor *cursor, double value);
void cursor_bind_null(struct cursor *cursor);
bool cursor_step(struct cursor *cursor); /* true: a row is there */
const char *cursor_take_text(struct cursor *cursor);
/* What is no key, no state: somebody wrote into the file, which is then damaged. */
const char *cursor_take_key(struct cursor *cursor);
enum store_state cursor_take_state(struct cursor *cursor);
const void *cursor_take_bytes(struct cursor *cursor, size_t *size); /* NULL for a NULL */
int64_t cursor_take_integer(struct cursor *cursor);
double cursor_take_real(struct cursor *cursor);
bool cursor_take_null(struct cursor *cursor); /* moves on only where it is one */
/* Ends it; false and *error where something went wrong on the way. */
bool cursor_close(struct cursor *cursor, struct finding_error *error);
/* For a statement that gives no rows: runs and closes it. */
bool cursor_run(struct cursor *cursor, struct finding_error *error);

/* A key's row. */
struct store_standing {
  int64_t id; /* 0: there is none */
  enum store_state state;
  int64_t since_s;
  uint64_t texts;
};

/* store_put.c: the row of what ran, of which target, map, flavour, engine and build_id count. */
bool store_put_build(struct store *store, const struct store_occurrence *occurrence, int64_t *id,
                     struct finding_error *error);

/* store_state.c */
bool store_find_standing(struct store *store, const char *key, struct store_standing *standing,
                         struct finding_error *error);
/* Changes what lies beneath an ignoring, and notes it. */
bool store_change_state(struct store *store, const struct store_standing *standing, enum store_state state,
                        const char *reason, int64_t now_s, struct finding_error *error);

#endif
