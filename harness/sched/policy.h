/* policy.h - the face of a scheduling policy: one small file each, policy_*.c. */
#ifndef HEDDLE_SCHED_POLICY_H
#define HEDDLE_SCHED_POLICY_H

#include <stdint.h>

#include "sched/sched.h"

/* All but choose may be NULL: there is nothing to do. */
struct sched_policy {
  const char *name;
  /* Prepares the run; task 0 exists. */
  void (*begin)(void);
  /* A task was created. */
  void (*spawned)(int task);
  /* Chooses among `candidates` (never empty, bit a task).  sched.running is a candidate unless it just blocked,
   * ended or gives way. */
  int (*choose)(uint64_t candidates);
  /* The running task gives way, or ran too long without progress. */
  void (*gave_way)(int task);
  /* Points from now until choose() might answer something else than the running task, which is runnable: at least 1;
   * INT64_MAX, or NULL: never. */
  int64_t (*patience)(void);
  /* A constraint of the plan makes `task` go on, one of the candidates: called in choose()'s place. */
  void (*forced)(int task, uint64_t candidates);
};

extern const struct sched_policy policy_bytes, policy_random, policy_pct, policy_replay;

/* The candidate after `task`, in the order of numbers, round and round. */
static inline int policy_next_after(int task, uint64_t candidates) {
  uint64_t above = task >= 63 ? 0 : candidates & (~UINT64_C(0) << (task + 1));
  return __builtin_ctzll(above ? above : candidates);
}

/* What the policies do that leave switches to the constraints: the running task goes on, else the next one. */
static inline int policy_go_on(uint64_t candidates) {
  return candidates >> sched.running & 1 ? sched.running : policy_next_after(sched.running, candidates);
}

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014): one step of the state, 64 mixed bits. */
static inline uint64_t policy_random_next(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* A number below n, from the upper bits (Lemire's multiplication, without its rejection: n is below 2^32 and the
 * bias below 2^-32). */
static inline uint32_t policy_random_below(uint64_t *state, uint32_t n) {
  return (uint32_t)(((policy_random_next(state) >> 32) * n) >> 32);
}

#endif
