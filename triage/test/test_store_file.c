/* What a store's file may be: made, brought up to date, or refused with one line that says what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "triage/store/store_internal.h"
#include "triage/test/test_store.h"

static int enter(void **state) {
  *state = scratch_enter();
  return 0;
}

static int leave(void **state) {
  scratch_leave(*state);
  return 0;
}

/* Runs SQL on the file as another program would. */
static void run_sql(const char *sql) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(STORE_FILE, &db), SQLITE_OK);
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
    fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int append_row(void *context, int count, char **values, char **names) {
  (void)names;
  char *text = context;
  for (int i = 0; i < count; ++i)
    snprintf(text + strlen(text), 16384 - strlen(text), "%s|", values[i] ? values[i] : "NULL");
  return 0;
}

static void ask_sql(const char *sql, char text[16384]) {
  sqlite3 *db;
  *text = '\0';
  assert_int_equal(sqlite3_open(STORE_FILE, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, append_row, text, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void fill(void) {
  struct store *store = store_must_open(STORE_CREATE);
  for (uint64_t i = 0; i < 3; ++i) {
    struct store_occurrence occurrence = store_sample(KEY_A, i);
    store_must_put(store, &occurrence, NOW);
  }
  store_close(store);
}

static bool count_key(void *context, const struct store_key *key) {
  assert_true(key_valid(key->key));
  ++*(int *)context;
  return true;
}

static bool count_change(void *context, const struct store_change *change) {
  (void)change;
  ++*(int *)context;
  return true;
}

static bool count_decision(void *context, const struct store_decision *decision) {
  assert_true(strcmp(decision->key_a, decision->key_b) < 0);
  ++*(int *)context;
  return true;
}

/* The store is refused, in one line that names the file and `expected`. */
static void assert_refused(const char *path, enum store_mode mode, const char *expected) {
  struct finding_error error = {""};
  assert_null(store_open(path, mode, &error));
  if (!strstr(error.text, expected))
    fail_msg("\"%s\" instead of \"%s\"", error.text, expected);
  assert_non_null(strstr(error.text, path));
  assert_null(strchr(error.text, '\n'));
}

static void test_a_store_is_made_only_where_that_was_asked_for(void **state) {
  (void)state;
  assert_refused(STORE_FILE, STORE_READ, "No such file");
  assert_refused(STORE_FILE, STORE_WRITE, "No such file");
  assert_int_equal(access(STORE_FILE, F_OK), -1);
  assert_refused("no/folder/store.db", STORE_CREATE, "No such file");
  store_close(store_must_open(STORE_CREATE));
  store_close(store_must_open(STORE_CREATE)); /* there already: the same */
  char text[16384];
  ask_sql("PRAGMA journal_mode; PRAGMA user_version; PRAGMA foreign_key_check; PRAGMA integrity_check", text);
  assert_string_equal(text, "wal|2|ok|");
}

static void test_what_is_no_store_is_refused_and_left_alone(void **state) {
  (void)state;
  char text[4096];
  memset(text, 'x', sizeof text);
  assert_int_equal(files_create("text", text, sizeof text), 0);
  assert_int_equal(files_create("short", "SQLite", 6), 0);
  assert_int_equal(mkdir("folder", 0777), 0);
  run_sql("CREATE TABLE bookmark (url TEXT)");
  assert_int_equal(rename(STORE_FILE, "other"), 0);
  run_sql("PRAGMA application_id = 7");
  assert_int_equal(rename(STORE_FILE, "marked"), 0);
  for (int mode = STORE_READ; mode <= STORE_CREATE; ++mode) {
    assert_refused("text", (enum store_mode)mode, "not a store");
    assert_refused("short", (enum store_mode)mode, "not a store");
    assert_refused("folder", (enum store_mode)mode, "Is a directory");
    assert_refused("other", (enum store_mode)mode, "another program's database");
    assert_refused("marked", (enum store_mode)mode, "another program's database");
  }
  size_t size;
  char *after = files_read("text", sizeof text, &size);
  assert_int_equal(size, sizeof text);
  assert_memory_equal(after, text, size);
  free(after);
}

/* As a process leaves it that dies right after it made the file. */
static void test_an_empty_file_becomes_a_store(void **state) {
  (void)state;
  for (int mode = STORE_READ; mode <= STORE_CREATE; ++mode) {
    assert_int_equal(files_create(STORE_FILE, "", 0), 0);
    struct store *store = store_must_open((enum store_mode)mode);
    assert_int_equal(store_count(store, NULL), 0);
    store_close(store);
    assert_int_equal(unlink(STORE_FILE), 0);
  }
}

static void test_a_newer_store_is_refused(void **state) {
  (void)state;
  fill();
  run_sql("PRAGMA user_version = 3");
  assert_refused(STORE_FILE, STORE_WRITE, "version 3, this heddle knows up to 2");
  run_sql("PRAGMA user_version = 2");
  struct store *store = store_must_open(STORE_WRITE);
  assert_int_equal(store_count(store, NULL), 3);
  store_close(store);
}

/* What was taken in, in a store as version 1 made it. */
static void fill_version_1(void) {
  fill();
  run_sql("DROP TABLE trial; DROP TABLE experiment; PRAGMA user_version = 1");
}

/* What schema.sql says of the tables that came with version 2, and what the step to it makes, are the same. */
static void test_a_store_of_version_1_is_brought_up_to_date(void **state) {
  static const char ask[] = "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_schema m,"
                            " pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid;"
                            " SELECT m.name, i.name FROM sqlite_schema m, pragma_index_list(m.name) i ORDER BY 1, 2;"
                            " SELECT m.name, f.\"table\", f.\"from\" FROM sqlite_schema m,"
                            " pragma_foreign_key_list(m.name) f ORDER BY 1, 2, 3; PRAGMA user_version";
  static char fresh[16384], stepped[16384];
  (void)state;
  store_close(store_must_open(STORE_CREATE));
  ask_sql(ask, fresh);
  assert_int_equal(unlink(STORE_FILE), 0);
  fill_version_1();
  struct store *store = store_must_open(STORE_WRITE);
  assert_int_equal(store_count(store, NULL), 3);
  store_close(store);
  ask_sql(ask, stepped);
  assert_non_null(strstr(stepped, "latencies"));
  assert_string_equal(stepped, fresh);
}

/* From version 1 to a version 3 that never was. */
static const char *const steps[] = {
    "ALTER TABLE finding ADD COLUMN owner TEXT NOT NULL DEFAULT 'nobody'",
    "CREATE TABLE note (id INTEGER PRIMARY KEY, note TEXT) STRICT; UPDATE finding SET owner = 'somebody'"};

static void test_an_older_store_takes_every_step(void **state) {
  (void)state;
  struct finding_error error;
  const struct store_plan plan = {.version = 3, .schema = NULL, .steps = steps};
  fill_version_1();
  struct store *store = store_open_plan(STORE_FILE, STORE_READ, &plan, &error);
  assert_non_null(store);
  assert_int_equal(store_count(store, NULL), 3);
  store_close(store);
  char text[16384];
  ask_sql("PRAGMA user_version; SELECT owner FROM finding; SELECT count(*) FROM note", text);
  assert_string_equal(text, "3|somebody|0|");
  /* Opened once more, there is nothing to do. */
  store = store_open_plan(STORE_FILE, STORE_WRITE, &plan, &error);
  assert_non_null(store);
  store_close(store);
  assert_refused(STORE_FILE, STORE_READ, "version 3");
}

static void test_a_step_that_fails_leaves_the_store_as_it_was(void **state) {
  (void)state;
  struct finding_error error;
  static const char *const bad_steps[] = {"ALTER TABLE finding ADD COLUMN owner TEXT",
                                          "UPDATE finding SET unheard_of = 1"};
  const struct store_plan plan = {.version = 3, .schema = NULL, .steps = bad_steps};
  char before[16384], after[16384];
  fill_version_1();
  ask_sql("PRAGMA user_version; SELECT sql FROM sqlite_schema", before);
  assert_null(store_open_plan(STORE_FILE, STORE_WRITE, &plan, &error));
  assert_non_null(strstr(error.text, "no such column: unheard_of"));
  ask_sql("PRAGMA user_version; SELECT sql FROM sqlite_schema", after);
  assert_string_equal(before, after);
  struct store *store = store_must_open(STORE_WRITE);
  assert_int_equal(store_count(store, NULL), 3);
  store_close(store);
}

/* Whatever stands in the file, opening and walking it ends with an answer or a line. */
static void test_a_damaged_store_is_told(void **state) {
  (void)state;
  size_t size;
  int told = 0;
  fill();
  char *bytes = files_read(STORE_FILE, 1 << 24, &size);
  assert_non_null(bytes);
  for (size_t at = 16; at < size; at += 997) {
    struct finding_error error = {""};
    char *damaged = malloc(size);
    memcpy(damaged, bytes, size);
    for (size_t i = at; i < size && i < at + 64; ++i)
      damaged[i] = (char)(damaged[i] ^ 0x5a);
    assert_int_equal(files_replace(STORE_FILE, damaged, size, false), 0);
    free(damaged);
    struct store *store = store_open(STORE_FILE, STORE_READ, &error);
    uint64_t count = 0;
    bool ok = store && store_each_occurrence(store, NULL, true, store_count_one, &count, &error);
    assert_int_equal(ok, *error.text == '\0');
    told += !ok;
    store_close(store);
  }
  assert_true(told > 0);
  /* Cut short. */
  assert_int_equal(files_replace(STORE_FILE, bytes, size / 2, false), 0);
  assert_refused(STORE_FILE, STORE_READ, "damaged");
  free(bytes);
}

/* The pages' checks do not know the states: an edited file. */
static void test_an_edited_state_cannot_be_written(void **state) {
  (void)state;
  sqlite3 *db;
  fill();
  assert_int_equal(sqlite3_open(STORE_FILE, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "UPDATE finding SET state = 'unheard of'", NULL, NULL, NULL), SQLITE_CONSTRAINT);
  assert_int_equal(sqlite3_exec(db, "UPDATE finding SET state = 'ignored'", NULL, NULL, NULL), SQLITE_CONSTRAINT);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Rows that another program wrote with the checks switched off are refused, as far as they say what no store says. */
static void test_a_row_that_no_store_writes_is_damage(void **state) {
  (void)state;
  static const char *const edits[] = {"UPDATE finding SET key = char(27) || '[31mred, 16 in'",
                                      "UPDATE finding SET key = ''",
                                      "UPDATE finding SET state = 'unheard of'",
                                      "UPDATE finding SET state = 'ignored'",
                                      "UPDATE change SET state_after = ''",
                                      "UPDATE decision SET verdict = 'perhaps'",
                                      "UPDATE decision SET key_b = 'x'",
                                      "UPDATE decision SET key_b = key_a"};
  for (size_t i = 0; i < sizeof edits / sizeof *edits; ++i) {
    struct finding_error error = {""};
    struct store_decision decision = {KEY_A, KEY_B, STORE_ACCEPT, "", 1, NOW};
    char sql[256];
    fill();
    struct store *store = store_must_open(STORE_WRITE);
    assert_true(store_set_state(store, KEY_A, STORE_CONFIRMED, 0, "", NOW, &error));
    assert_true(store_decide(store, &decision, &error));
    store_close(store);
    snprintf(sql, sizeof sql, "PRAGMA ignore_check_constraints = ON; %s", edits[i]);
    run_sql(sql);
    store = store_must_open(STORE_READ);
    struct store_groups groups;
    int rows = 0;
    bool ok = store_each_key(store, NULL, NOW, count_key, &rows, &error) &&
              store_each_change(store, KEY_A, count_change, &rows, &error) &&
              store_each_decision(store, count_decision, &rows, &error) && store_read_groups(store, &groups, &error);
    assert_false(ok);
    if (!strstr(error.text, "damaged"))
      fail_msg("%s: %s", edits[i], error.text);
    store_close(store);
    assert_int_equal(unlink(STORE_FILE), 0);
  }
}

/* In a process for which permissions count. */
static int as_nobody(int (*part)(void)) {
  pid_t pid = fork();
  if (pid == 0) {
    if (geteuid() == 0 && setuid(65534) < 0)
      _exit(98);
    _exit(part());
  }
  int wait_status;
  assert_int_equal(waitpid(pid, &wait_status, 0), pid);
  assert_true(WIFEXITED(wait_status));
  return WEXITSTATUS(wait_status);
}

static int read_but_not_write(void) {
  struct finding_error error = {""};
  if (store_open(STORE_FILE, STORE_WRITE, &error) ||
      !strstr(error.text, "(it cannot be written): " STORE_FILE ": check its permissions")) {
    fprintf(stderr, "%s\n", error.text);
    return 1;
  }
  struct store *store = store_open(STORE_FILE, STORE_READ, &error);
  uint64_t count = 0;
  if (!store || !store_each_occurrence(store, NULL, true, store_count_one, &count, &error)) {
    fprintf(stderr, "%s\n", error.text);
    return 2;
  }
  store_close(store);
  return count == 3 ? 0 : 3;
}

static int not_read(void) {
  struct finding_error error = {""};
  return store_open(STORE_FILE, STORE_READ, &error) || !strstr(error.text, "Permission denied") ? 1 : 0;
}

static void test_a_read_only_store_is_read(void **state) {
  (void)state;
  fill();
  assert_int_equal(chmod(STORE_FILE, 0444), 0);
  assert_int_equal(chmod(".", 0777), 0); /* -wal and -shm can be made */
  assert_int_equal(as_nobody(read_but_not_write), 0);
  unlink(STORE_FILE "-wal");
  unlink(STORE_FILE "-shm");
  assert_int_equal(chmod(".", 0555), 0); /* they cannot */
  assert_int_equal(as_nobody(read_but_not_write), 0);
  assert_int_equal(chmod(STORE_FILE, 0), 0);
  assert_int_equal(as_nobody(not_read), 0);
  assert_int_equal(chmod(".", 0755), 0);
}

/* Who may only read sees what another process has committed, also before it is copied into the file itself. */
static void test_a_read_only_store_is_read_while_another_writes(void **state) {
  (void)state;
  struct store *writer = store_must_open(STORE_CREATE);
  for (uint64_t i = 0; i < 3; ++i) {
    struct store_occurrence occurrence = store_sample(KEY_A, i);
    store_must_put(writer, &occurrence, NOW);
  }
  assert_int_equal(chmod(STORE_FILE, 0444), 0);
  assert_int_equal(chmod(".", 0555), 0);
  assert_int_equal(as_nobody(read_but_not_write), 0);
  assert_int_equal(chmod(".", 0755), 0);
  store_close(writer);
}

/* Too little memory, and a text that is too long: told in a line, and nothing half is there. */
static void test_what_does_not_fit_is_told(void **state) {
  (void)state;
  struct finding_error error = {""};
  struct store_occurrence occurrence = store_sample(KEY_B, 0);
  int told = 0;
  fill();
  for (int64_t limit = 20000; limit <= 400000; limit += 4000) {
    sqlite3_hard_heap_limit64(limit);
    struct store *store = store_open(STORE_FILE, STORE_WRITE, &error);
    bool ok = store && store_begin(store, &error);
    ok = ok && store_put_occurrence(store, &occurrence, NOW, &error) != STORE_FAILED;
    if (store)
      store_rollback(store);
    store_close(store);
    if (!ok)
      assert_non_null(strstr(error.text, "(Cannot allocate memory): " STORE_FILE));
    told += !ok;
  }
  sqlite3_hard_heap_limit64(0);
  assert_in_range(told, 1, 90); /* with more of it, it went well */
  struct store *store = store_must_open(STORE_WRITE);
  sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 1000);
  char text[2000] = "";
  memset(text, 'x', sizeof text - 1);
  occurrence.schedule = text;
  assert_int_equal(store_put_occurrence(store, &occurrence, NOW, &error), STORE_FAILED);
  assert_non_null(strstr(error.text, "leave this report out"));
  assert_int_equal(store_count(store, NULL), 3);
  store_close(store);
}

/* A name is a name, also where SQLite or a URI knows it as something else. */
static void test_a_name_means_nothing_else(void **state) {
  (void)state;
  static const char *const names[] = {":memory:", "file:x?mode=memory", "a%20b#c?immutable=1", "it's \"\xff\""};
  struct finding_error error;
  struct store_occurrence occurrence = store_sample(KEY_A, 0);
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    struct store *store = store_open(names[i], STORE_CREATE, &error);
    assert_non_null(store);
    assert_int_equal(store_must_put(store, &occurrence, NOW), STORE_NEW_KEY);
    store_close(store);
    assert_int_equal(access(names[i], F_OK), 0);
    assert_int_equal(rename(names[i], STORE_FILE), 0);
    store = store_must_open(STORE_READ);
    assert_int_equal(store_count(store, NULL), 1);
    store_close(store);
    assert_int_equal(unlink(STORE_FILE), 0);
  }
  assert_refused("", STORE_CREATE, "cannot use the store");
}

static void test_a_store_that_is_busy_is_told_after_some_time(void **state) {
  (void)state;
  struct finding_error error;
  struct store *writer = store_must_open(STORE_CREATE), *other = store_must_open(STORE_WRITE);
  struct store_occurrence occurrence = store_sample(KEY_A, 0);
  other->patience_ms = 20;
  assert_true(store_begin(writer, &error));
  store_must_put(writer, &occurrence, NOW);
  assert_false(store_begin(other, &error));
  assert_non_null(strstr(error.text, "another process has been writing"));
  assert_int_equal(store_put_occurrence(other, &occurrence, NOW, &error), STORE_FAILED);
  assert_true(store_commit(writer, &error));
  assert_int_equal(store_must_put(other, &occurrence, NOW), STORE_KNOWN);
  store_close(writer);
  store_close(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_a_store_is_made_only_where_that_was_asked_for, enter, leave),
      cmocka_unit_test_setup_teardown(test_what_is_no_store_is_refused_and_left_alone, enter, leave),
      cmocka_unit_test_setup_teardown(test_an_empty_file_becomes_a_store, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_newer_store_is_refused, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_store_of_version_1_is_brought_up_to_date, enter, leave),
      cmocka_unit_test_setup_teardown(test_an_older_store_takes_every_step, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_step_that_fails_leaves_the_store_as_it_was, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_damaged_store_is_told, enter, leave),
      cmocka_unit_test_setup_teardown(test_an_edited_state_cannot_be_written, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_row_that_no_store_writes_is_damage, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_read_only_store_is_read, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_read_only_store_is_read_while_another_writes, enter, leave),
      cmocka_unit_test_setup_teardown(test_what_does_not_fit_is_told, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_name_means_nothing_else, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_store_that_is_busy_is_told_after_some_time, enter, leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
