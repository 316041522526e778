/* zipf.c - see zipf.h.  The paper's names: h(x) = x^-s, and H its integral from 1 to x. */
#include "chaos/zipf.h"

#include <assert.h>
#include <math.h>

/* log(1+x)/x and (e^x-1)/x, where x near 0 would lose them. */
static double log1p_over(double x) { return fabs(x) > 1e-8 ? log1p(x) / x : 1 - x * (0.5 - x / 3); }
static double expm1_over(double x) { return fabs(x) > 1e-8 ? expm1(x) / x : 1 + x * (0.5 + x / 6); }

static double h(const struct zipf *zipf, double x) { return exp(-zipf->s * log(x)); }

/* (x^(1-s) - 1) / (1-s), which is log(x) for s = 1: written so that s may come near 1. */
static double integral(const struct zipf *zipf, double x) {
  double log_x = log(x);
  return expm1_over((1 - zipf->s) * log_x) * log_x;
}

static double integral_inverse(const struct zipf *zipf, double y) {
  double t = fmax(y * (1 - zipf->s), -1); /* rounding must not leave the domain */
  return exp(log1p_over(t) * y);
}

void zipf_init(struct zipf *zipf, uint64_t n, double s) {
  assert(n >= 1 && n <= UINT64_C(1) << 52 && s > 0 && isfinite(s) && "a Zipf distribution");
  *zipf = (struct zipf){.n = n, .s = s};
  zipf->from = integral(zipf, 1.5) - 1;
  zipf->to = integral(zipf, (double)n + 0.5);
  zipf->sure = 2 - integral_inverse(zipf, integral(zipf, 2.5) - h(zipf, 2));
}

uint64_t zipf_draw(const struct zipf *zipf, struct random *random) {
  for (;;) {
    double u = zipf->to + random_unit(random) * (zipf->from - zipf->to);
    double x = integral_inverse(zipf, u);
    double k = fmin(fmax(floor(x + 0.5), 1), (double)zipf->n);
    if (k - x <= zipf->sure || u >= integral(zipf, k + 0.5) - h(zipf, k))
      return (uint64_t)k;
  }
}
