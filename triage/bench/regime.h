/* regime.h - simulated campaigns whose bugs' rates are known, for the figures of discovery.h.
 *
 * A regime is a way in which rates differ, and how long is watched.  Rates are set, not drawn: at even steps through
 * their distribution.  What is drawn is when which bug shows itself. */
#ifndef HEDDLE_TRIAGE_BENCH_REGIME_H
#define HEDDLE_TRIAGE_BENCH_REGIME_H

#include <assert.h>
#include <math.h>
#include <stddef.h>

#include "triage/reliability/draw.h"
#include "triage/reliability/special.h"

#define REGIME_BUGS_MAX 1000

/* The rate of a bug, by its place among all, strictly between 0 and 1, and by its number, from 1. */
typedef double regime_rate(double place, double number);

static inline double regime_equal(double place, double number) {
  (void)place, (void)number;
  return 1;
}

static inline double regime_exponential(double place, double number) {
  (void)number;
  return -log1p(-place);
}

static inline double regime_lognormal_1(double place, double number) {
  (void)number;
  return exp(special_normal_quantile(place));
}

static inline double regime_lognormal_2(double place, double number) {
  (void)number;
  return exp(2 * special_normal_quantile(place));
}

static inline double regime_lognormal_3(double place, double number) {
  (void)number;
  return exp(3 * special_normal_quantile(place));
}

static inline double regime_uniform(double place, double number) {
  (void)number;
  return place;
}

static inline double regime_zipf_1(double place, double number) {
  (void)place;
  return 1 / number;
}

static inline double regime_zipf_2(double place, double number) {
  (void)place;
  return 1 / (number * number);
}

/* One in ten a hundred times as frequent as the others. */
static inline double regime_two_kinds(double place, double number) {
  (void)number;
  return place < .1 ? 10 : .1;
}

struct regime {
  const char *name;
  regime_rate *rate;
  size_t bugs;
  double exposure;
};

static const struct regime regimes[] = {
    {"equal", regime_equal, 100, .5},
    {"equal, nearly all found", regime_equal, 200, 2.5},
    {"uniform", regime_uniform, 150, 3},
    {"exponential", regime_exponential, 200, 2},
    {"lognormal 1", regime_lognormal_1, 150, 1},
    {"lognormal 1, late", regime_lognormal_1, 300, 5},
    {"lognormal 2", regime_lognormal_2, 200, 1},
    {"lognormal 2, late", regime_lognormal_2, 400, 20},
    {"lognormal 3", regime_lognormal_3, 300, 1},
    {"lognormal 3, late", regime_lognormal_3, 300, 50},
    {"Zipf 1", regime_zipf_1, 500, 50},
    {"Zipf 1, late", regime_zipf_1, 500, 500},
    {"Zipf 2", regime_zipf_2, 1000, 1000},
    {"Zipf 2, late", regime_zipf_2, 1000, 20000},
    {"two kinds", regime_two_kinds, 300, 1},
    {"two kinds, late", regime_two_kinds, 300, 10},
    {"few", regime_lognormal_1, 30, 1},
    {"few, nearly all found", regime_equal, 20, 3},
    {"few, as good as all", regime_equal, 20, 4.5},
};
#define REGIMES (sizeof regimes / sizeof *regimes)

/* Writes the rates of the regime's bugs. */
static inline void regime_rates(const struct regime *regime, double *rates) {
  assert(regime->bugs <= REGIME_BUGS_MAX && "room for the rates");
  for (size_t i = 0; i < regime->bugs; i++)
    rates[i] = regime->rate(((double)i + .5) / (double)regime->bugs, (double)i + 1);
}

/* What one campaign saw of it. */
struct regime_run {
  double found, f1, f2;
  double left;                   /* the true rate of what was not found */
  double first[REGIME_BUGS_MAX]; /* when each of the found ones was first seen, in no order */
};

static inline void regime_run(const struct regime *regime, const double *rates, struct draw *draw,
                              struct regime_run *run) {
  size_t found = 0;
  run->f1 = run->f2 = run->left = 0;
  for (size_t i = 0; i < regime->bugs; i++) {
    double seen = draw_exponential(draw) / rates[i];
    if (seen > regime->exposure) {
      run->left += rates[i];
      continue;
    }
    run->first[found++] = seen;
    seen += draw_exponential(draw) / rates[i];
    if (seen > regime->exposure)
      run->f1++;
    else if (seen + draw_exponential(draw) / rates[i] > regime->exposure)
      run->f2++;
  }
  run->found = (double)found;
}

#endif
