/* The Weibull distribution with two parameters, S(t) = exp(-(t / eta)^beta), fitted by maximum likelihood to times
 * that may be right-censored, and what a reliability engineer asks of the fit.
 *
 * Sources: the profile likelihood of the shape, its equation and the observed information: Lawless, Statistical Models
 * and Methods for Lifetime Data (2nd ed., 2003), 5.2; likelihood-ratio intervals: Meeker and Escobar, Statistical
 * Methods for Reliability Data (1998), 8.3; pivotal intervals: Thoman, Bain and Antle, Technometrics 11 (1969).
 *
 * All functions are pure and thread-safe, touch no errno and keep nothing.  A figure that is not defined is NAN; one
 * too large for a double is INFINITY (its logarithm, where there is one, still holds). */
#ifndef HEDDLE_RELIABILITY_WEIBULL_H
#define HEDDLE_RELIABILITY_WEIBULL_H

#include "triage/reliability/times.h"

/* Whether there is a fit; looked at before anything is fitted.  A fit exists if and only if some unit failed, none at
 * time 0, and one strictly before the largest time of all. */
enum weibull_status {
  WEIBULL_OK,
  WEIBULL_NO_FAILURES,       /* nobody failed: a lower bound (exponential.h) is all there is */
  WEIBULL_ZERO_FAILURE_TIME, /* a unit failed at time 0: a Weibull density has no likelihood there */
  WEIBULL_BETA_INFINITE,     /* all failures at the largest time: the likelihood grows with beta without end */
  WEIBULL_BAD_TIME,          /* a time is negative, infinite or not a number */
  WEIBULL_NO_MEMORY,
};

/* The status in the words of the output: "ok", "no_failures", "zero_failure_time", "beta_infinite", "bad_time",
 * "no_memory". */
const char *weibull_status_name(enum weibull_status status);

/* All but `status`, `n` and `failures` is NAN unless the status is WEIBULL_OK. */
struct weibull_fit {
  enum weibull_status status;
  double n, failures; /* units, and how many of them failed */

  double beta, eta; /* shape and scale */
  double mtbf;      /* the mean, eta Gamma(1 + 1/beta) */
  double ln_eta, ln_mtbf;

  /* Standard errors by the inverse of the observed information in (ln eta, ln beta), and by the delta method. */
  double se_ln_beta, se_ln_eta, cov_ln, se_ln_mtbf;
  double se_beta, se_eta, se_mtbf;

  double loglik;         /* of the density, -ln t included */
  double aic, aicc, bic; /* two parameters, n units; aicc is NAN for n <= 3 */

  double beta1_statistic; /* twice the log-likelihood above that of beta = 1 (exponential) */
  double beta1_p;         /* chance of as much under beta = 1, by chi-square of one degree */
};

/* Fits.  Needs 8 bytes a row on the heap (16 with counts) while it runs. */
struct weibull_fit weibull_fit(const struct times *times);

/* Intervals of one confidence for the three parameters. */
struct weibull_intervals {
  struct interval beta, eta, mtbf;
};

/* By likelihood ratio: all values whose profile log-likelihood is within chi2(confidence, 1) / 2 of the maximum.  The
 * default: its coverage holds with few failures.  `fit` is of the same times.  Memory as weibull_fit; NAN when short.
 */
struct weibull_intervals weibull_likelihood_ratio(const struct times *times, const struct weibull_fit *fit,
                                                  double confidence);

/* Wald's, symmetric on the log scale.  Approximate, to be labelled so: with 5 failures its 95 % cover the mean in
 * 81-84 of 100 cases. */
struct weibull_intervals weibull_wald(const struct weibull_fit *fit, double confidence);

/* The share of units that the fit has failed by `time` > 0, and what holds it at that one time with that confidence: a
 * band for the probability plot, of which each point is meant by itself.  Wald's on the scale of ln(-ln(1 - share)),
 * on which the plot is a line.  Approximate, to be labelled so. */
double weibull_share(const struct weibull_fit *fit, double time);
struct interval weibull_share_interval(const struct weibull_fit *fit, double time, double confidence);

/* By simulation of beta^/beta and beta^ ln(eta^/eta), whose distributions depend on n alone in a complete sample:
 * exact for beta and eta up to the simulation's error, generalized pivotal for the mean.  NAN when a unit is censored,
 * when there is no fit, no memory (24 bytes a draw, 8 a unit) or n is above WEIBULL_PIVOTAL_UNITS. The same `seed`
 * gives the same intervals; 10000 draws are good to some 2 % of their width. */
struct weibull_intervals weibull_pivotal(const struct weibull_fit *fit, double confidence, size_t draws, uint64_t seed);
#define WEIBULL_PIVOTAL_UNITS 100000

/* The shape with its small-sample bias taken out: beta times a power of C4(r) = sqrt(2 / (r - 1)) Gamma(r / 2) /
 * Gamma((r - 1) / 2), r the number of failures (the "reduced bias adjustment" of Abernethy, The New Weibull Handbook).
 * NAN below two failures. */
struct weibull_unbiased {
  double median_factor, mean_factor; /* C4^3.5, which makes the median right, and C4^6, for the mean */
  double median_beta, mean_beta;
};
struct weibull_unbiased weibull_unbias(const struct weibull_fit *fit);

/* Anderson and Darling's statistic of a complete sample with both parameters estimated; NAN for a censored one. */
struct weibull_goodness {
  double a2;
  double a2_modified; /* a2 (1 + 0.2 / sqrt(n)), to compare with WEIBULL_A2_CRITICAL */
  double p;           /* observed significance level (MIL-HDBK-17-1F, 8.3.4.2.2): small means no Weibull */
};
#define WEIBULL_A2_CRITICAL 0.757 /* of a2_modified, at 5 % (Stephens, 1977) */

/* Needs 16 bytes a row while it runs, beside what a fit needs; NAN when short. */
struct weibull_goodness weibull_anderson_darling(const struct times *times, const struct weibull_fit *fit);

#endif
