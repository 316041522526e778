/* store.c - opening, batches, and what went wrong. */
#include "triage/store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "triage/store/store_internal.h"

#define PATIENCE_MS 60000
#define NAP_MS 1 /* between two looks at what another process has locked */

static void nap(long milliseconds) {
  struct timespec time = {.tv_nsec = milliseconds * 1000000};
  nanosleep(&time, NULL);
}

bool store_wait(const struct store *store, unsigned waited) {
  if (waited * NAP_MS >= store->patience_ms)
    return false;
  nap(NAP_MS);
  return true;
}

/* SQLite's own busy_timeout looks ten times a second, and meets a busy writer between two batches only by chance. */
static int wait_for_others(void *context, int waited) { return store_wait(context, (unsigned)waited); }

/* ------------------------------------------------------------------------------------------------------------ errors
 */

/* What and what to do, for SQLite's primary result codes; the place is put in between. */
static void describe(struct store *store, int code, const char **what, const char **advice) {
  int system_error = errno;
  if (store->db && sqlite3_system_errno(store->db) != 0) /* not always noted there */
    system_error = sqlite3_system_errno(store->db);
  struct stat status;
  switch (code & 0xff) {
  case SQLITE_FULL:
    *what = strerror(ENOSPC), *advice = files_advice(ENOSPC);
    return;
  case SQLITE_READONLY:
    *what = "it cannot be written", *advice = files_advice(EACCES);
    return;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    *what = "another process has been writing to it all the time", *advice = "wait for its end, then run it again";
    return;
  case SQLITE_NOTADB:
    *what = "not a store", *advice = "give another name";
    return;
  case SQLITE_CORRUPT:
    *what = "the file is damaged", *advice = "put a copy in its place, or save what there is with sqlite3's .recover";
    return;
  case SQLITE_NOMEM:
    *what = strerror(ENOMEM), *advice = "close other programs, then run it again";
    return;
  case SQLITE_TOOBIG:
    *what = "a text of a gigabyte", *advice = "leave this report out";
    return;
  case SQLITE_CANTOPEN:
    if (stat(store->file, &status) == 0 && S_ISDIR(status.st_mode))
      system_error = EISDIR;
    *what = strerror(system_error), *advice = files_advice(system_error);
    return;
  case SQLITE_IOERR:
    if (system_error != 0) {
      *what = strerror(system_error), *advice = files_advice(system_error);
      return;
    }
    break;
  default:
    break;
  }
  *what = store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code), *advice = files_advice(0);
}

int store_execute(struct store *store, const char *sql) {
  errno = 0;
  return sqlite3_exec(store->db, sql, NULL, NULL, NULL);
}

bool store_fail(struct store *store, int code, struct finding_error *error) {
  const char *what, *advice;
  describe(store, code, &what, &advice);
  snprintf(error->text, sizeof error->text, "cannot use the store (%.200s): %.600s: %s", what, store->path, advice);
  if (store->in_batch && !store->broken) {
    store->broken = true;
    store->why = *error;
  }
  return false;
}

/* ----------------------------------------------------------------------------------------------------------- opening
 */

/* And a first look into it.  Returns SQLite's result code. */
static int open_database(struct store *store, const char *name, int flags) {
  errno = 0;
  int code = sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
  if (code != SQLITE_OK)
    return code;
  sqlite3_busy_handler(store->db, wait_for_others, store);
  /* The file may come from anybody: its schema runs nothing of its own. */
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  return store_execute(store, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;"
                              "PRAGMA journal_size_limit = 67108864; SELECT count(*) FROM sqlite_schema");
}

/* A file in a folder that cannot be written, with nothing beside it: nobody can change it while it is read. */
static int open_unchanging(struct store *store) {
  static const char hexadecimal[] = "0123456789ABCDEF";
  struct stat status;
  char *name = malloc(3 * strlen(store->file) + sizeof "file:?immutable=1-wal");
  if (!name)
    return SQLITE_NOMEM;
  sprintf(name, "%s-wal", store->file);
  if (stat(name, &status) == 0 && status.st_size > 0) {
    free(name);
    return SQLITE_READONLY;
  }
  char *end = stpcpy(name, "file:");
  for (const char *byte = store->file; *byte; ++byte) {
    *end++ = '%';
    *end++ = hexadecimal[(unsigned char)*byte >> 4];
    *end++ = hexadecimal[(unsigned char)*byte & 15];
  }
  strcpy(end, "?immutable=1");
  sqlite3_close(store->db);
  int code = open_database(store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  free(name);
  return code;
}

static bool open_and_migrate(struct store *store, enum store_mode mode, const struct store_plan *plan,
                             struct finding_error *error) {
  int code = open_database(store, store->file, SQLITE_OPEN_READWRITE | (mode == STORE_CREATE ? SQLITE_OPEN_CREATE : 0));
  if (mode == STORE_READ && (code & 0xff) == SQLITE_READONLY)
    code = open_unchanging(store);
  if (code == SQLITE_OK && mode != STORE_READ && sqlite3_db_readonly(store->db, "main"))
    code = SQLITE_READONLY;
  return code == SQLITE_OK ? store_migrate(store, plan, error) : store_fail(store, code, error);
}

struct store *store_open_plan(const char *path, enum store_mode mode, const struct store_plan *plan,
                              struct finding_error *error) {
  struct store *store = calloc(1, sizeof *store);
  if (!store || asprintf(&store->file, "%s%s", *path == '/' ? "" : "./", path) < 0) {
    snprintf(error->text, sizeof error->text, "cannot use the store (%s): %.600s: close other programs",
             strerror(ENOMEM), path);
    free(store);
    return NULL;
  }
  store->path = store->file + (*path == '/' ? 0 : 2);
  store->patience_ms = PATIENCE_MS;
  if (open_and_migrate(store, mode, plan, error))
    return store;
  store_close(store);
  return NULL;
}

struct store *store_open(const char *path, enum store_mode mode, struct finding_error *error) {
  return store_open_plan(path, mode, &store_plan_now, error);
}

void store_close(struct store *store) {
  if (!store)
    return;
  for (size_t i = 0; i < SLOT_COUNT; ++i)
    sqlite3_finalize(store->statements[i]);
  int code = sqlite3_close(store->db);
  assert(code == SQLITE_OK && "every statement was closed");
  (void)code;
  free(store->file);
  free(store);
}

void store_keep_texts(struct store *store, uint64_t count) { store->texts_kept = count; }

/* ---------------------------------------------------------------------------------------------------------- batches */

static bool run_kept(struct store *store, enum store_slot slot, const char *sql, struct finding_error *error) {
  struct cursor cursor = cursor_open(store, slot, sql);
  return cursor_run(&cursor, error);
}

/* At once for writing: a transaction that begins by reading may find later that it cannot write any more. */
static bool begin(struct store *store, struct finding_error *error) {
  return run_kept(store, SLOT_BEGIN, "BEGIN IMMEDIATE", error);
}

/* An error may have rolled it back already. */
static void roll_back(struct store *store) {
  struct finding_error ignored;
  if (!sqlite3_get_autocommit(store->db))
    run_kept(store, SLOT_ROLLBACK, "ROLLBACK", &ignored);
}

static bool commit(struct store *store, struct finding_error *error) {
  if (run_kept(store, SLOT_COMMIT, "COMMIT", error))
    return true;
  roll_back(store);
  return false;
}

bool store_begin(struct store *store, struct finding_error *error) {
  assert(!store->in_batch && "batches do not nest");
  if (!begin(store, error))
    return false;
  store->in_batch = true;
  store->broken = false;
  return true;
}

bool store_commit(struct store *store, struct finding_error *error) {
  assert(store->in_batch && "a batch was begun");
  if (store->broken) {
    *error = store->why;
    store_rollback(store);
    return false;
  }
  store->in_batch = false;
  bool ok = commit(store, error);
  /* SQLite has no queue: who waits gets its turn in between two batches, or never. */
  nap(3 * NAP_MS);
  return ok;
}

void store_rollback(struct store *store) {
  store->in_batch = store->broken = false;
  roll_back(store);
}

bool store_enter(struct store *store, struct finding_error *error) {
  if (!store->in_batch)
    return begin(store, error);
  if (store->broken)
    *error = store->why;
  return !store->broken;
}

bool store_leave(struct store *store, bool ok, struct finding_error *error) {
  if (store->in_batch)
    return ok;
  if (ok)
    return commit(store, error);
  roll_back(store);
  return false;
}
