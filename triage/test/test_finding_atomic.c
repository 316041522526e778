/* A finding is there whole or not at all, whichever step of writing it fails or is the writer's last.
 * Linked with --wrap for the calls that touch the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "triage/finding/layout.h"
#include "triage/finding/list.h"
#include "triage/test/scratch.h"

/* The step that goes wrong, counted over all wrapped calls from 1; 0: none. */
static int bad_step, step;
static int bad_errno; /* 0: the process ends there */

static bool goes_wrong(void) {
  if (++step != bad_step)
    return false;
  if (bad_errno == 0)
    _exit(99);
  errno = bad_errno;
  return true;
}

ssize_t __real_write(int fd, const void *bytes, size_t size);
int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __real_mkdir(const char *path, mode_t mode);

ssize_t __wrap_write(int fd, const void *bytes, size_t size) {
  /* Half of it first, as a disk does that fills up. */
  if (goes_wrong())
    return size > 1 && step % 2 ? __real_write(fd, bytes, size / 2) : -1;
  return __real_write(fd, bytes, size);
}
int __wrap_fsync(int fd) { return goes_wrong() ? -1 : __real_fsync(fd); }
int __wrap_rename(const char *from, const char *to) { return goes_wrong() ? -1 : __real_rename(from, to); }
int __wrap_mkdir(const char *path, mode_t mode) { return goes_wrong() ? -1 : __real_mkdir(path, mode); }

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

static void no_complaint(void *context, const char *line) {
  (void)context;
  fail_msg("something half is there: %s", line);
}

/* Findings that a reader sees; fails where one is not whole. */
static size_t findings_seen(void) {
  struct finding_list list;
  assert_true(finding_list_read(".", NULL, &list, no_complaint, NULL));
  size_t inputs = list.count ? list.entries[0].inputs : 0;
  for (size_t i = 0; i < list.count; ++i) {
    char folder[PATH_MAX];
    struct finding_error error;
    snprintf(folder, sizeof folder, "%s", list.entries[i].smallest_input);
    *strrchr(folder, '/') = '\0';
    const char *const names[] = {FINDING_INPUT, FINDING_REPORT, FINDING_PROGRAM, FINDING_SCHEDULE};
    for (size_t j = 0; j < sizeof names / sizeof *names; ++j) {
      char *text = finding_read_text(folder, names[j], &error);
      assert_non_null(text);
      assert_true(strlen(text) > 0);
      free(text);
    }
  }
  finding_list_free(&list);
  return inputs;
}

static size_t entries_in(const char *path) {
  size_t count = 0;
  DIR *directory = opendir(path);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  if (directory)
    closedir(directory);
  return count;
}

static int steps_of_a_write(void) {
  struct finding finding = scratch_finding("counted");
  struct finding_error error;
  bad_step = step = 0;
  assert_int_equal(finding_write("findings", &finding, 0, &error), FINDING_WRITTEN);
  assert_int_equal(files_remove("findings"), 0);
  return step;
}

static void test_a_step_that_fails_leaves_nothing_and_is_told(void **state) {
  (void)state;
  static const int errors[] = {ENOSPC, EROFS, EACCES, EIO};
  int steps = steps_of_a_write(), told = 0;
  assert_in_range(steps, 12, 40);
  for (size_t e = 0; e < sizeof errors / sizeof *errors; ++e)
    for (int bad = 1; bad <= steps; ++bad) {
      struct finding finding = scratch_finding("input");
      struct finding_error error = {""};
      bad_errno = errors[e];
      bad_step = bad;
      step = 0;
      enum finding_result result = finding_write("findings", &finding, 0, &error);
      bad_step = 0;
      if (result == FINDING_FAILED) {
        ++told;
        assert_non_null(strstr(error.text, strerror(errors[e])));
        assert_non_null(strstr(error.text, finding.key));
        assert_null(strchr(error.text, '\n'));
      } else {
        assert_int_equal(findings_seen(), 1); /* a short write was taken up again */
      }
      /* Failed after the rename, it is there, whole. */
      size_t seen = findings_seen();
      assert_in_range(seen, 0, 1);
      if (seen == 0)
        assert_int_equal(entries_in("findings"), 0);
      assert_int_equal(finding_write("findings", &finding, 0, &error), seen ? FINDING_KNOWN : FINDING_WRITTEN);
      assert_int_equal(findings_seen(), 1);
      files_remove("findings");
    }
  assert_in_range(told, 4 * (steps - 5), 4 * steps);
}

static void test_a_writer_killed_at_any_step_leaves_nothing_half(void **state) {
  (void)state;
  int steps = steps_of_a_write(), whole = 0;
  for (int bad = 1; bad <= steps; ++bad) {
    struct finding finding = scratch_finding("input");
    struct finding_error error;
    int wait_status;
    pid_t pid = fork();
    if (pid == 0) {
      bad_errno = 0;
      bad_step = bad;
      step = 0;
      finding_write("findings", &finding, 0, &error);
      _exit(0);
    }
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    assert_int_equal(WEXITSTATUS(wait_status), 99);
    whole += findings_seen() == 1;
    /* The next writer is not in the leftovers' way, nor they in its. */
    assert_int_not_equal(finding_write("findings", &finding, 0, &error), FINDING_FAILED);
    assert_int_equal(findings_seen(), 1);
    char key_folder[64];
    snprintf(key_folder, sizeof key_folder, "findings/%s", finding.key);
    files_sweep(key_folder);
    assert_int_equal(entries_in(key_folder), 1);
    files_remove("findings");
  }
  assert_in_range(whole, 1, 4); /* only at the steps after the rename */
}

static void test_a_count_is_the_old_or_the_new_one(void **state) {
  (void)state;
  assert_int_equal(files_make_directories("findings/0123456789abcdef"), 0);
  assert_int_equal(finding_count_write(".", "0123456789abcdef", 7, true), 0);
  for (int bad = 1; bad <= 3; ++bad) {
    bad_errno = ENOSPC;
    bad_step = bad;
    step = 0;
    int error = finding_count_write(".", "0123456789abcdef", 8, true);
    bad_step = 0;
    uint64_t count = finding_count_read(".", "0123456789abcdef");
    if (error)
      assert_int_equal(count, 7);
    assert_in_range(count, 7, 8);
    assert_int_equal(entries_in("findings/0123456789abcdef"), 1);
    finding_count_write(".", "0123456789abcdef", 7, true);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_a_step_that_fails_leaves_nothing_and_is_told, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_writer_killed_at_any_step_leaves_nothing_half, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_count_is_the_old_or_the_new_one, enter, leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
