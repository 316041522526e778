/* srgm.h - two models of bugs found while the software stays under test: how many there will be, and how fast.
 *
 * Both are nonhomogeneous Poisson processes whose rate can only fall.  Beside the power law (power_law.h) they show how
 * much of a figure is the model's doing: where the three are far apart, none of them is to be relied on.
 *
 *   Goel-Okumoto  expected by t: a (1 - exp(-b t)).  Finitely many bugs, all equally likely to be found.
 *                 Goel and Okumoto, IEEE Transactions on Reliability R-28 (1979)
 *   Musa-Okumoto  expected by t: beta0 ln(1 + beta1 t).  No end of bugs, each rarer than those before.
 *                 Musa and Okumoto, 7th International Conference on Software Engineering (1984)
 *
 * Maximum likelihood, over the arrivals until the end of watching; failure-truncated the end is the last arrival.
 * Whether there is a maximum is settled before anything is solved:
 *
 * For Goel-Okumoto there is one if and only if the mean arrival time is before the middle and not all arrivals are at
 * 0; there is only one then.
 *
 * For Musa-Okumoto there is one if the mean arrival time is before the middle and no arrival is at 0.  Past the middle
 * there is one now and then, after arrivals in two bursts; it counts where it is likelier than a constant rate.  There
 * may be several, and the highest is taken.
 *
 * Pure; safe from any thread.  Values a double cannot hold become 0 or INFINITY. */
#ifndef HEDDLE_RELIABILITY_SRGM_H
#define HEDDLE_RELIABILITY_SRGM_H

#include "triage/reliability/arrivals.h"

struct goel_okumoto {
  /* OK, BAD_INPUT, NO_FAILURES, TOO_FEW, NO_GROWTH or ZERO_TIME (all at time 0); where it is not OK the rest is NAN. */
  enum arrivals_status status;
  double n, end;
  double a;         /* bugs in all */
  double b;         /* rate of each */
  double remaining; /* a - n */
  double intensity; /* arrivals per unit of time at the end */
  double mtbf;      /* its inverse */
  double loglik, aic;
};

struct musa_okumoto {
  /* OK, BAD_INPUT, NO_FAILURES, TOO_FEW, NO_GROWTH or ZERO_TIME (some at time 0, or as
   * good as there); where it is not OK the rest is NAN.
   */
  enum arrivals_status status;
  double n, end;
  double beta0;
  double beta1;
  double intensity;
  double mtbf;
  double loglik, aic;
};

struct goel_okumoto goel_okumoto_fit(const struct arrivals *arrivals);
struct musa_okumoto musa_okumoto_fit(const struct arrivals *arrivals);

/* The fitted expected count by time t >= 0: for a curve. */
double goel_okumoto_expected(const struct goel_okumoto *fit, double t);
double musa_okumoto_expected(const struct musa_okumoto *fit, double t);

#endif
