/* discovery.c - see discovery.h. */
#include "triage/reliability/discovery.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "triage/reliability/special.h"

struct discovery_counts discovery_count(const uint64_t *sightings, size_t count) {
  struct discovery_counts counts = {0};
  for (size_t i = 0; i < count; i++) {
    counts.n += (double)sightings[i];
    counts.found += sightings[i] > 0;
    counts.f1 += sightings[i] == 1;
    counts.f2 += sightings[i] == 2;
  }
  return counts;
}

void discovery_note(struct discovery_sightings *bug, double at) {
  for (size_t i = 0; i < sizeof bug->at / sizeof *bug->at; i++)
    if (at < bug->at[i]) {
      double later = bug->at[i];
      bug->at[i] = at;
      at = later;
    }
}

struct discovery_once_twice discovery_by(const struct discovery_sightings *bugs, size_t count, double moment) {
  struct discovery_once_twice counts = {0, 0};
  for (size_t i = 0; i < count; i++) {
    counts.f1 += bugs[i].at[0] <= moment && bugs[i].at[1] > moment;
    counts.f2 += bugs[i].at[1] <= moment && bugs[i].at[2] > moment;
  }
  return counts;
}

static bool is_count(double value) { return value >= 0 && value <= DISCOVERY_BUGS_MAX; }

struct discovery_residual discovery_residual(double exposure, double f1, double f2, double confidence) {
  struct discovery_residual residual = {NAN, NAN, NAN, NAN, NAN, NAN};
  if (!is_count(f1) || !is_count(f2) || !(exposure > 0 && exposure <= DBL_MAX) || !(confidence > 0 && confidence < 1))
    return residual;
  double tail = (1 - confidence) / 2, at_least_one = fmax(f1, 1);
  double stretch = sqrt(1 + 2 * (f2 / at_least_one));
  double below = f1 > 0 ? f1 - special_chi2_quantile(tail, 2 * f1) / 2 : 0;
  double above = special_chi2_quantile_upper(tail, 2 * f1 + 2) / 2 - f1;
  double lower = fmax(0, f1 - stretch * below), upper = f1 + stretch * above;
  residual = (struct discovery_residual){
      .rate = f1 / exposure,
      .rate_lower = lower / exposure,
      .rate_upper = upper / exposure,
      .mtbf = exposure / f1,
      .mtbf_lower = exposure / upper,
      .mtbf_upper = exposure / lower,
  };
  return residual;
}

/* The share of sightings to come that are of bugs not seen yet. */
static double unseen_share_chao_jost(const struct discovery_counts *counts) {
  double n = counts->n, f1 = counts->f1, f2 = counts->f2;
  if (f1 == 0)
    return 0;
  if (f2 == 0) {
    double seen_again = (n - 1) * (f1 - 1);
    return f1 / n * (seen_again / (seen_again + 2));
  }
  return f1 / n * ((n - 1) * f1 / ((n - 1) * f1 + 2 * f2));
}

static double unseen_chao1(const struct discovery_counts *counts) {
  double n = counts->n, f1 = counts->f1, f2 = counts->f2;
  double pairs = f2 > 0 ? f1 * f1 / (2 * f2) : f1 * (f1 - 1) / 2;
  return (n - 1) / n * pairs;
}

struct discovery_richness discovery_richness(const struct discovery_counts *counts) {
  double n = counts->n, f1 = counts->f1, f2 = counts->f2;
  assert(n <= DBL_MAX && f1 >= 0 && f2 >= 0 && f1 + f2 <= counts->found && f1 + 2 * f2 <= n && "counts of one sample");
  struct discovery_richness richness = {NAN, NAN, NAN, NAN, NAN, NAN};
  if (n == 0)
    return richness;
  richness.discovery_probability = f1 / n;
  richness.coverage_good_turing = (n - f1) / n;
  richness.coverage_chao_jost = 1 - unseen_share_chao_jost(counts);
  richness.unseen_chao1 = unseen_chao1(counts);
  richness.total_chao1 = counts->found + richness.unseen_chao1;
  richness.total_chao1_corrected = counts->found + f1 * (f1 - 1) / (2 * (f2 + 1));
  return richness;
}

double discovery_extrapolate(const struct discovery_counts *counts, double more) {
  if (!(counts->n > 0 && more >= 0 && more <= DBL_MAX))
    return NAN;
  double unseen = unseen_chao1(counts);
  if (unseen == 0)
    return 0;
  double share = counts->f1 / (counts->n * unseen + counts->f1); /* of a sighting, to be new */
  return -unseen * expm1(more * log1p(-share));
}
