/* power_law_factors.c - the exact interval of an instantaneous MTBF, as factors: see power_law.h.
 *
 * With n arrivals until T, S = sum of ln(T / t) and theta = lambda T^beta, the MTBF is T / (theta beta) and its
 * estimate T S / n^2: their ratio is n^2 over x = theta beta S, which is to be bounded. */
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "triage/reliability/power_law.h"
#include "triage/reliability/special.h"

#define COUNT_MAX 1e9
#define NEGLIGIBLE 1e-25 /* of a sum: far below the smallest tail that a confidence in a double asks for */

/* A probability that falls (`above` false) or rises with x. */
typedef double tail_function(double x, double n, bool above);

/* Time-truncated, the count N is Poisson(theta) and, given it, beta S is Gamma(N): their joint density is proportional
 * to x^N / (N! (N-1)!) times what depends on N or x alone.  So given S, which is sufficient for what is not asked for,
 * N has the distribution with these weights.  Returns the probability of N <= n, or of N >= n.  The weights are summed
 * outward from that of n, which is 1 here, so that nothing overflows near the bounds. */
static double count_tail(double x, double n, bool above) {
  double fewer = 0, more = 0, weight = 1, k = n;
  while (k >= 2 && weight > NEGLIGIBLE * fewer) {
    weight *= k * (k - 1) / x;
    fewer += weight;
    k--;
  }
  weight = 1;
  k = n;
  while (weight > NEGLIGIBLE * more) {
    weight *= x / (k * (k + 1));
    more += weight;
    k++;
  }
  return ((above ? more : fewer) + 1) / (fewer + 1 + more);
}

/* Failure-truncated, theta is Gamma(n) and beta S is Gamma(n - 1), independently.  Returns the probability that their
 * product is above x, or that it is below: the mean, over beta S, of what theta must then be.  The trapezoid rule in
 * the logarithm of beta S, centred where its density is highest; it converges geometrically there, since the integrand
 * vanishes at both ends with all its derivatives. */
static double product_tail(double x, double n, bool above) {
  double shape = n - 1, step = .25 / sqrt(shape), sum = 0, weights = 0;
  for (int side = -1; side <= 1; side += 2) {
    double weight = 1;
    for (double i = side < 0 ? 0 : 1; weight > NEGLIGIBLE; i++) {
      double from_top = side * i * step, theta = x / (shape * exp(from_top));
      weight = exp(shape * (from_top - expm1(from_top)));
      weights += weight;
      sum += weight * (above ? special_gamma_q(n, theta) : special_gamma_p(n, theta));
    }
  }
  return sum / weights;
}

/* The x where `tail` of n is `probability`; it rises with x or falls.  Steps from the middle, n^2, in strides of about
 * the width of the distribution until x is enclosed, then halves what encloses it. */
static double solve(tail_function *tail, bool argument, bool rises, double n, double probability) {
  double stride = sqrt(2 / n), middle = 2 * log(n);
  double direction = (tail(exp(middle), n, argument) < probability) == rises ? stride : -stride;
  double inner = middle, outer = middle + direction;
  while ((tail(exp(outer), n, argument) < probability) == ((direction > 0) == rises)) {
    inner = outer;
    outer += direction;
  }
  while (fabs(outer - inner) > 4 * DBL_EPSILON * fmax(fabs(outer), 1)) {
    double half = inner + (outer - inner) / 2;
    if ((tail(exp(half), n, argument) < probability) == ((direction > 0) == rises))
      inner = half;
    else
      outer = half;
  }
  return exp(inner);
}

struct interval power_law_factors(double n, enum arrivals_truncation truncation, double confidence) {
  bool at_failure = truncation == ARRIVALS_FAILURE;
  double least = at_failure ? 2 : 1, tail = (1 - confidence) / 2;
  if (!(n >= least && n <= COUNT_MAX && n == floor(n)) || !(confidence > 0 && confidence < 1))
    return (struct interval){NAN, NAN};
  if (at_failure)
    return (struct interval){n * n / solve(product_tail, true, false, n, tail),
                             n * n / solve(product_tail, false, true, n, tail)};
  /* The largest x under which a count as small as n is no surprise, and the smallest under which one as large is none.
   */
  return (struct interval){n * n / solve(count_tail, false, false, n, tail),
                           n > 1 ? n * n / solve(count_tail, true, true, n, tail) : INFINITY};
}
