/* stats_residual_coverage.c - how often the interval of the residual MTBF holds the truth, at nominal 95 %.
 *
 * For each regime (regime.h) 20,000 campaigns; the truth is the rate of the bugs that this very campaign did not find.
 * Beside it the same for the interval of f1 as a Poisson count, not stretched.  Fixed seeds.  Status 1 where the
 * coverage is outside 92.5 to 97 %. */
#include <stdbool.h>
#include <stdio.h>

#include "triage/bench/regime.h"
#include "triage/reliability/discovery.h"

#define CAMPAIGNS 20000
#define CONFIDENCE .95

static bool holds(const struct discovery_residual *residual, double rate) {
  return rate >= residual->rate_lower && rate <= residual->rate_upper;
}

static bool measure(const struct regime *regime, uint64_t seed) {
  static double rates[REGIME_BUGS_MAX];
  static struct regime_run run;
  regime_rates(regime, rates);
  struct draw draw = {seed};
  double f1 = 0, f2 = 0, left = 0, held = 0, held_unscaled = 0, above = 0, unbounded = 0;
  for (int i = 0; i < CAMPAIGNS; i++) {
    regime_run(regime, rates, &draw, &run);
    struct discovery_residual residual = discovery_residual(regime->exposure, run.f1, run.f2, CONFIDENCE);
    struct discovery_residual unscaled = discovery_residual(regime->exposure, run.f1, 0, CONFIDENCE);
    f1 += run.f1 / CAMPAIGNS;
    f2 += run.f2 / CAMPAIGNS;
    left += run.left == 0;
    held += holds(&residual, run.left);
    held_unscaled += holds(&unscaled, run.left);
    above += run.left > residual.rate_upper;
    unbounded += residual.rate_lower == 0;
  }
  double percent = 100. / CAMPAIGNS, coverage = held * percent;
  bool good = coverage >= 92.5 && coverage <= 97;
  printf("%-24s %6.1f %6.1f %8.2f %%%s %8.2f %% %9.2f %% %9.2f %% %9.2f %%\n", regime->name, f1, f2, coverage,
         good ? " " : "!", above * percent, held_unscaled * percent, unbounded * percent, left * percent);
  return good;
}

int main(void) {
  bool good = true;
  printf("Interval of the residual MTBF, %d campaigns a regime, nominal %g %%\n", CAMPAIGNS, 100 * CONFIDENCE);
  printf("%-24s %6s %6s %11s %11s %11s %11s %11s\n", "rates", "f1", "f2", "coverage", "worse than", "unscaled",
         "no upper", "none left");
  for (size_t i = 0; i < REGIMES; i++)
    good &= measure(&regimes[i], i + 1);
  return good ? 0 : 1;
}
