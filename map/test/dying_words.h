/* dying_words.h - what code that is to end by abort says before: for tests of guards.  Include it after cmocka.h. */
#ifndef HEDDLE_MAP_TEST_DYING_WORDS_H
#define HEDDLE_MAP_TEST_DYING_WORDS_H

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

/* What body(context) writes to stderr in a process of its own, which must die by SIGABRT; NULL where it comes back.  In
 * static storage. */
static inline const char *dying_words(void (*body)(void *context), void *context) {
  static char words[256];
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDERR_FILENO);
    body(context);
    _exit(0);
  }
  close(ends[1]);
  ssize_t size = read(ends[0], words, sizeof words - 1);
  close(ends[0]);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  words[size > 0 ? size : 0] = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return NULL;
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  return words;
}

#endif
