/* stats_cvm_critical.c - critical values of the Cramer-von Mises statistic of a power law, as lines for
 * triage/reliability/cvm_critical.def.
 *
 * Given their count, the arrivals of a power law with shape beta before the end are as many independent uniform draws
 * to the power 1/beta, and (t / T)^beta_unbiased does not depend on beta: so uniform draws do for all, and
 * failure-truncated samples are the same without their last.  A million samples for each m, the seed is m.  Standard
 * errors, from the density there: about 0.0003, at 0.01 0.0007. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "triage/reliability/draw.h"

#define SAMPLES 1000000

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double statistic(struct draw *draw, double *values, size_t m) {
  double sum = 0;
  for (size_t i = 0; i < m; i++)
    sum += values[i] = draw_exponential(draw);
  for (size_t i = 0; i < m; i++)
    values[i] = exp(-(double)(m - 1) * values[i] / sum);
  qsort(values, m, sizeof *values, ascending);
  double result = 1 / (12 * (double)m);
  for (size_t i = 0; i < m; i++) {
    double off = values[i] - (2 * (double)i + 1) / (2 * (double)m);
    result += off * off;
  }
  return result;
}

static void print_line(size_t m, double *values, double *statistics) {
  static const double levels[] = {.20, .15, .10, .05, .01};
  struct draw draw = {m};
  for (size_t i = 0; i < SAMPLES; i++)
    statistics[i] = statistic(&draw, values, m);
  qsort(statistics, SAMPLES, sizeof *statistics, ascending);
  printf("CVM_CRITICAL(%zu", m);
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    printf(", %.4f", statistics[(size_t)((1 - levels[i]) * SAMPLES + .5)]);
  printf(")\n");
}

int main(void) {
  static const size_t counts[] = {2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 60, 200};
  double *statistics = calloc(SAMPLES, sizeof *statistics), *values = calloc(200, sizeof *values);
  assert(statistics && values && "memory for the samples");
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    print_line(counts[i], values, statistics);
  free(values);
  free(statistics);
  return 0;
}
