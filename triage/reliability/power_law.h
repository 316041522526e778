/* power_law.h - the Crow-AMSAA model: arrivals of a nonhomogeneous Poisson process with intensity lambda beta
 * t^(beta-1).
 *
 * beta below 1: the rate falls (growth); 1: it is constant; above 1: it rises.  Estimates by maximum likelihood and
 * their unbiased shape: Crow, "Reliability analysis for complex, repairable systems", in Reliability and Biometry
 * (SIAM, 1974); MIL-HDBK-189 (1981), appendix C.  Times and rates are in the unit of the arrivals, intervals two-sided.
 *
 * Pure; safe from any thread.  Values a double cannot hold become 0 or INFINITY, which extreme units or shapes can do
 * to lambda and eta. */
#ifndef HEDDLE_RELIABILITY_POWER_LAW_H
#define HEDDLE_RELIABILITY_POWER_LAW_H

#include "triage/reliability/arrivals.h"
#include "triage/reliability/times.h"

struct power_law {
  /* OK, BAD_INPUT, NO_FAILURES, TOO_FEW, ZERO_TIME (the shape would be 0) or ALL_AT_END (it would be infinite); where
   * it is not OK all that follows is NAN. */
  enum arrivals_status status;
  double n;    /* arrivals */
  double end;  /* T: when watching ended */
  double beta; /* the shape that is likeliest */
  double lambda;
  double eta; /* the scale in the form (t / eta)^beta of the expected count */
  /* (n - 1) / n of beta, failure-truncated (n - 2) / n.  NAN where that is 0, as it is for one arrival, or two. */
  double beta_unbiased;
  double intensity;       /* arrivals per unit of time at the end: n beta / T */
  double mtbf;            /* instantaneous MTBF at the end, 1 / intensity */
  double mtbf_unbiased;   /* the same with beta_unbiased; NAN where that is */
  double mtbf_cumulative; /* T / n, which is what it is without a model */
  double loglik, aic;
  double cvm;                  /* Cramer-von Mises statistic of the fit, with beta_unbiased; NAN where that is */
  double cvm_m;                /* the number of arrivals that it compares, for power_law_cvm_critical */
  struct interval beta_exact;  /* chi-square; holds the truth exactly as often as said */
  struct interval beta_fisher; /* from the information, on log scale: approximate */
  /* Exact for the instantaneous MTBF, power_law_factors times mtbf.  upper may be INFINITY. */
  struct interval mtbf_exact;
  struct interval mtbf_fisher; /* approximate */
};

/* `confidence` strictly between 0 and 1 (else BAD_INPUT) is that of each interval, taken by itself. */
struct power_law power_law_fit(const struct arrivals *arrivals, double confidence);

/* What mtbf is multiplied by for the ends of its exact interval, n arrivals having been seen (Crow, "Confidence
 * interval procedures for the Weibull process", Technometrics 24, 1982).  Failure-truncated the interval is exact.
 * Time-truncated it is the conditional one, exact for each value of the sufficient statistic of what is not asked for
 * and, the count being discrete, on the safe side.  The upper one is INFINITY for one arrival.  NAN where n is less
 * than 1, or 2 failure-truncated, not whole or past 1e9, or the confidence not strictly between 0 and 1. */
struct interval power_law_factors(double n, enum arrivals_truncation truncation, double confidence);

/* The fitted expected count by time t >= 0: for a curve. */
double power_law_expected(const struct power_law *fit, double t);

/* What holds power_law_expected at one t > 0 with that confidence: a band for a curve, of which each point is meant by
 * itself.  Approximate: symmetric on log scale, by the observed information, in which the logarithms of the count at
 * the end and of the shape are independent with variance 1 / n each.  NAN where there is no fit or t is not above 0. */
struct interval power_law_expected_interval(const struct power_law *fit, double t, double confidence);

/* The value that `cvm` over m arrivals exceeds with probability `significance` though the model is right: 0.20, 0.15,
 * 0.10, 0.05 or 0.01.  NAN for other levels and for m below 2.  Simulated with fixed seeds (cvm_critical.def says how)
 * and interpolated in 1/m. */
double power_law_cvm_critical(double m, double significance);

#endif
