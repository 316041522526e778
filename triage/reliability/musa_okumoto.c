/* musa_okumoto.c - see srgm.h.
 *
 * With x = beta1 T and u = t / T, beta0 is n / ln(1 + x) at the maximum, and what is left of the log-likelihood is, up
 * to a constant, n ln(x / ln(1 + x)) - sum of ln(1 + x u).  It is 0 for x = 0, which is a constant rate. */
#include <float.h>
#include <math.h>

#include "triage/reliability/special.h"
#include "triage/reliability/srgm.h"

#define FIRST 1e-12 /* an x where the rate is as good as constant */
#define LAST 1e300
#define STRIDE 1.6 /* from one x to the next, as a factor: ln(1 + x u) turns over several of them */

static struct musa_okumoto nothing(enum arrivals_status status) {
  return (struct musa_okumoto){status, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

/* The derivative by x of the profile, over n, without cancellation for small x. */
static double slope(const struct arrivals *arrivals, double end, double x) {
  double sum = 0, log = log1p(x);
  for (size_t i = 0; i < arrivals->count; i++) {
    double u = arrivals->times[i] / end;
    sum += u / (1 + x * u);
  }
  /* 1/x - 1 / ((1 + x) ln(1 + x)), whose numerator is (1 + x) ln(1 + x) - x */
  double common = (special_log1pmx(x) / x + log) / ((1 + x) * log);
  return common - sum / (double)arrivals->count;
}

static double profile(const struct arrivals *arrivals, double end, double x) {
  double sum = 0;
  for (size_t i = 0; i < arrivals->count; i++)
    sum += log1p(x * (arrivals->times[i] / end));
  return (double)arrivals->count * log(x / log1p(x)) - sum;
}

/* The maximum between two x, where the slope is above 0 and below. */
static double peak(const struct arrivals *arrivals, double end, double low, double high) {
  while (high - low > 2 * DBL_EPSILON * high) {
    double middle = low + (high - low) / 2;
    if (slope(arrivals, end, middle) > 0)
      low = middle;
    else
      high = middle;
  }
  return high;
}

/* The x of the highest maximum, 0 where a constant rate is as likely, INFINITY where the likelihood rises to the last.
 * Past 1000 / u of the first arrival it only falls. */
static double best(const struct arrivals *arrivals, double end) {
  double last = fmin(1000 / (arrivals->times[0] / end), LAST), found = 0, height = 0;
  double before = slope(arrivals, end, FIRST);
  double x = FIRST;
  while (x < last) {
    double after = slope(arrivals, end, x * STRIDE);
    if (before > 0 && after <= 0) {
      double top = peak(arrivals, end, x, x * STRIDE), here = profile(arrivals, end, top);
      if (found == 0 || here > height) {
        found = top;
        height = here;
      }
    }
    before = after;
    x *= STRIDE;
  }
  if (before > 0)
    return INFINITY;
  return height > 0 || slope(arrivals, end, FIRST) > 0 ? found : 0;
}

struct musa_okumoto musa_okumoto_fit(const struct arrivals *arrivals) {
  enum arrivals_status status = arrivals_check(arrivals);
  if (status != ARRIVALS_OK)
    return nothing(status);
  double end = arrivals_end(arrivals), n = (double)arrivals->count;
  double x = arrivals->times[0] > 0 ? best(arrivals, end) : INFINITY;
  if (x == 0 || isinf(x))
    return nothing(x == 0 ? ARRIVALS_NO_GROWTH : ARRIVALS_ZERO_TIME);
  struct musa_okumoto fit = {.status = ARRIVALS_OK, .n = n, .end = end};
  fit.beta0 = n / log1p(x);
  fit.beta1 = x / end;
  fit.intensity = fit.beta0 * (x / (1 + x)) / end;
  fit.mtbf = end * ((1 + x) / x / fit.beta0);
  fit.loglik = profile(arrivals, end, x) + n * (log(n) - log(end) - 1);
  fit.aic = 4 - 2 * fit.loglik;
  return fit;
}

double musa_okumoto_expected(const struct musa_okumoto *fit, double t) {
  return t > 0 ? fit->beta0 * log1p(fit->beta1 * t) : 0 * fit->beta0;
}
