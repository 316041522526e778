/* Intervals by simulation, for complete samples (Thoman, Bain and Antle, 1969).
 *
 * Of samples of n from the distribution with beta = eta = 1, with estimates b and e, beta^/beta is distributed as b
 * and beta^ ln(eta^/eta) as b ln e.  So each draw gives a shape beta^/b and a scale eta^ e^(-b/beta^) that may have
 * been, and of them the mean that goes with both (a generalized pivotal quantity; Weerahandi, 1993). */

#include <math.h>
#include <stdlib.h>

#include "triage/reliability/draw.h"
#include "triage/reliability/special.h"
#include "triage/reliability/weibull.h"
#include "triage/reliability/weibull_sample.h"

static int by_value(const void *left, const void *right) {
  double a = *(const double *)left;
  double b = *(const double *)right;
  return (a > b) - (a < b);
}

/* The value that `share` of the sorted ones lie below, interpolated. */
static double quantile(const double *sorted, size_t n, double share) {
  double place = share * (double)(n - 1);
  size_t below = (size_t)place;
  if (below + 1 >= n)
    return sorted[n - 1];
  return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static struct interval middle(double *values, size_t n, double confidence) {
  qsort(values, n, sizeof *values, by_value);
  double tail = (1 - confidence) / 2;
  return (struct interval){quantile(values, n, tail), quantile(values, n, 1 - tail)};
}

/* A complete sample of beta = eta = 1, all whose rows fit in sample->u. */
static void draw_sample(struct weibull_sample *sample, struct draw *draw) {
  double largest = 0;
  for (size_t i = 0; i < sample->rows; i++) {
    sample->u[i] = draw_exponential(draw);
    largest = fmax(largest, sample->u[i]);
  }
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < sample->rows; i++) {
    double u = log(sample->u[i] / largest);
    sample->u[i] = u;
    sum += u;
    squares += u * u;
  }
  sample->largest = largest;
  sample->mean_u = sum / sample->failures;
  sample->deviation_u = sqrt(fmax(0, squares / sample->failures - sample->mean_u * sample->mean_u));
}

/* ln of what may have been, relative to the estimates: three arrays of `draws`. */
struct drawn {
  double *ln_beta, *ln_eta, *ln_mtbf;
};

static void simulate(const struct drawn *drawn, size_t draws, double beta, struct weibull_sample *sample,
                     struct draw *draw) {
  double gamma = special_gamma_ln(1 + 1 / beta);
  for (size_t i = 0; i < draws; i++) {
    do
      draw_sample(sample, draw);
    while (!(sample->mean_u < 0)); /* all draws the same: once in 2^52 pairs */
    struct weibull_moments at = weibull_solve(sample);
    double b = at.b;
    double ln_e = log(sample->largest) + weibull_log_scale(sample, &at);
    drawn->ln_beta[i] = -log(b);
    drawn->ln_eta[i] = -b * ln_e / beta;
    drawn->ln_mtbf[i] = drawn->ln_eta[i] + special_gamma_ln(1 + b / beta) - gamma;
  }
}

static struct interval middle_of(double ln_estimate, double *ln_ratios, size_t n, double confidence) {
  struct interval ln = middle(ln_ratios, n, confidence);
  return (struct interval){exp(ln_estimate + ln.lower), exp(ln_estimate + ln.upper)};
}

struct weibull_intervals weibull_pivotal(const struct weibull_fit *fit, double confidence, size_t draws,
                                         uint64_t seed) {
  const struct interval undefined = {NAN, NAN};
  struct weibull_intervals intervals = {undefined, undefined, undefined};
  bool complete = fit->status == WEIBULL_OK && fit->failures == fit->n && fit->n <= WEIBULL_PIVOTAL_UNITS;
  if (!complete || draws == 0 || draws > SIZE_MAX / 3 / sizeof(double) || !(confidence > 0 && confidence < 1))
    return intervals;
  struct weibull_sample sample = {.rows = (size_t)fit->n, .failures = fit->n};
  sample.u = malloc(sample.rows * sizeof *sample.u);
  double *values = malloc(3 * draws * sizeof *values);
  if (sample.u && values) {
    struct drawn drawn = {values, values + draws, values + 2 * draws};
    struct draw draw = {seed};
    simulate(&drawn, draws, fit->beta, &sample, &draw);
    intervals.beta = middle_of(log(fit->beta), drawn.ln_beta, draws, confidence);
    intervals.eta = middle_of(fit->ln_eta, drawn.ln_eta, draws, confidence);
    intervals.mtbf = middle_of(fit->ln_mtbf, drawn.ln_mtbf, draws, confidence);
  }
  free(values);
  weibull_sample_free(&sample);
  return intervals;
}
