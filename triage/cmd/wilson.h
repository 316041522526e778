/* wilson.h - how sure a share is that was counted: so many of so many.
 *
 * The score interval of E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
 * of the American Statistical Association 22 (1927), pages 209-212, without a correction for continuity.  It stays
 * within 0 and 1 and says something also where none or all of the trials succeeded.  A pure function. */
#ifndef HEDDLE_CMD_WILSON_H
#define HEDDLE_CMD_WILSON_H

#include <assert.h>
#include <math.h>
#include <stdint.h>

#define WILSON_CONFIDENCE 0.95
#define WILSON_Z 1.959963984540054 /* the normal distribution has WILSON_CONFIDENCE between -z and z */

struct wilson_interval {
  double lower, upper;
};

/* `count` of `trials`, of which there is at least one. */
static inline struct wilson_interval wilson_interval(uint64_t count, uint64_t trials) {
  assert(trials >= 1 && count <= trials && "so many of so many");
  double n = (double)trials, share = (double)count / n, z2 = WILSON_Z * WILSON_Z;
  double middle = share + z2 / (2 * n), half = WILSON_Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  struct wilson_interval interval = {(middle - half) / (1 + z2 / n), (middle + half) / (1 + z2 / n)};
  if (count == 0)
    interval.lower = 0; /* which rounding misses */
  if (count == trials)
    interval.upper = 1;
  return interval;
}

#endif
