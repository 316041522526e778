/* Likelihood-ratio intervals of the Weibull parameters.
 *
 * With phi = beta ln(eta / largest) the log-likelihood is r ln beta + r beta mean_u - r phi - e^-phi S0(beta), concave
 * in (beta, phi): what is within half a chi-square of its maximum is one convex region.  The interval of a parameter
 * is its smallest and largest value on that region's edge, where at each beta phi is that of the best eta plus a
 * `tilt` with tilt + e^-tilt - 1 = (what of the chi-square's half the profile at beta has left) / r.
 *
 * So the ends of beta are where nothing is left, and those of eta and of the mean are found between them, along the
 * upper edge (tilt > 0) and the lower one, where the derivative along the edge vanishes: once, for eta because both
 * {eta < c} and {eta > c} cut the region in convex pieces, for the mean's lower end because {mean < c} does.  For its
 * upper end no proof is known to us; test_weibull.c scans for a second place.  All ends are finite numbers, though not
 * always ones that a double holds. */

#include <math.h>

#include "triage/reliability/special.h"
#include "triage/reliability/weibull.h"
#include "triage/reliability/weibull_sample.h"

struct region {
  const struct weibull_sample *sample;
  struct weibull_moments best; /* at the estimate */
  double half;                 /* of the chi-square's quantile, a failure: half / r */
};

/* What is left at that shape, a failure; < 0 outside the region. */
static double left_at(const struct region *region, const struct weibull_moments *at) {
  double b = region->best.b;
  double lost = log(b / at->b) + (b - at->b) * region->sample->mean_u + log(at->s0 / region->best.s0);
  return region->half - lost;
}

enum { STEPS = 200 };

/* ln beta at the edge, on the side that `sign` says. */
static double shape_end(const struct region *region, double sign, double guess) {
  double inside = log(region->best.b);
  double outside = sign * INFINITY;
  double x = inside + sign * guess;
  for (int step = 0; step < STEPS; step++) {
    struct weibull_moments at = weibull_moments(region->sample, exp(x), 1);
    double left = left_at(region, &at);
    if (left > 0)
      inside = x;
    else
      outside = x;
    /* The derivative of `left` in ln beta is the score.  Concave in beta: Newton overshoots to the outside at most
     * once. */
    double next = x - left / at.score;
    if (isinf(outside)) {
      double longest = x + sign * (4 * guess + 1);
      next = sign * (next - x) > 0 ? sign * fmin(sign * next, sign * longest) : longest;
    } else if (!(fmin(inside, outside) < next && next < fmax(inside, outside)) || step > STEPS / 2) {
      next = inside + (outside - inside) / 2;
    }
    if (fabs(next - x) <= 1e-13 * (1 + fabs(x)) || next == inside || next == outside)
      return next;
    x = next;
  }
  return x;
}

/* The tilt of that sign for which tilt + e^-tilt - 1 is `left`.  Newton's steps come down to it from outside. */
static double tilt_for(double left, double sign) {
  if (!(left > 0))
    return 0;
  double tilt = sign > 0 ? left + sqrt(2 * left) : -sqrt(2 * left);
  for (int step = 0; step < STEPS; step++) {
    double excess = tilt + expm1(-tilt) - left;
    double next = tilt - excess / -expm1(-tilt);
    if (!(fabs(next) < fabs(tilt)))
      break;
    tilt = next;
  }
  return tilt;
}

/* A way along the edge: which edge, and whether eta or the mean is looked at. */
struct edge {
  const struct region *region;
  double sign;
  bool of_mean;
};

struct spot {
  double value; /* ln(parameter / largest) */
  double slope; /* of the sign of +-d value / d ln beta: above 0 before the extreme, below 0 behind it */
};

static struct spot spot_at(const struct edge *edge, double x) {
  struct weibull_moments at = weibull_moments(edge->region->sample, exp(x), 1);
  double tilt = tilt_for(left_at(edge->region, &at), edge->sign);
  double scale = weibull_log_scale(edge->region->sample, &at) + tilt / at.b;
  double gamma = edge->of_mean ? special_gamma_ln(1 + 1 / at.b) : 0;
  double gamma_slope = edge->of_mean ? special_digamma(1 + 1 / at.b) : 0;
  /* d tilt / d ln beta is score / (1 - e^-tilt): multiplied by what it is divided by, nothing is infinite at the ends.
   */
  double slope = at.score - expm1(-tilt) * (at.b * (at.mean - scale) - gamma_slope);
  return (struct spot){scale + gamma, slope};
}

/* The extreme of the value along the edge from `low` to `high`, where the slope crosses 0: false position by the
 * Illinois rule, which halves the weight of an end that stays. */
static double extreme_on(const struct edge *edge, double low, double high) {
  struct spot left = spot_at(edge, low);
  struct spot right = spot_at(edge, high);
  double extreme = edge->sign * fmax(edge->sign * left.value, edge->sign * right.value);
  double enough = 1e-9 * (high - low);
  int stayed = 0;
  /* Where nearly nothing is between the ends, rounding may leave no crossing. */
  bool crosses = left.slope > 0 && right.slope < 0;
  for (int step = 0; crosses && step < STEPS && high - low > enough; step++) {
    double x = low + (high - low) * (left.slope / (left.slope - right.slope));
    if (!(low < x && x < high) || step > STEPS / 4)
      x = low + (high - low) / 2;
    struct spot spot = spot_at(edge, x);
    extreme = edge->sign * fmax(edge->sign * extreme, edge->sign * spot.value);
    if (spot.slope > 0) {
      low = x;
      left = spot;
      right.slope /= stayed > 0 ? 2 : 1;
      stayed = 1;
    } else {
      high = x;
      right = spot;
      left.slope /= stayed < 0 ? 2 : 1;
      stayed = -1;
    }
  }
  return extreme;
}

static struct interval interval_on(const struct region *region, bool of_mean, double low, double high,
                                   double estimate) {
  struct edge lower = {region, -1, of_mean};
  struct edge upper = {region, 1, of_mean};
  double unit = region->sample->largest;
  return (struct interval){
      .lower = fmin(estimate, times_scale(unit, extreme_on(&lower, low, high))),
      .upper = fmax(estimate, times_scale(unit, extreme_on(&upper, low, high))),
  };
}

static const struct interval undefined = {NAN, NAN};

struct weibull_intervals weibull_likelihood_ratio(const struct times *times, const struct weibull_fit *fit,
                                                  double confidence) {
  struct weibull_intervals intervals = {undefined, undefined, undefined};
  struct weibull_sample sample;
  struct times_summary sum = times_summarize(times);
  if (fit->status != WEIBULL_OK || !(confidence > 0 && confidence < 1) || !weibull_sample_take(&sample, times, &sum))
    return intervals;
  struct region region = {
      .sample = &sample,
      .best = weibull_moments(&sample, fit->beta, 1),
      .half = special_chi2_quantile(confidence, 1) / 2 / sample.failures,
  };
  double guess = fit->se_ln_beta * sqrt(special_chi2_quantile(confidence, 1));
  double low = shape_end(&region, -1, guess);
  double high = shape_end(&region, 1, guess);
  intervals.beta = (struct interval){fmin(fit->beta, exp(low)), fmax(fit->beta, exp(high))};
  intervals.eta = interval_on(&region, false, low, high, fit->eta);
  intervals.mtbf = interval_on(&region, true, low, high, fit->mtbf);
  weibull_sample_free(&sample);
  return intervals;
}
