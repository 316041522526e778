/* page.h - what a chaos trial and the command that watches it share: one mapping, which outlives the trial however it
 * ends.
 *
 * The trial alone writes, the watcher reads.  A thread's own fields are written by that thread alone; the words are
 * aligned, so that a reader sees each of them whole.  Times are CLOCK_MONOTONIC's, in nanoseconds; 0: not yet. */
#ifndef HEDDLE_TRIAL_PAGE_H
#define HEDDLE_TRIAL_PAGE_H

#include <stdint.h>

#include "triage/trial/latency.h"
#include "triage/trial/workload.h"

#define TRIAL_MAGIC UINT64_C(0x0001006c61697274) /* "trial" and the layout's version, 1 */
#define TRIAL_TEXT 192
#define TRIAL_RECENT 16384

/* The statuses a trial exits with by itself. */
enum { TRIAL_EXIT_ENDED = 0, TRIAL_EXIT_USAGE = 2, TRIAL_EXIT_SANITIZER = 66, TRIAL_EXIT_NO_MEMORY = 71 };

/* How far it came. */
enum trial_stage { TRIAL_SETUP, TRIAL_RUNNING, TRIAL_AT_REST, TRIAL_ENDED };

enum trial_death { TRIAL_ALIVE, TRIAL_SIGNAL, TRIAL_SANITIZER };

/* STATE(field): what a map looked like, as its snapshot says; counts of entries, slots or blocks. */
#define TRIAL_STATE(STATE)                                                                                             \
  STATE(count)                                                                                                         \
  STATE(capacity)                                                                                                      \
  STATE(log2_buckets)                                                                                                  \
  STATE(overflow_buckets)                                                                                              \
  STATE(old_buckets_left)                                                                                              \
  STATE(tombstones)                                                                                                    \
  STATE(flags)                                                                                                         \
  STATE(in_progress)                                                                                                   \
  STATE(longest_probe)                                                                                                 \
  STATE(retired)                                                                                                       \
  STATE(retired_bound)

struct trial_state {
#define STATE(field) uint64_t field;
  TRIAL_STATE(STATE)
#undef STATE
};

struct trial_thread {
  uint64_t operations; /* completed */
  uint64_t started_ns, ended_ns;
  uint64_t operation_ns; /* when the present operation began */
  uint64_t operation;    /* enum workload_operation */
  uint64_t key;          /* of it, by number */
  uint64_t tid;          /* the kernel's; 0: not begun */
  uint64_t latencies[LATENCY_BUCKETS];
  /* When the last operations ended, number n at n modulo TRIAL_RECENT; under a sanitizer, whose reports take long. */
  uint64_t recent_ns[TRIAL_RECENT];
} __attribute__((aligned(64)));

struct trial_page {
  uint64_t magic;
  uint64_t stage;   /* enum trial_stage */
  uint64_t guarded; /* the map allows any of its operations beside any other */
  /* Of a death that the trial itself saw.  A sanitizer's report dates from the beginning of the operation it is about:
   * while it is being written the other threads go on. */
  uint64_t death; /* enum trial_death */
  uint64_t signal;
  uint64_t failed_ns;
  uint64_t failed_tid;
  uint64_t failed_operations; /* completed by then, over all threads */
  uint64_t broken;            /* at rest: 1 where the map's own check found something wrong, which `text` says */
  char text[TRIAL_TEXT];
  uint64_t state_known; /* `state` is what the map looked like at its failure, or else at rest */
  struct trial_state state;
  struct trial_thread threads[WORKLOAD_THREADS_MAX];
};

#endif
