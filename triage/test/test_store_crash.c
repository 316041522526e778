/* A write that fails, a process that is killed at any moment, and several that write at once: what was committed is
 * there, what was not is gone as a whole, and the file works on.
 * SQLite's own calls of the system are replaced for it, which its file layer offers.
 * ctest: full */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "triage/store/store_internal.h"
#include "triage/test/test_store.h"

#define FIRST 5   /* occurrences that were committed before */
#define SECOND 40 /* in the batch that meets trouble */

/* ------------------------------------------------------------------------------------------------------------ faults
 */

/* The call that goes wrong, counted over all of them from 1; 0: none. */
static int bad_step, step;
static int bad_errno; /* 0: the process is killed there */

static bool goes_wrong(void) {
  if (++step != bad_step)
    return false;
  if (bad_errno == 0)
    raise(SIGKILL);
  errno = bad_errno;
  return true;
}

static ssize_t bad_write(int fd, const void *bytes, size_t size) { return goes_wrong() ? -1 : write(fd, bytes, size); }
static ssize_t bad_pwrite(int fd, const void *bytes, size_t size, off_t at) {
  /* Half of it first, as a disk does that fills up. */
  if (goes_wrong())
    return step % 2 && size > 1 ? (bad_step++, pwrite(fd, bytes, size / 2, at)) : -1;
  return pwrite(fd, bytes, size, at);
}
static int bad_truncate(int fd, off_t size) { return goes_wrong() ? -1 : ftruncate(fd, size); }
static int bad_unlink(const char *path) { return goes_wrong() ? -1 : unlink(path); }

static void replace_calls(void) {
  sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
  assert_int_equal(vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)bad_write), SQLITE_OK);
  assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)bad_pwrite), SQLITE_OK);
  assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)bad_pwrite), SQLITE_OK);
  assert_int_equal(vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)bad_truncate), SQLITE_OK);
  assert_int_equal(vfs->xSetSystemCall(vfs, "unlink", (sqlite3_syscall_ptr)bad_unlink), SQLITE_OK);
}

static void arm(int at, int with_errno) {
  step = 0;
  bad_step = at;
  bad_errno = with_errno;
}

static int enter(void **state) {
  bad_step = 0;
  *state = scratch_enter();
  return 0;
}

static int leave(void **state) {
  bad_step = 0;
  scratch_leave(*state);
  return 0;
}

/* ------------------------------------------------------------------------------------------------------------- parts
 */

static void make_key(uint64_t number, char key[KEY_TEXT_SIZE]) { key_print(number % 7, key); }

/* Occurrences from..to in one batch; false and *error where it was not committed. */
static bool put_batch(struct store *store, uint64_t from, uint64_t to, struct finding_error *error) {
  static char text[4000];
  memset(text, 'r', sizeof text - 1);
  if (!store_begin(store, error))
    return false;
  for (uint64_t i = from; i < to; ++i) {
    char key[KEY_TEXT_SIZE];
    make_key(i, key);
    struct store_occurrence occurrence = store_sample(key, i);
    occurrence.report = text;
    if (store_put_occurrence(store, &occurrence, NOW, error) == STORE_FAILED)
      break;
  }
  return store_commit(store, error);
}

static bool add_count(void *context, const struct store_key *key) {
  *(uint64_t *)context += key->count;
  return true;
}

static int take_text(void *context, int count, char **values, char **names) {
  (void)names;
  assert_int_equal(count, 1);
  strncat(context, values[0], 64);
  return 0;
}

/* Opens the file as the next process would, looks at all of it, and returns the occurrences. */
static uint64_t look(void) {
  struct finding_error error;
  char text[4096] = "";
  struct store *store = store_must_open(STORE_WRITE);
  uint64_t counted = 0, met = store_count(store, NULL);
  assert_true(store_each_key(store, NULL, NOW, add_count, &counted, &error));
  assert_int_equal(counted, met);
  assert_int_equal(sqlite3_exec(store->db, "PRAGMA integrity_check", take_text, text, NULL), SQLITE_OK);
  assert_string_equal(text, "ok");
  assert_int_equal(sqlite3_exec(store->db, "PRAGMA foreign_key_check", take_text, text, NULL), SQLITE_OK);
  assert_string_equal(text, "ok");
  store_close(store);
  return met;
}

static void remove_store(void) {
  unlink(STORE_FILE);
  unlink(STORE_FILE "-wal");
  unlink(STORE_FILE "-shm");
}

static void fill(void) {
  struct finding_error error;
  struct store *store = store_must_open(STORE_CREATE);
  assert_true(put_batch(store, 0, FIRST, &error));
  store_close(store);
}

/* Makes or opens the store, puts the second batch, closes.  False where it was not committed. */
static bool open_and_put(struct finding_error *error) {
  struct store *store = store_open(STORE_FILE, STORE_CREATE, error);
  bool ok = store && put_batch(store, FIRST, FIRST + SECOND, error);
  store_close(store);
  return ok;
}

static int count_steps(void) {
  struct finding_error error;
  arm(0, 0);
  assert_true(open_and_put(&error));
  int steps = step;
  remove_store();
  return steps;
}

/* ------------------------------------------------------------------------------------------------------------- tests
 */

static void test_a_write_that_fails_is_told_and_loses_nothing(void **state) {
  (void)state;
  static const int errors[] = {ENOSPC, EIO, EDQUOT};
  replace_calls();
  for (int fresh = 0; fresh < 2; ++fresh)
    for (size_t e = 0; e < sizeof errors / sizeof *errors; ++e) {
      int told = 0;
      if (!fresh)
        fill();
      int steps = count_steps();
      assert_in_range(steps, 20, 2000);
      for (int bad = 1; bad <= steps; bad += 1 + bad / 16) {
        struct finding_error error = {""};
        if (!fresh)
          fill();
        arm(bad, errors[e]);
        bool ok = open_and_put(&error);
        arm(0, 0);
        if (!ok) {
          ++told;
          if (!strstr(error.text, strerror(errors[e])))
            fail_msg("step %d: \"%s\" instead of \"%s\"", bad, error.text, strerror(errors[e]));
          assert_non_null(strstr(error.text, STORE_FILE));
          assert_null(strchr(error.text, '\n'));
        }
        uint64_t before = fresh ? 0 : FIRST;
        /* Told as failed it may be there, as with any file: its last sync went wrong. */
        if (access(STORE_FILE, F_OK) == 0) {
          uint64_t met = look();
          assert_true(met == before + SECOND || (!ok && met == before));
        }
        assert_true(open_and_put(&error)); /* room was made */
        assert_int_equal(look(), before + SECOND);
        remove_store();
      }
      assert_true(told > 5);
    }
}

static void test_after_a_full_disk_the_same_store_works_on(void **state) {
  (void)state;
  struct finding_error error = {""};
  replace_calls();
  struct store *store = store_must_open(STORE_CREATE);
  assert_true(put_batch(store, 0, FIRST, &error));
  arm(3, ENOSPC);
  assert_false(put_batch(store, FIRST, FIRST + SECOND, &error));
  assert_non_null(strstr(error.text, "free some space"));
  assert_int_equal(store_count(store, NULL), FIRST);
  assert_true(put_batch(store, FIRST, FIRST + SECOND, &error));
  assert_int_equal(store_count(store, NULL), FIRST + SECOND);
  store_close(store);
}

static void wait_for_kill(pid_t pid) {
  int wait_status;
  assert_int_equal(waitpid(pid, &wait_status, 0), pid);
  assert_true(WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL);
}

static void test_a_writer_killed_at_any_step_leaves_the_old_or_the_new(void **state) {
  (void)state;
  replace_calls();
  for (int fresh = 0; fresh < 2; ++fresh) {
    int old = 0, new = 0;
    if (!fresh)
      fill();
    int steps = count_steps();
    for (int bad = 1; bad <= steps; bad += 1 + bad / 24) {
      struct finding_error error;
      if (!fresh)
        fill();
      pid_t pid = fork();
      if (pid == 0) {
        arm(bad, 0);
        open_and_put(&error);
        _exit(0);
      }
      wait_for_kill(pid);
      uint64_t before = fresh ? 0 : FIRST, met = look();
      assert_true(met == before || met == before + SECOND);
      ++*(met == before ? &old : &new);
      assert_true(open_and_put(&error));
      assert_int_equal(look(), before + SECOND);
      remove_store();
    }
    assert_true(old > 10 && new > 2); /* those after the commit copy the log into the file */
  }
}

/* Batches of 20 without end, each told to the parent once it is committed. */
static void write_on(int told) {
  struct finding_error error;
  struct store *store = store_must_open(STORE_CREATE);
  for (uint64_t batch = 0; put_batch(store, batch * 20, batch * 20 + 20, &error); ++batch)
    if (write(told, "x", 1) != 1)
      break;
  _exit(1);
}

static void test_a_kill_at_any_moment_loses_nothing_committed(void **state) {
  (void)state;
  for (long round = 0; round < 40; ++round) {
    int ends[2];
    uint64_t committed = 0;
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
      close(ends[0]);
      write_on(ends[1]);
    }
    close(ends[1]);
    for (; committed < (uint64_t)round % 8 && read(ends[0], &byte, 1) == 1; ++committed)
      ;
    struct timespec moment = {.tv_nsec = round * 370001 % 11000000};
    nanosleep(&moment, NULL);
    assert_int_equal(kill(pid, SIGKILL), 0);
    wait_for_kill(pid);
    while (read(ends[0], &byte, 1) == 1)
      ++committed;
    close(ends[0]);
    if (access(STORE_FILE, F_OK) == 0) {
      uint64_t met = look();
      assert_true(met == 20 * committed || met == 20 * (committed + 1)); /* killed before it could tell */
    } else {
      assert_int_equal(committed, 0);
    }
    remove_store();
  }
}

/* ------------------------------------------------------------------------------------------------------- two writers
 */

#define BATCHES 40
#define BATCH 25

/* Every third occurrence is the other's too.  Exits with 0 where all was taken. */
static void write_beside(uint64_t writer, int start) {
  struct finding_error error = {""};
  char byte;
  uint64_t fresh = 0;
  if (read(start, &byte, 1) != 0) /* both begin when the parent closes it */
    _exit(1);
  struct store *store = store_open(STORE_FILE, STORE_CREATE, &error);
  bool ok = store;
  for (uint64_t batch = 0; ok && batch < BATCHES; ++batch) {
    ok = store_begin(store, &error);
    for (uint64_t i = batch * BATCH; ok && i < (batch + 1) * BATCH; ++i) {
      char key[KEY_TEXT_SIZE];
      make_key(i, key);
      struct store_occurrence occurrence = store_sample(key, i);
      occurrence.source = i % 3 == 0 ? "both" : writer ? "second" : "first";
      enum store_result result = store_put_occurrence(store, &occurrence, NOW, &error);
      ok = result != STORE_FAILED;
      fresh += result != STORE_KNOWN;
    }
    ok = ok && store_commit(store, &error);
  }
  store_close(store);
  if (!ok)
    fprintf(stderr, "%s\n", error.text);
  _exit(ok && fresh > 0 ? 0 : 1);
}

struct turns {
  char last[8];
  unsigned count;
};

static bool count_turns(void *context, const struct store_occurrence *occurrence) {
  struct turns *turns = context;
  if (strcmp(occurrence->source, "both") != 0 && strcmp(occurrence->source, turns->last) != 0) {
    snprintf(turns->last, sizeof turns->last, "%s", occurrence->source);
    ++turns->count;
  }
  return true;
}

/* They make the store at the same moment, too. */
static void test_two_processes_write_at_once(void **state) {
  (void)state;
  for (int round = 0; round < 5; ++round) {
    struct finding_error error;
    pid_t pids[2];
    int start[2];
    assert_int_equal(pipe(start), 0);
    for (uint64_t writer = 0; writer < 2; ++writer)
      if ((pids[writer] = fork()) == 0) {
        close(start[1]);
        write_beside(writer, start[0]);
      }
    close(start[1]);
    for (int writer = 0; writer < 2; ++writer) {
      int wait_status;
      assert_int_equal(waitpid(pids[writer], &wait_status, 0), pids[writer]);
      assert_int_equal(wait_status, 0);
    }
    close(start[0]);
    uint64_t all = BATCHES * BATCH, shared = (all + 2) / 3;
    assert_int_equal(look(), 2 * (all - shared) + shared);
    struct turns turns = {"", 0};
    struct store *store = store_must_open(STORE_READ);
    assert_true(store_each_occurrence(store, NULL, false, count_turns, &turns, &error));
    store_close(store);
    assert_in_range(turns.count, 10, 2 * BATCHES); /* nobody waits for the other's end */
    remove_store();
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_a_write_that_fails_is_told_and_loses_nothing, enter, leave),
      cmocka_unit_test_setup_teardown(test_after_a_full_disk_the_same_store_works_on, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_writer_killed_at_any_step_leaves_the_old_or_the_new, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_kill_at_any_moment_loses_nothing_committed, enter, leave),
      cmocka_unit_test_setup_teardown(test_two_processes_write_at_once, enter, leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
