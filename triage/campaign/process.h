/* process.h - starting other programs and hearing what they say. */
#ifndef HEDDLE_CAMPAIGN_PROCESS_H
#define HEDDLE_CAMPAIGN_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* An argument vector that grows.  Zero it to begin with; arguments_free at the end. */
struct arguments {
  char **items; /* ends with NULL once anything was added; owned */
  size_t count;
};

__attribute__((format(printf, 2, 3))) void arguments_add(struct arguments *arguments, const char *format, ...);
void arguments_free(struct arguments *arguments);

struct process_plan {
  const struct arguments *arguments; /* the first one is the program's path, or a name to find in $PATH */
  int out, err;  /* where its stdout and stderr go; -1: where ours go.  The caller keeps its own ends */
  int inherited; /* another descriptor that it is to have, under the same number; below 1: none */
  bool apart;    /* in a process group of its own, so that Ctrl-C does not reach it; killed when this thread dies */
  int niceness;  /* added to ours */
};

/* Starts it with no signal blocked.  -1 and errno where it cannot be run. */
pid_t process_start(const struct process_plan *plan);

/* waitpid that goes on after signals: the wait status. */
int process_wait(pid_t pid);

/* Waits at most that long; false, and the process goes on, where it did not end. */
bool process_wait_for(pid_t pid, double seconds, int *wait_status);

/* A file in memory to catch output in; -1 and errno on failure.  Closed on exec. */
int process_buffer(void);

/* All that was written to the buffer so far, '\0' after it; the caller frees it.  NULL: no memory. */
char *process_buffer_text(int fd, size_t *size);

/* As `killed by signal 11 (Segmentation fault)` or `exit status 7`. */
void process_print_end(int wait_status, char *text, size_t size);

/* Seconds of a clock that only goes forward. */
double process_clock_s(void);

#endif
