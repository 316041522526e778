/* arrivals.c - see arrivals.h. */
#include "triage/reliability/arrivals.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

const char *arrivals_status_name(enum arrivals_status status) {
  static const char *const names[] = {
      [ARRIVALS_OK] = "ok",
      [ARRIVALS_BAD_INPUT] = "bad_input",
      [ARRIVALS_NO_FAILURES] = "no_failures",
      [ARRIVALS_TOO_FEW] = "too_few",
      [ARRIVALS_ZERO_TIME] = "zero_time",
      [ARRIVALS_ALL_AT_END] = "all_at_end",
      [ARRIVALS_NO_GROWTH] = "no_growth",
  };
  assert(status < ARRIVALS_STATUS_COUNT && "a status of this enumeration");
  return names[status];
}

double arrivals_end(const struct arrivals *arrivals) {
  if (arrivals->truncation == ARRIVALS_TIME)
    return arrivals->end;
  return arrivals->count > 0 ? arrivals->times[arrivals->count - 1] : NAN;
}

static bool in_order(const struct arrivals *arrivals, double end) {
  double before = 0;
  for (size_t i = 0; i < arrivals->count; i++) {
    if (!(arrivals->times[i] >= before && arrivals->times[i] <= end))
      return false;
    before = arrivals->times[i];
  }
  return true;
}

enum arrivals_status arrivals_check(const struct arrivals *arrivals) {
  if (arrivals->count == 0 && arrivals->truncation == ARRIVALS_FAILURE)
    return ARRIVALS_NO_FAILURES;
  double end = arrivals_end(arrivals);
  if (!(end > 0 && end <= DBL_MAX) || !in_order(arrivals, end))
    return ARRIVALS_BAD_INPUT;
  if (arrivals->count == 0)
    return ARRIVALS_NO_FAILURES;
  if (arrivals->truncation == ARRIVALS_FAILURE && arrivals->count < 2)
    return ARRIVALS_TOO_FEW;
  return ARRIVALS_OK;
}

double arrivals_log_ratio(double time, double end) {
  assert(time >= 0 && time <= end && "a time before the end");
  if (time >= end / 2)
    return -log1p((time - end) / end); /* the difference is exact */
  double ratio = time / end;
  return ratio >= DBL_MIN ? -log(ratio) : log(end) - log(time);
}
