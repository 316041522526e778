/* goel_okumoto.c - see srgm.h. */
#include <float.h>
#include <math.h>

#include "triage/reliability/special.h"
#include "triage/reliability/srgm.h"

static struct goel_okumoto nothing(enum arrivals_status status) {
  return (struct goel_okumoto){status, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

/* Given n, the arrivals as parts of T are independent draws from an exponential distribution with rate x = b T that is
 * cut off at 1; this is its mean.  It falls from 1/2 to 0. */
static double mean_for(double x) { return special_gamma_p(2, x) / (x * -expm1(-x)); }

/* The x with that mean, which is above 0 and below 1/2 by `early`.  It lies below that of the distribution not cut off,
 * and above where the tangent at 0 would have it. */
static double rate_for(double mean, double early) {
  double low = 12 * early, high = 1 / mean;
  while (high - low > 2 * DBL_EPSILON * high) {
    double middle = low + (high - low) / 2;
    if (mean_for(middle) > mean)
      low = middle;
    else
      high = middle;
  }
  return high;
}

struct goel_okumoto goel_okumoto_fit(const struct arrivals *arrivals) {
  enum arrivals_status status = arrivals_check(arrivals);
  if (status != ARRIVALS_OK)
    return nothing(status);
  double end = arrivals_end(arrivals), n = (double)arrivals->count, mean = 0, early = 0;
  for (size_t i = 0; i < arrivals->count; i++) {
    mean += arrivals->times[i] / end;
    early += (end / 2 - arrivals->times[i]) / end;
  }
  mean /= n;
  early /= n;
  if (mean < 1 / DBL_MAX)
    return nothing(ARRIVALS_ZERO_TIME);
  if (early <= 0)
    return nothing(ARRIVALS_NO_GROWTH);
  double x = rate_for(mean, early);
  struct goel_okumoto fit = {.status = ARRIVALS_OK, .n = n, .end = end};
  fit.a = n / -expm1(-x);
  fit.b = x / end;
  fit.remaining = n / expm1(x);
  fit.intensity = fit.remaining * x / end;
  fit.mtbf = end * (expm1(x) / x / n);
  fit.loglik = n * (log(fit.a) + log(x) - log(end) - x * mean - 1);
  fit.aic = 4 - 2 * fit.loglik;
  return fit;
}

double goel_okumoto_expected(const struct goel_okumoto *fit, double t) {
  return t > 0 ? -fit->a * expm1(-fit->b * t) : 0 * fit->a;
}
