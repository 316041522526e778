/* slo.c - see slo.h. */
#include "triage/reliability/slo.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "triage/reliability/exponential.h"
#include "triage/reliability/special.h"

typedef unsigned __int128 wide;

#define QUOTIENT_DIGITS 40 /* enough, with one that says whether more follow, for the nearest double */

/* The double nearest to numerator / denominator * 10^exponent: divides on paper, and has the digits read. */
static double quotient(wide numerator, uint64_t denominator, int exponent) {
  char text[QUOTIENT_DIGITS + 32];
  size_t length = 0;
  wide whole = numerator / denominator, rest = numerator % denominator;
  char digits[40];
  size_t count = 0;
  for (; whole > 0; whole /= 10)
    digits[count++] = (char)('0' + (int)(whole % 10));
  while (count > 0)
    text[length++] = digits[--count];
  bool leading = length == 0; /* zeros after the point do not count as digits */
  for (; rest > 0 && length < QUOTIENT_DIGITS; exponent--) {
    rest *= 10;
    char digit = (char)('0' + (int)(rest / denominator));
    rest %= denominator;
    if (leading && digit == '0')
      continue;
    leading = false;
    text[length++] = digit;
  }
  if (rest > 0) {
    text[length++] = '1';
    exponent--;
  }
  assert(length > 0 && "neither factor is 0");
  (void)snprintf(text + length, sizeof text - length, "e%d", exponent);
  return strtod(text, NULL);
}

double slo_threshold(struct decimal share, struct decimal mttr) {
  assert(share.digits > 0 && share.exponent < 0 && share.exponent >= -DECIMAL_DIGITS && "a share between 0 and 1");
  if (mttr.digits == 0)
    return 0;
  /* S / (1 - S) is s / (10^k - s). */
  uint64_t one = 1;
  for (int k = share.exponent; k < 0; k++)
    one *= 10;
  assert(share.digits < one && "a share below 1");
  return quotient((wide)share.digits * mttr.digits, one - share.digits, mttr.exponent);
}

double slo_availability(double mtbf, double mttr) { return isinf(mtbf) ? 1 : mtbf / (mtbf + mttr); }

const char *slo_verdict_name(enum slo_verdict verdict) {
  static const char *const names[] = {
      [SLO_INSUFFICIENT_DATA] = "insufficient data",
      [SLO_PASS] = "pass",
      [SLO_FAIL] = "fail",
  };
  assert(verdict < SLO_VERDICT_COUNT && "a verdict of this enumeration");
  return names[verdict];
}

enum slo_verdict slo_judge(double threshold, double lower, double upper) {
  if (lower >= threshold)
    return SLO_PASS;
  return upper < threshold ? SLO_FAIL : SLO_INSUFFICIENT_DATA;
}

struct slo_evidence slo_weigh(double threshold, double failures, double exposure, double confidence) {
  struct slo_evidence evidence = {SLO_INSUFFICIENT_DATA, NAN, NAN, NAN, NAN, NAN, NAN};
  double needed = exponential_time_needed(threshold, failures, confidence);
  if (isnan(needed) || !(threshold <= DBL_MAX && exposure >= 0 && exposure <= DBL_MAX))
    return evidence;
  evidence.threshold = threshold;
  evidence.mtbf = failures > 0 ? exposure / failures : INFINITY;
  evidence.lower = exposure > 0 ? exponential_lower(exposure, failures, EXPONENTIAL_END_BY_TIME, confidence) : 0;
  evidence.upper = failures > 0 ? exposure / (special_chi2_quantile(1 - confidence, 2 * failures) / 2) : INFINITY;
  evidence.needed = needed;
  evidence.still_needed = fmax(0, evidence.needed - exposure);
  /* Not by `lower`, which a rounding may leave below the threshold where nothing is missing. */
  evidence.verdict = exposure >= evidence.needed ? SLO_PASS : slo_judge(threshold, NAN, evidence.upper);
  return evidence;
}

/* How many arrived by t, of which at least `from` did. */
static size_t arrived_by(const struct arrivals *arrivals, size_t from, double t) {
  while (from < arrivals->count && arrivals->times[from] <= t)
    from++;
  return from;
}

static bool windows_fit(const struct arrivals *arrivals, double window) {
  enum arrivals_status status = arrivals_check(arrivals);
  return status != ARRIVALS_BAD_INPUT && window > 0 && window <= arrivals_end(arrivals);
}

static struct slo_window make_window(double to, double length, size_t failures) {
  return (struct slo_window){to - length, to, (double)failures, failures > 0 ? length / (double)failures : INFINITY};
}

size_t slo_windows(const struct arrivals *arrivals, double window, double step, struct slo_window *windows,
                   size_t room) {
  if (!windows_fit(arrivals, window) || !(step > 0))
    return 0;
  double steps = floor((arrivals_end(arrivals) - window) / step);
  size_t count = steps < (double)SLO_WINDOWS_MAX ? (size_t)steps + 1 : SLO_WINDOWS_MAX;
  size_t before = 0, by = 0;
  for (size_t i = 0; i < count && i < room; i++) {
    double to = window + (double)i * step;
    if (i > 0) /* what arrived at time 0 belongs to the first */
      before = arrived_by(arrivals, before, to - window);
    by = arrived_by(arrivals, by, to);
    windows[i] = make_window(to, window, by - before);
  }
  return count;
}

struct slo_window slo_worst_window(const struct arrivals *arrivals, double window) {
  struct slo_window worst = {NAN, NAN, NAN, NAN};
  if (!windows_fit(arrivals, window) || arrivals->count == 0)
    return worst;
  size_t before = 0, by = 0, most = 0;
  for (size_t i = 0; i < arrivals->count; i++) {
    double to = fmax(arrivals->times[i], window);
    if (to > window)
      before = arrived_by(arrivals, before, to - window);
    by = arrived_by(arrivals, by, to);
    if (by - before > most) {
      most = by - before;
      worst = make_window(to, window, most);
    }
  }
  return worst;
}
