/* describe.h - from failures (program counters) to findings (names, texts), as they are filed and printed. */
#ifndef HEDDLE_TARGET_DESCRIBE_H
#define HEDDLE_TARGET_DESCRIBE_H

#include <stdint.h>
#include <stdio.h>

#include "failure/failure.h"
#include "target/run.h"
#include "triage/finding/finding.h"

/* What of a run every one of its findings repeats; the texts are the caller's. */
struct described_run {
  const struct program *program;
  const struct subject *subject;
  const struct execution *execution;
  const struct run_result *result;
  const char *report, *program_text, *schedule_text;
  const uint8_t *input;
  size_t input_size;
};

/* Fills a finding in; its strings and frames live until the next call. */
void describe(const struct failure *failure, const struct described_run *run, struct finding *finding);
/* Only the key. */
void describe_key(const struct failure *failure, char key[KEY_TEXT_SIZE]);
/* For people: kind, message, every stack. */
void describe_print(FILE *out, const struct finding *finding, bool color);

#endif
