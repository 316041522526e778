/* stats_ground_truth.c - what the ways of putting a figure on the next new bug say where the truth is known.
 *
 * For each regime (regime.h) 2,000 campaigns.  The truth is the inverse rate of the bugs that a campaign did not find;
 * it and every figure is the median over the campaigns, and figures are printed as multiples of the truth:
 *
 *   T/f1         the residual MTBF (discovery.h)
 *   headline     what the rule of headline.h puts first
 *   power law    and the other two models, at the end of watching
 *   naive        T over the bugs found
 *   Weibull      mean of a Weibull distribution over the gaps between new bugs, the last one censored
 *
 * Fixed seeds.  Status 1 where T/f1 is off by more than 5 %.  Regimes where a campaign leaves nothing to find in more
 * than one of four, or sees so few bugs once that neighbouring values of T/f1 are further apart than that, are marked
 * and do not count. */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "triage/bench/regime.h"
#include "triage/reliability/headline.h"
#include "triage/reliability/weibull.h"

#define CAMPAIGNS 2000
#define OFF_MAX .05
#define F1_LEAST 20 /* T / f1 and T / (f1 + 1) are 5 % apart */

enum figure { TRUTH, RESIDUAL, HEADLINE, POWER_LAW, MUSA_OKUMOTO, GOEL_OKUMOTO, NAIVE, WEIBULL, FIGURE_COUNT };

static double figures[FIGURE_COUNT][CAMPAIGNS];

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Of the campaigns in which there was such a figure: NAN where there was none in half of them. */
static double median(double *values) {
  size_t count = 0;
  for (size_t i = 0; i < CAMPAIGNS; i++)
    if (!isnan(values[i]))
      values[count++] = values[i];
  qsort(values, count, sizeof *values, ascending);
  return count > CAMPAIGNS / 2 ? values[count / 2] : NAN;
}

/* The gaps between the arrivals, the first from 0, and the time since the last. */
static double weibull_mean(const struct arrivals *arrivals) {
  static double gaps[REGIME_BUGS_MAX + 1];
  static unsigned char failed[REGIME_BUGS_MAX + 1];
  double before = 0;
  for (size_t i = 0; i < arrivals->count; i++) {
    gaps[i] = arrivals->times[i] - before;
    failed[i] = 1;
    before = arrivals->times[i];
  }
  gaps[arrivals->count] = arrivals->end - before;
  failed[arrivals->count] = 0;
  const struct times times = {gaps, failed, NULL, arrivals->count + 1};
  return weibull_fit(&times).mtbf;
}

static void take(const struct regime *regime, struct regime_run *run, size_t campaign) {
  qsort(run->first, (size_t)run->found, sizeof *run->first, ascending);
  const struct headline_input input = {
      {run->first, (size_t)run->found, ARRIVALS_TIME, regime->exposure},
      run->f1,
      run->f2,
      HEADLINE_CONFIDENCE,
      HEADLINE_SIGNIFICANCE,
  };
  struct headline headline = headline_choose(&input);
  figures[TRUTH][campaign] = 1 / run->left;
  figures[RESIDUAL][campaign] = headline.residual.mtbf;
  figures[HEADLINE][campaign] = headline.mtbf;
  figures[POWER_LAW][campaign] = headline.power_law.mtbf;
  figures[MUSA_OKUMOTO][campaign] = headline.musa_okumoto.mtbf;
  figures[GOEL_OKUMOTO][campaign] = headline.goel_okumoto.mtbf;
  figures[NAIVE][campaign] = headline.constant;
  figures[WEIBULL][campaign] = weibull_mean(&input.arrivals);
}

static bool measure(const struct regime *regime, uint64_t seed) {
  static double rates[REGIME_BUGS_MAX];
  static struct regime_run run;
  regime_rates(regime, rates);
  struct draw draw = {seed};
  double f1 = 0, found = 0, none_left = 0;
  for (size_t i = 0; i < CAMPAIGNS; i++) {
    regime_run(regime, rates, &draw, &run);
    f1 += run.f1 / CAMPAIGNS;
    found += run.found / CAMPAIGNS;
    none_left += run.left == 0;
    take(regime, &run, i);
  }
  double truth = median(figures[TRUTH]);
  bool counts = f1 >= F1_LEAST && none_left < .25 * CAMPAIGNS;
  bool good = fabs(median(figures[RESIDUAL]) / truth - 1) <= OFF_MAX;
  printf("%-24s %6.1f %6.1f %10.4g", regime->name, found, f1, truth);
  if (isinf(truth)) {
    printf("  nothing was left to find in %.0f %%\n", none_left * 100 / CAMPAIGNS);
    return true;
  }
  for (int i = RESIDUAL; i < FIGURE_COUNT; i++)
    printf(" %9.3f%s", median(figures[i]) / truth, i != RESIDUAL ? "" : !counts ? "~" : good ? " " : "!");
  printf("\n");
  return good || !counts;
}

int main(void) {
  bool good = true;
  printf("Time to the next new bug, medians of %d campaigns a regime, as multiples of the truth (~: too few bugs to "
         "count)\n",
         CAMPAIGNS);
  printf("%-24s %6s %6s %10s %10s %9s %9s %9s %9s %9s %9s\n", "rates", "found", "f1", "truth", "T/f1 ", "headline",
         "power law", "Musa-Ok.", "Goel-Ok.", "naive", "Weibull");
  for (size_t i = 0; i < REGIMES; i++)
    good &= measure(&regimes[i], 1000 + i);
  return good ? 0 : 1;
}
