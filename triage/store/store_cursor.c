/* store_cursor.c - running one statement (store_internal.h). */
#include <assert.h>
#include <errno.h>

#include "triage/store/store_internal.h"

struct cursor cursor_open(struct store *store, enum store_slot slot, const char *sql) {
  struct cursor cursor = {.store = store, .kept = slot != SLOT_NONE, .status = SQLITE_OK};
  if (cursor.kept)
    cursor.statement = store->statements[slot];
  if (cursor.statement)
    return cursor;
  cursor.status =
      sqlite3_prepare_v3(store->db, sql, -1, cursor.kept ? SQLITE_PREPARE_PERSISTENT : 0, &cursor.statement, NULL);
  if (cursor.kept)
    store->statements[slot] = cursor.statement;
  return cursor;
}

/* Notes how a binding went. */
static void bound(struct cursor *cursor, int status) {
  if (cursor->status == SQLITE_OK)
    cursor->status = status;
}

void cursor_bind_text(struct cursor *cursor, const char *text) {
  if (cursor->status == SQLITE_OK)
    bound(cursor, sqlite3_bind_text64(cursor->statement, ++cursor->next, text ? text : "",
                                      text ? __builtin_strlen(text) : 0, SQLITE_STATIC, SQLITE_UTF8));
}

void cursor_bind_bytes(struct cursor *cursor, const void *bytes, size_t size) {
  if (cursor->status == SQLITE_OK)
    bound(cursor, sqlite3_bind_blob64(cursor->statement, ++cursor->next, size ? bytes : "", size, SQLITE_STATIC));
}

void cursor_bind_integer(struct cursor *cursor, int64_t value) {
  if (cursor->status == SQLITE_OK)
    bound(cursor, sqlite3_bind_int64(cursor->statement, ++cursor->next, value));
}

void cursor_bind_real(struct cursor *cursor, double value) {
  if (cursor->status == SQLITE_OK)
    bound(cursor, sqlite3_bind_double(cursor->statement, ++cursor->next, value));
}

void cursor_bind_null(struct cursor *cursor) {
  if (cursor->status == SQLITE_OK)
    bound(cursor, sqlite3_bind_null(cursor->statement, ++cursor->next));
}

bool cursor_step(struct cursor *cursor) {
  errno = 0;
  if (cursor->status == SQLITE_OK || cursor->status == SQLITE_ROW)
    cursor->status = sqlite3_step(cursor->statement);
  cursor->next = 0;
  return cursor->status == SQLITE_ROW;
}

const char *cursor_take_text(struct cursor *cursor) {
  const unsigned char *text = sqlite3_column_text(cursor->statement, cursor->next++);
  if (!text) /* no text column here holds NULL */
    cursor->status = SQLITE_NOMEM;
  return text ? (const char *)text : "";
}

const char *cursor_take_key(struct cursor *cursor) {
  const char *key = cursor_take_text(cursor);
  if (!key_valid(key) && cursor->status == SQLITE_ROW)
    cursor->status = SQLITE_CORRUPT;
  return key;
}

enum store_state cursor_take_state(struct cursor *cursor) {
  enum store_state state = STORE_NEW;
  if (!store_state_parse(cursor_take_text(cursor), &state) && cursor->status == SQLITE_ROW)
    cursor->status = SQLITE_CORRUPT;
  return state;
}

const void *cursor_take_bytes(struct cursor *cursor, size_t *size) {
  int column = cursor->next++;
  bool null = sqlite3_column_type(cursor->statement, column) == SQLITE_NULL;
  const void *bytes = sqlite3_column_blob(cursor->statement, column);
  *size = (size_t)sqlite3_column_bytes(cursor->statement, column);
  return bytes || null ? bytes : ""; /* SQLite gives NULL for no bytes */
}

int64_t cursor_take_integer(struct cursor *cursor) { return sqlite3_column_int64(cursor->statement, cursor->next++); }

double cursor_take_real(struct cursor *cursor) { return sqlite3_column_double(cursor->statement, cursor->next++); }

bool cursor_take_null(struct cursor *cursor) {
  bool null = sqlite3_column_type(cursor->statement, cursor->next) == SQLITE_NULL;
  cursor->next += null;
  return null;
}

bool cursor_close(struct cursor *cursor, struct finding_error *error) {
  int status = cursor->status;
  bool ok = status == SQLITE_OK || status == SQLITE_ROW || status == SQLITE_DONE;
  if (!ok) /* before the statement goes: what SQLite says of it goes too */
    store_fail(cursor->store, status, error);
  if (!cursor->kept) {
    sqlite3_finalize(cursor->statement);
  } else if (cursor->statement) {
    sqlite3_reset(cursor->statement);
    sqlite3_clear_bindings(cursor->statement);
  }
  return ok;
}

bool cursor_run(struct cursor *cursor, struct finding_error *error) {
  bool row = cursor_step(cursor);
  assert(!row && "the statement gives no rows");
  (void)row;
  return cursor_close(cursor, error);
}
