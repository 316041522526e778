/* trend.c - see trend.h. */
#include "triage/reliability/trend.h"

#include <assert.h>
#include <math.h>

#include "triage/reliability/special.h"

struct trend trend_test(const struct arrivals *arrivals) {
  struct trend trend = {arrivals_check(arrivals), NAN, NAN, NAN, NAN, NAN};
  if (trend.status != ARRIVALS_OK)
    return trend;
  double end = arrivals_end(arrivals);
  size_t count = arrivals->count - (arrivals->truncation == ARRIVALS_FAILURE);
  double past_middle = 0, logs = 0;
  for (size_t i = 0; i < count; i++) {
    past_middle += (arrivals->times[i] - end / 2) / end;
    logs += arrivals_log_ratio(arrivals->times[i], end);
  }
  trend.laplace_u = past_middle / sqrt((double)count / 12);
  trend.laplace_p = erfc(fabs(trend.laplace_u) / sqrt(2));
  trend.milhdbk_chi2 = 2 * logs;
  trend.milhdbk_df = 2 * (double)count;
  double below = special_chi2_cdf(trend.milhdbk_chi2, trend.milhdbk_df);
  double above = special_chi2_sf(trend.milhdbk_chi2, trend.milhdbk_df);
  trend.milhdbk_p = fmin(1, 2 * fmin(below, above));
  return trend;
}

enum trend_direction trend_direction(const struct trend *trend, double significance) {
  assert(significance > 0 && significance < 1 && "a significance is a probability");
  if (trend->status != ARRIVALS_OK || fmin(trend->laplace_p, trend->milhdbk_p) >= significance)
    return TREND_NONE;
  if (trend->laplace_p < trend->milhdbk_p)
    return trend->laplace_u < 0 ? TREND_FALLING : TREND_RISING;
  return trend->milhdbk_chi2 > trend->milhdbk_df ? TREND_FALLING : TREND_RISING;
}
