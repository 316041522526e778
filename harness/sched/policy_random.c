/* policy_random.c - random walk: at each point every runnable task is equally likely to go on.
 *
 * The baseline of the field, strong for shallow bugs, weak for those that need one task to stand still for long. */
#include "sched/policy.h"

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

static int64_t patience(void) { return 1; }

const struct sched_policy policy_random = {.name = "random", .choose = choose, .patience = patience};
