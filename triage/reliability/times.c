#include "triage/reliability/times.h"

#include <assert.h>
#include <math.h>

struct times_summary times_summarize(const struct times *times) {
  assert(times && (times->time || times->n == 0));
  struct times_summary sum = {0};
  double first_failure = INFINITY;
  for (size_t i = 0; i < times->n; i++) {
    double time = times->time[i];
    double count = times->count ? (double)times->count[i] : 1;
    if (count == 0)
      continue;
    if (!(time >= 0) || isinf(time))
      return (struct times_summary){.bad = true};
    sum.n += count;
    sum.total += count * time;
    sum.largest = fmax(sum.largest, time);
    if (!times->event || times->event[i]) {
      sum.failures += count;
      first_failure = fmin(first_failure, time);
    }
  }
  sum.zero_failure = first_failure == 0;
  sum.early_failure = first_failure < sum.largest;
  return sum;
}

double times_log_ratio(double time, double unit) {
  /* Within a factor of 2 the difference is exact. */
  if (time > unit / 2 && time < 2 * unit)
    return log1p((time - unit) / unit);
  double ratio = time / unit;
  return ratio > 1e-300 && ratio < 1e300 ? log(ratio) : log(time) - log(unit);
}

double times_scale(double unit, double log_ratio) {
  return fabs(log_ratio) < 600 ? unit * exp(log_ratio) : exp(log(unit) + log_ratio);
}
