/* store_schema.c - the versions of the schema.
 *
 * A next version: change schema.sql, raise `version`, and append to `steps` the SQL that makes the old schema the new
 * one. */
#include <stdio.h>

#include "triage/store/store_internal.h"

#define APPLICATION_ID 0x68656464 /* "hedd" */

/* schema.sql as a string; found on the include path. */
__asm__(".pushsection .rodata\n"
        ".globl store_schema_sql\n"
        ".hidden store_schema_sql\n"
        "store_schema_sql:\n"
        ".incbin \"triage/store/schema.sql\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char store_schema_sql[];

/* From each version to the next. */
static const char *const steps[] = {
    "CREATE TABLE experiment ( id INTEGER PRIMARY KEY, build INTEGER NOT NULL REFERENCES build, machine "
    "TEXT NOT NULL, workload TEXT NOT NULL, clock TEXT NOT NULL, timeout_s REAL NOT NULL, seed INTEGER "
    "NOT NULL, added_s INTEGER NOT NULL, UNIQUE (build, machine, workload, clock, timeout_s, seed) ) "
    "STRICT; CREATE TABLE trial ( experiment INTEGER NOT NULL REFERENCES experiment, number INTEGER NOT "
    "NULL, seed INTEGER NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL, time_s REAL NOT NULL, "
    "operations INTEGER NOT NULL, guarded INTEGER NOT NULL, state TEXT NOT NULL, threads TEXT NOT NULL, "
    "latencies TEXT NOT NULL, waits TEXT NOT NULL, ended_s INTEGER NOT NULL, PRIMARY KEY (experiment, "
    "number) ) STRICT, WITHOUT ROWID;",
};

const struct store_plan store_plan_now = {.version = 2, .schema = store_schema_sql, .steps = steps};

/* What a file says that it is. */
struct identity {
  int64_t version, application, tables;
};

static bool read_identity(struct store *store, struct identity *identity, struct finding_error *error) {
  struct cursor cursor = cursor_open(store, SLOT_NONE,
                                     "SELECT (SELECT user_version FROM pragma_user_version),"
                                     " (SELECT application_id FROM pragma_application_id),"
                                     " (SELECT count(*) FROM sqlite_schema)");
  if (cursor_step(&cursor)) {
    identity->version = cursor_take_integer(&cursor);
    identity->application = cursor_take_integer(&cursor);
    identity->tables = cursor_take_integer(&cursor);
  }
  return cursor_close(&cursor, error);
}

static bool acceptable(const struct store *store, const struct store_plan *plan, const struct identity *identity,
                       struct finding_error *error) {
  bool empty = identity->application == 0 && identity->version == 0 && identity->tables == 0;
  if (!empty && (identity->application != APPLICATION_ID || identity->version < 1)) {
    snprintf(error->text, sizeof error->text, "not a store, but another program's database: %.800s: give another name",
             store->path);
    return false;
  }
  if (identity->version > plan->version) {
    snprintf(error->text, sizeof error->text,
             "the store has version %lld, this heddle knows up to %d: %.700s: take a newer heddle",
             (long long)identity->version, plan->version, store->path);
    return false;
  }
  return true;
}

static bool run(struct store *store, const char *sql, struct finding_error *error) {
  int code = store_execute(store, sql);
  return code == SQLITE_OK || store_fail(store, code, error);
}

/* Inside a transaction. */
static bool take_steps(struct store *store, const struct store_plan *plan, int version, struct finding_error *error) {
  char numbers[96];
  if (version == 0 && !run(store, plan->schema, error))
    return false;
  if (version > 0)
    for (; version < plan->version; ++version)
      if (!run(store, plan->steps[version - 1], error))
        return false;
  /* A pragma takes no bound parameters. */
  snprintf(numbers, sizeof numbers, "PRAGMA user_version = %d; PRAGMA application_id = %d", plan->version,
           APPLICATION_ID);
  return run(store, numbers, error);
}

/* Cannot be done inside a transaction, and does not wait by itself for others that open the same new file. */
static bool write_ahead(struct store *store, struct finding_error *error) {
  int code;
  for (unsigned waited = 0;; ++waited) {
    code = store_execute(store, "PRAGMA journal_mode = WAL");
    if ((code & 0xff) != SQLITE_BUSY || !store_wait(store, waited))
      break;
  }
  return code == SQLITE_OK || store_fail(store, code, error);
}

bool store_migrate(struct store *store, const struct store_plan *plan, struct finding_error *error) {
  struct identity identity = {0};
  if (!read_identity(store, &identity, error) || !acceptable(store, plan, &identity, error))
    return false;
  if (identity.version == plan->version)
    return true;
  if (!write_ahead(store, error) || !store_enter(store, error))
    return false;
  /* Once more: another process may have done it meanwhile. */
  bool ok = read_identity(store, &identity, error) && acceptable(store, plan, &identity, error) &&
            (identity.version == plan->version || take_steps(store, plan, (int)identity.version, error));
  return store_leave(store, ok, error);
}
