/* Anderson and Darling's test of a complete sample against the Weibull fitted to it. */

#include <math.h>
#include <stdlib.h>

#include "triage/reliability/weibull.h"
#include "triage/reliability/weibull_sample.h"

struct point {
  double u, weight;
};

static int by_time(const void *left, const void *right) {
  double a = ((const struct point *)left)->u;
  double b = ((const struct point *)right)->u;
  return (a > b) - (a < b);
}

/* ln F at that z = beta ln(t / eta); near time 0, F is e^z. */
static double ln_below(double z) {
  double hazard = exp(z);
  return hazard < 1e-17 ? z : log(-expm1(-hazard));
}

/* -n - 1/n sum over the units j of (2j - 1) ln F_j + (2(n - j) + 1) ln S_j, the units of one time at once. */
static double statistic(const struct point *points, size_t rows, double n, double beta, double scale) {
  double sum = 0;
  double before = 0;
  for (size_t i = 0; i < rows; i++) {
    double z = beta * (points[i].u - scale);
    double after = before + points[i].weight;
    double below = after * after - before * before;
    double above = (n - before) * (n - before) - (n - after) * (n - after);
    sum += below * ln_below(z) - above * exp(z);
    before = after;
  }
  return -n - sum / n;
}

struct weibull_goodness weibull_anderson_darling(const struct times *times, const struct weibull_fit *fit) {
  struct weibull_goodness goodness = {NAN, NAN, NAN};
  struct weibull_sample sample;
  struct times_summary sum = times_summarize(times);
  if (fit->status != WEIBULL_OK || fit->failures != fit->n || !weibull_sample_take(&sample, times, &sum))
    return goodness;
  struct point *points = malloc(sample.rows * sizeof *points);
  if (points) {
    for (size_t i = 0; i < sample.rows; i++)
      points[i] = (struct point){sample.u[i], sample.weight ? sample.weight[i] : 1};
    qsort(points, sample.rows, sizeof *points, by_time);
    struct weibull_moments at = weibull_moments(&sample, fit->beta, 1);
    goodness.a2 = statistic(points, sample.rows, fit->n, fit->beta, weibull_log_scale(&sample, &at));
    goodness.a2_modified = goodness.a2 * (1 + .2 / sqrt(fit->n));
    goodness.p = 1 / (1 + exp(-.1 + 1.24 * log(goodness.a2_modified) + 4.48 * goodness.a2_modified));
  }
  free(points);
  weibull_sample_free(&sample);
  return goodness;
}
