/* policy_random.c - random walk: at each point every runnable task is equally likely to go on.
 *
 * The baseline of the field, strong for shallow bugs, weak for those that need one task to stand still for long. */
#include <stddef.h>

#include "sched/policy.h"

static void begin(void) {}

static void spawned(int task) { (void)task; }

static int choose(uint64_t candidates) {
  int first = __builtin_ctzll(candidates);
  unsigned nth = policy_random_below(&sched.random, (uint32_t)__builtin_popcountll(candidates));
  uint64_t row = candidates >> first;
  if (!(row & (row + 1)))
    return first + (int)nth; /* one after the other, as they mostly are: no loop to be foreseen */
  while (nth--)
    candidates &= candidates - 1;
  return __builtin_ctzll(candidates);
}

static void gave_way(int task) { (void)task; }

static int64_t patience(void) { return 1; }

const struct sched_policy policy_random = {"random", begin, spawned, choose, gave_way, patience, NULL};
