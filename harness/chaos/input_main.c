/* input_main.c - a chaos workload as an input of the fuzzing engine, on stdout: bin/chaos_input --seed=N --slice=N
 * SETTING=VALUE...
 *
 * The same threads, keys and operations, carried by fibers under a schedule that follows from the seed: each thread
 * runs until a switch forced upon it, the switches a random number of points apart, `slice` on the average
 * (exponentially, as if they came at any moment alike).  With a slice of 1 whoever runs is chosen anew at every point.
 * So a trial takes the same course each time, and its clock is operations.
 *
 * The format has its limits (program/FORMAT.md), which are refused rather than bent; and the switches end after
 * SCHED_PLAN_CONSTRAINTS_MAX, or after 2^24 points: from there on each thread runs to its end. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos/draw.h"
#include "chaos/random.h"
#include "program/program.h"
#include "triage/trial/page.h"

#define CHUNKS 64 /* of a thread's operations, where puts and deletes take turns */
#define LOG2_BULK_MAX 16

static struct program program;
static struct workload workload;
static struct random random_numbers;

__attribute__((format(printf, 1, 2))) static _Noreturn void refuse(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fputs("chaos: ", stderr);
  vfprintf(stderr, format, values);
  fputs(" (--virtual)\n", stderr);
  va_end(values);
  exit(TRIAL_EXIT_USAGE);
}

/* The code of a size that is exactly this many entries. */
static uint8_t size_code(const char *setting, uint64_t entries) {
  struct program sized = {.log2_keys = PROGRAM_LOG2_KEYS_MAX};
  for (uint8_t code = 0; code < PROGRAM_SIZE_CODES; code++) {
    sized.capacity_code = code;
    if (program_capacity(&sized) == entries)
      return code;
  }
  refuse("--%s=%llu: give 0, 1, 2, 3, 4, 6, 8, 12 ... 49152 or 65536", setting, (unsigned long long)entries);
}

static void check(void) {
  if (workload.threads > PROGRAM_THREADS_MAX)
    refuse("--threads=%u: give at most %d", workload.threads, PROGRAM_THREADS_MAX);
  if (workload.keys & (workload.keys - 1) || workload.keys > 1u << PROGRAM_LOG2_KEYS_MAX)
    refuse("--keys=%llu: give a power of two up to %u", (unsigned long long)workload.keys, 1u << PROGRAM_LOG2_KEYS_MAX);
  if (workload.distribution == WORKLOAD_ZIPF && workload.exponent != 1)
    refuse("--distribution=zipf:%g: give zipf:1", workload.exponent);
  if (workload.operations < workload.threads || workload.operations > PROGRAM_OPERATIONS_MAX)
    refuse("--operations=%llu: give from one a thread to %d", (unsigned long long)workload.operations,
           PROGRAM_OPERATIONS_MAX);
  if (workload.key != WORKLOAD_INT64 || workload.duration_s > 0 || workload.pinned || workload.jitter_every)
    refuse("--key, --duration, --pin and --jitter: leave them out");
}

static void add(unsigned thread, enum program_op_code code, uint8_t arg) {
  if (program.op_count == PROGRAM_OPS_MAX)
    refuse("--operations=%llu: too many pieces: give a power of two", (unsigned long long)workload.operations);
  program.ops[program.op_count++] = (struct program_op){
      .thread = (uint8_t)thread, .code = (uint8_t)code, .draw = (uint16_t)random_next(&random_numbers), .arg = arg};
}

/* `count` operations of one kind: bulk ones of powers of two. */
static void add_many(unsigned thread, enum program_op_code code, uint64_t count) {
  for (unsigned log2 = LOG2_BULK_MAX + 1; log2-- > 0;)
    for (; count >> log2; count -= UINT64_C(1) << log2)
      add(thread, code, (uint8_t)log2);
}

/* The first piece is of any size up to a whole one, so that the threads do not take turns together. */
static void add_mixed(unsigned thread, uint64_t share) {
  unsigned log2 = 0;
  bool puts = random_next(&random_numbers) >> 63;
  while (share >> (log2 + 1) >= CHUNKS && log2 < LOG2_BULK_MAX)
    log2++;
  for (uint64_t left = share; left > 0; puts = !puts) {
    uint64_t piece = left < UINT64_C(1) << log2 ? left : UINT64_C(1) << log2;
    add_many(thread, puts ? PROGRAM_BULK_PUT : PROGRAM_BULK_DEL, piece);
    left -= piece;
  }
}

static void add_thread(unsigned thread) {
  uint64_t share = draw_share(&workload, thread);
  if (workload.mix == WORKLOAD_MIXED)
    add_mixed(thread, share);
  else if (workload.mix == WORKLOAD_ITERATE_DELETE && thread % 2 == 0)
    for (uint64_t shown = 0; shown < share; shown += workload.keys)
      add(thread, PROGRAM_ITERATE, 0);
  else
    add_many(thread, PROGRAM_BULK_DEL, share);
}

static void schedule(uint64_t slice) {
  struct sched_plan *plan = &program.plan;
  double at = 0;
  plan->seed = (uint32_t)random_next(&random_numbers);
  plan->policy = slice == 1 ? SCHED_POLICY_RANDOM : SCHED_POLICY_BYTES;
  while (slice > 1 && plan->constraint_count < SCHED_PLAN_CONSTRAINTS_MAX) {
    at += ceil(-log(random_unit(&random_numbers)) * (double)slice);
    if (at > SCHED_PLAN_AT_MAX)
      break;
    uint8_t task = (uint8_t)(1 + random_below(&random_numbers, workload.threads));
    plan->constraints[plan->constraint_count++] =
        (struct sched_constraint){.kind = SCHED_SWITCH, .task = task, .at = (uint32_t)at};
  }
}

static void make(uint64_t seed, uint64_t slice) {
  random_seed(&random_numbers, seed, WORKLOAD_THREADS_MAX);
  program.version = PROGRAM_VERSION;
  program.threads = (uint8_t)workload.threads;
  program.log2_keys = (uint8_t)__builtin_ctzll(workload.keys);
  program.capacity_code = size_code("capacity", workload.capacity);
  program.prefill_code = size_code("keys", workload.keys);
  program.key_choice = workload.distribution == WORKLOAD_ZIPF  ? PROGRAM_KEYS_ZIPF
                       : workload.distribution == WORKLOAD_HOT ? PROGRAM_KEYS_HOT
                                                               : PROGRAM_KEYS_UNIFORM;
  program.hash_seed = (uint32_t)random_next(&random_numbers);
  for (unsigned thread = 0; thread < workload.threads; thread++)
    add_thread(thread);
  schedule(slice);
}

int main(int argc, char **argv) {
  static uint8_t bytes[PROGRAM_BYTES_MAX];
  char error[WORKLOAD_ERROR];
  uint64_t seed = 0, slice = 1;
  workload_init(&workload);
  for (int i = 1; i < argc; i++) {
    if (strncmp(argv[i], "--seed=", 7) == 0)
      seed = strtoull(argv[i] + 7, NULL, 10);
    else if (strncmp(argv[i], "--slice=", 8) == 0)
      slice = strtoull(argv[i] + 8, NULL, 10);
    else if (!workload_take(&workload, argv[i], error))
      refuse("%s", error);
  }
  if (slice < 1)
    refuse("--slice: give a whole number from 1");
  check();
  make(seed, slice);
  size_t size = program_encode(&program, bytes, sizeof bytes);
  if (fwrite(bytes, 1, size, stdout) != size || fflush(stdout) != 0) {
    perror("chaos: stdout");
    return 1;
  }
  return 0;
}
