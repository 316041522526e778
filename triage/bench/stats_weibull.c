/* How often the intervals of a Weibull mean hold the mean: nominal 95 %, by simulation.
 *
 * Units live by a Weibull of scale 1; those alive at a time set before (type I) are censored, at the quantile that
 * makes it the share the table says.  What the interval of a mean covers depends on the shape, so the table has three.
 * A sample without a fit (weibull.h says when) has no interval; it is counted apart and not in the coverage.
 *
 *   stats_weibull [repetitions]    20000 unless given; the table, and ../bench/weibull_coverage.json beside its folder
 *
 * Ends with status 1 if a likelihood-ratio cell is outside 93-97 %. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench_json.h"
#include "triage/reliability/draw.h"
#include "triage/reliability/weibull.h"

enum { UNITS_MOST = 50 };

#define CONFIDENCE .95
#define LEAST .93
#define MOST .97

struct cell {
  size_t n;
  double censored, shape;
  size_t fits, below, above, wald; /* below: the whole interval lies below the mean; wald: so many of Wald's hold it */
};

static void draw_sample(const struct cell *cell, struct draw *draw, double *lived, unsigned char *event) {
  /* exp(-end^shape) are alive at the end. */
  double end = cell->censored > 0 ? pow(-log(cell->censored), 1 / cell->shape) : INFINITY;
  for (size_t i = 0; i < cell->n; i++) {
    double life = pow(draw_exponential(draw), 1 / cell->shape);
    event[i] = life <= end;
    lived[i] = fmin(life, end);
  }
}

static void simulate(struct cell *cell, size_t repetitions, uint64_t seed) {
  double lived[UNITS_MOST];
  unsigned char event[UNITS_MOST];
  struct draw draw = {seed};
  double truth = tgamma(1 + 1 / cell->shape);
  for (size_t i = 0; i < repetitions; i++) {
    draw_sample(cell, &draw, lived, event);
    struct times times = {lived, event, NULL, cell->n};
    struct weibull_fit fit = weibull_fit(&times);
    if (fit.status != WEIBULL_OK)
      continue;
    struct interval ratio = weibull_likelihood_ratio(&times, &fit, CONFIDENCE).mtbf;
    struct interval wald = weibull_wald(&fit, CONFIDENCE).mtbf;
    cell->fits++;
    cell->below += ratio.upper < truth;
    cell->above += ratio.lower > truth;
    cell->wald += wald.lower <= truth && truth <= wald.upper;
  }
}

static double coverage(const struct cell *cell) { return 1 - (double)(cell->below + cell->above) / (double)cell->fits; }

static bool promised(const struct cell *cell) { return cell->n >= 10; }

static bool holds(const struct cell *cell) {
  return !promised(cell) || (LEAST <= coverage(cell) && coverage(cell) <= MOST);
}

static void tell(FILE *json, const struct cell *cell, size_t repetitions, const char *comma) {
  double fits = (double)cell->fits;
  (void)printf("%4zu %7.0f %% %6.1f %9.2f %% %9.2f %% %9.2f %% %9.2f %% %8zu%s\n", cell->n, 100 * cell->censored,
               cell->shape, 100 * coverage(cell), 100 * (double)cell->below / fits, 100 * (double)cell->above / fits,
               100 * (double)cell->wald / fits, repetitions - cell->fits, holds(cell) ? "" : "   outside 93-97 %");
  (void)fprintf(json,
                "%s\n  {\"n\": %zu, \"censored\": %g, \"shape\": %g, \"repetitions\": %zu, \"fits\": %zu, "
                "\"likelihood_ratio\": %.5f, \"wald\": %.5f}",
                comma, cell->n, cell->censored, cell->shape, repetitions, cell->fits, coverage(cell),
                (double)cell->wald / fits);
  (void)fflush(stdout);
}

int main(int argc, char **argv) {
  static const size_t units[] = {5, 10, 20, 50};
  static const double shares[] = {0, .3, .5};
  static const double shapes[] = {.7, 1, 2};
  size_t repetitions = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
  if (repetitions == 0) {
    (void)fprintf(stderr, "%s: repetitions: a number above 0\n", argv[0]);
    return 2;
  }
  FILE *json = bench_json_open(argv[0], "weibull_coverage");
  if (!json)
    return 2;
  (void)printf("%4s %9s %6s %11s %11s %11s %11s %8s\n", "n", "censored", "shape", "ratio", "mean above", "mean below",
               "Wald", "no fit");
  (void)fputs("[", json);
  bool all_hold = true;
  uint64_t seed = 1;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++)
      for (size_t m = 0; m < sizeof shapes / sizeof *shapes; m++, seed++) {
        struct cell cell = {units[i], shares[k], shapes[m], 0, 0, 0, 0};
        simulate(&cell, repetitions, seed);
        tell(json, &cell, repetitions, seed == 1 ? "" : ",");
        all_hold = all_hold && holds(&cell);
      }
  (void)fputs("\n]\n", json);
  if (fclose(json) != 0) {
    perror("weibull_coverage.json");
    return 2;
  }
  return all_hold ? 0 : 1;
}
