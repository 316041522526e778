/* fuzz.c - see fuzz.h. */
#include "target/fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure/failure.h"
#include "hooks/hooks.h"
#include "target/crash.h"
#include "target/feedback.h"
#include "target/run.h"
#include "target/symbols.h"
#include "target/worker.h"

static struct subject subject;
static uint64_t check_every;
static struct program program, other, mixed;
static struct execution execution;

void fuzz_init(const struct options *options, const struct subject *under_test) {
  subject = *under_test;
  check_every = options->check_every;
  failure_init(symbols_build_id());
  run_init(options->carrier);
  hooks_keep_reports(false);
  feedback_init();
  if (options->out)
    worker_open(options);
}

static _Noreturn void stop_at_failure(void) {
  for (size_t i = 0; i < failure_count(); i++) {
    const struct failure *failure = failure_at(i);
    fprintf(stderr, "heddle: ERROR: %s (%s): %s\n", failure->kind, failure->oracle, failure->message);
  }
  fprintf(stderr, "heddle: the engine saves this input; `heddle repro --map=%s FILE` shows the interleaving\n",
          subject.map->name);
  abort();
}

/* The campaign starts another process at once.  Not exit(): to an engine that is a bug of the target. */
static _Noreturn void make_way(const char *why, unsigned long count, const char *unit) {
  fprintf(stderr, "heddle: %s %lu%s; a fresh process goes on\n", why, count, unit);
  _exit(EXIT_NOTHING);
}

/* A run that was ended by a signal leaves the process as it was before, as far as one can see.  Not for ever. */
#define CRASHES_MAX 64

static void end_after_crashes(void) {
  static unsigned crashes;
  if (crash_seen() && ++crashes == CRASHES_MAX)
    make_way("crashes of the code under test in this process:", crashes, "");
}

/* TSan does not give back what it allocates for a report. */
#define LARGE_MIB 1024ul
#define LARGE_EVERY 1024 /* inputs between two looks */

static void end_when_large(void) {
  static unsigned inputs;
  if (++inputs % LARGE_EVERY)
    return;
  FILE *file = fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  if (file && fscanf(file, "%*u %lu", &pages) != 1)
    pages = 0;
  if (file)
    fclose(file);
  unsigned long mib = pages * (unsigned long)sysconf(_SC_PAGESIZE) >> 20;
  if (mib > LARGE_MIB)
    make_way("the sanitizer's reports have filled", mib, " MiB");
}

/* In its canonical form, which means the same however the map may be used. */
static void hand_over(const struct run_result *result) {
  static uint8_t encoded[PROGRAM_BYTES_MAX];
  worker_count(result, encoded, program_encode(&program, encoded, sizeof encoded));
}

void fuzz_one(const uint8_t *data, size_t size) {
  static uint64_t inputs;
  struct run_result result;
  subject_decode(&subject, data, size, &program);
  run_program(&program, &subject, &execution, NULL, &result);
  feedback_mark(&execution, &result);
  if (check_every && ++inputs % check_every == 0) {
    bool diverged = run_again(&program, &subject, &execution, &result);
    if (worker_is_open())
      worker_count_check(diverged);
  }
  if (worker_is_open()) {
    if (result.failures)
      hand_over(&result);
    else
      worker_count(&result, data, size);
    end_after_crashes();
    end_when_large();
  }
  if (!worker_is_open() && result.failures)
    stop_at_failure();
}

#define MUTATIONS_MAX 4
#define CHEAP_LEAST 8       /* operations of a mutated program, and of its prefill: this times a power of two, */
#define CHEAP_SIZES 5       /* which is drawn from so many, all but one time in DEAR_EVERY */
#define CHEAP_CAPACITY 1024 /* entries: an iteration visits them all */
#define DEAR_EVERY 64

/* A program that does 100,000 operations costs as much as a thousand small ones and seldom shows more: mutation mostly
 * leaves those it makes, or was given, with fewer. */
static void make_cheap(struct program *dear, unsigned seed) {
  uint64_t most = (uint64_t)CHEAP_LEAST << seed % CHEAP_SIZES;
  while (program_prefill(dear) > most)
    dear->prefill_code--;
  while (program_capacity(dear) > CHEAP_CAPACITY)
    dear->capacity_code--;
  for (uint16_t i = 0; i < dear->op_count && program_operations(dear) > most; i++)
    while (program_op_repeat(&dear->ops[i]) > 1 && program_operations(dear) > most)
      dear->ops[i].arg--;
}

size_t fuzz_mutate(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
  subject_decode(&subject, data, size, &program);
  unsigned count = 1 + seed % MUTATIONS_MAX;
  for (unsigned i = 0; i < count; i++)
    program_mutate(&program, seed / MUTATIONS_MAX + i * 0x9e3779b9u);
  seed /= MUTATIONS_MAX;
  if (seed % DEAR_EVERY)
    make_cheap(&program, seed / DEAR_EVERY);
  size_t encoded = program_encode(&program, data, capacity);
  return encoded ? encoded : size;
}

size_t fuzz_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out, size_t capacity,
                  unsigned seed) {
  subject_decode(&subject, a, a_size, &program);
  subject_decode(&subject, b, b_size, &other);
  program_crossover(&program, &other, seed, &mixed);
  if (seed % DEAR_EVERY)
    make_cheap(&mixed, seed / DEAR_EVERY);
  return program_encode(&mixed, out, capacity);
}
