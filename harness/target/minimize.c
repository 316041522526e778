/* minimize.c - fewer threads, then fewer operations, then fewer switches, with the same key at every step.
 *
 * Without an operation the points of a run are others, so that its schedule's switches fall elsewhere: a smaller
 * program is only given up when a search over schedules does not find the failure in it either.  What is found is
 * written down as a list of switches (sched_record), which is then thinned out.  Removal in chunks of falling size is
 * Zeller and Hildebrandt's ddmin ("Simplifying and isolating failure-inducing input", IEEE TSE 28(2), 2002), without
 * its complement step.  Everything follows from the input: no clock, no random state but a counter's. */
#define _GNU_SOURCE
#include "target/minimize.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failure/failure.h"
#include "hooks/hooks.h"
#include "target/input.h"
#include "target/minimize_schedule.h"
#include "target/minimize_trial.h"
#include "target/symbols.h"

#define ROUNDS_MAX 4

static bool fewer_threads(void) {
  bool changed = false;
  for (unsigned thread = trial.best.threads; thread-- > 0 && trial.best.threads > PROGRAM_THREADS_MIN;) {
    trial.candidate = trial.best;
    minimize_remove_thread(&trial.candidate, thread);
    if (trial.candidate.op_count > 0 && trial_accept())
      changed = true;
  }
  return changed;
}

static void remove_operations(struct program *program, uint16_t from, uint16_t count) {
  uint16_t end = (uint16_t)(from + count);
  memmove(program->ops + from, program->ops + end, (size_t)(program->op_count - end) * sizeof program->ops[0]);
  program->op_count = (uint16_t)(program->op_count - count);
}

static bool fewer_operations(void) {
  bool changed = false;
  for (uint16_t chunk = trial.best.op_count / 2 ? trial.best.op_count / 2 : 1; chunk > 0; chunk /= 2)
    for (uint16_t from = 0; from < trial.best.op_count && trial.best.op_count > 1;) {
      uint16_t count = from + chunk > trial.best.op_count ? (uint16_t)(trial.best.op_count - from) : chunk;
      if (count == trial.best.op_count)
        break;
      trial.candidate = trial.best;
      remove_operations(&trial.candidate, from, count);
      if (trial_accept())
        changed = true;
      else
        from = (uint16_t)(from + count);
    }
  return changed;
}

/* Fewer repetitions of bulk operations. */
static bool shorter_operations(void) {
  bool changed = false;
  for (uint16_t i = 0; i < trial.best.op_count; i++)
    for (uint32_t code = 0; program_op_repeat(&trial.best.ops[i]) > 1 && code < trial.best.ops[i].arg; code++) {
      trial.candidate = trial.best;
      trial.candidate.ops[i].arg = (uint8_t)code;
      if (!trial_accept())
        continue;
      changed = true;
      break;
    }
  return changed;
}

/* Sets one field of the header to its simplest value. */
#define SIMPLER(field, simplest)                                                                                       \
  if (trial.best.field != (simplest)) {                                                                                \
    trial.candidate = trial.best;                                                                                      \
    trial.candidate.field = (simplest);                                                                                \
    if (trial_accept())                                                                                                \
      changed = true;                                                                                                  \
  }

/* The first allocation that will do, by halves and then one by one. */
static bool fewer_allocations(void) {
  bool changed = false;
  for (uint16_t step = trial.best.starve_at / 2; step > 0; step /= 2) {
    trial.candidate = trial.best;
    trial.candidate.starve_at = (uint16_t)(trial.best.starve_at - step);
    if (trial.candidate.starve_at > 0 && trial_accept())
      changed = true;
  }
  return changed;
}

static bool simpler_header(void) {
  bool changed = fewer_allocations();
  if (trial.best.starving != PROGRAM_STARVE_NEVER) {
    trial.candidate = trial.best;
    trial.candidate.starving = PROGRAM_STARVE_NEVER;
    trial.candidate.starve_at = 0;
    if (trial_accept())
      changed = true;
  }
  SIMPLER(starving, trial.best.starving == PROGRAM_STARVE_FROM ? PROGRAM_STARVE_ONCE : trial.best.starving)
  SIMPLER(shrink, false)
  SIMPLER(plan.spurious, false)
  SIMPLER(plan.prefer_writers, false)
  SIMPLER(hash_seed, 0)
  SIMPLER(key_choice, PROGRAM_KEYS_UNIFORM)
  SIMPLER(capacity_code, 0)
  SIMPLER(prefill_code, 0)
  SIMPLER(log2_keys, 0)
  if (trial.best.prefill_code > 1)
    SIMPLER(prefill_code, (uint8_t)(trial.best.prefill_code / 2))
  return changed;
}

static void reduce(void) {
  for (int round = 0; round < ROUNDS_MAX; round++) {
    bool changed = fewer_threads();
    changed |= fewer_operations();
    changed |= shorter_operations();
    changed |= simpler_header();
    changed |= minimize_schedule();
    if (!changed)
      return;
  }
}

static bool write_best(const char *path) {
  static uint8_t bytes[PROGRAM_BYTES_MAX];
  size_t size = program_encode(&trial.best, bytes, sizeof bytes);
  FILE *file = fopen(path, "wb");
  bool written = file && fwrite(bytes, 1, size, file) == size;
  if (file && fclose(file))
    written = false;
  if (!written)
    fprintf(stderr, "heddle: %s: %s; give a file that can be written\n", path, strerror(errno));
  return written;
}

static void print_size(const char *what, const struct program *program) {
  printf("%s %u threads, %u operations, %u switches%s\n", what, program->threads, program->op_count,
         program->plan.constraint_count,
         program->plan.policy == SCHED_POLICY_BYTES || program->plan.policy == SCHED_POLICY_REPLAY
             ? ""
             : " beside those of its policy");
}

static void stop(int number) {
  (void)number;
  trial.stopped = 1;
}

int minimize(const struct options *options, const struct subject *under_test, const char *program_path) {
  struct input input;
  if (!input_read(options->input, &input))
    return EXIT_UNREADABLE;
  trial.subject = under_test;
  subject_decode(under_test, input.bytes, input.size, &trial.best);
  input_free(&input);
  symbols_init(program_path);
  failure_init(symbols_build_id());
  run_init(options->carrier);
  hooks_keep_reports(false);
  if (!trial_begin(options->key)) {
    fprintf(stderr, "heddle: %s: it does not show %s; replay it first\n", options->input,
            options->key ? options->key : "any failure");
    return EXIT_FOUND;
  }
  print_size("from:", &trial.best);
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  trial.candidate = trial.best;
  if (trial_accept())
    reduce();
  if (isatty(STDERR_FILENO))
    fputs("\r\033[K", stderr);
  print_size("to:  ", &trial.best);
  printf("key %s after %" PRIu64 " runs\n", trial.key, trial.runs);
  fflush(stdout);
  return write_best(options->output) ? EXIT_NOTHING : EXIT_UNREADABLE;
}
