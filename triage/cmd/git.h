/* git.h - running git and what it runs, so that a signal ends them and never leaves them behind.
 *
 * For a process that holds its signals (replay_hold_signals).  What is run is in a process group of its own: Ctrl-C
 * reaches us alone, and we end the group. */
#ifndef HEDDLE_CMD_GIT_H
#define HEDDLE_CMD_GIT_H

#include <stdbool.h>

#include "triage/campaign/process.h"

enum { GIT_STOPPED = -1, GIT_NOT_RUN = -2 };

/* Runs a program.  Its exit status, 128 and the signal where one ended it; GIT_STOPPED where a signal that is held was
 * there before its end; GIT_NOT_RUN, and a line is said.  *out gets what it printed on stdout, the caller frees it;
 * NULL: that is dropped. */
int git_run_program(const struct arguments *arguments, char **out);

/* `git WORDS...`, of which the last is NULL, without a word of git's own.  `*out` as above, without newlines at its
 * end. A signal does not end it: these are done in a moment. */
int git_run(char **out, const char *const words[]);
#define GIT_RUN(out, ...) git_run(out, (const char *const[]){__VA_ARGS__, NULL})

#endif
