/* crash.h - a finding for a process that died before it could write its own. */
#ifndef HEDDLE_CAMPAIGN_CRASH_H
#define HEDDLE_CAMPAIGN_CRASH_H

#include <stddef.h>

#include "triage/finding/finding.h"

struct crash {
  const char *target; /* path of the binary */
  const char *map, *flavour;
  const char *kind;    /* `crash`, or `timeout` */
  const char *message; /* how it ended */
  const char *report;  /* its stderr */
  const char *program; /* printed; may be NULL */
  const uint8_t *input;
  size_t input_size;
  struct finding_clock clock, worker_clock;
};

/* Stores it (finding_write), with the stacks that the report shows in a sanitizer's form; key gets its key. */
enum finding_result crash_write(const char *findings_dir, const struct crash *crash, size_t keep,
                                char key[KEY_TEXT_SIZE], struct finding_error *error);

/* The key that crash_write would give. */
void crash_key(const char *kind, const char *report, char key[KEY_TEXT_SIZE]);

/* Reads the stacks of one report, in which it cuts the strings that the frames then borrow.  Stacks of which the report
 * does not say what they are, past the first, are left out.  frames has room for FINDING_STACKS_MAX * STACK_FRAMES_MAX.
 * Returns how many stacks. */
size_t crash_read_stacks(char *report, struct finding_stack *stacks, struct frame *frames);

#endif
