/* Special functions, quantiles and distribution functions, as statistics need them: a C face over Boost.Math
 * (Boost Software License 1.0), with no series of our own behind it.
 *
 * Pure and thread-safe.  Nothing throws and nothing is set: an argument outside a function's domain, or one that is
 * not a number, gives NAN; what is too large for a double gives INFINITY.  Results are good to some 1e-13, relative.
 * Tails have functions of their own (`_sf`, `_q`, `_upper`), because 1 - p forgets what a small tail is.  Quantiles
 * with shapes or degrees of freedom above some 1e10 lose digits, and those of the beta distribution take seconds. */
#ifndef HEDDLE_RELIABILITY_SPECIAL_H
#define HEDDLE_RELIABILITY_SPECIAL_H

#ifdef __cplusplus
extern "C" {
#endif

/* ln Gamma(x), x > 0; INFINITY at 0. */
double special_gamma_ln(double x);

/* The logarithmic derivative of Gamma, x > 0. */
double special_digamma(double x);

/* The derivative of digamma, x > 0. */
double special_trigamma(double x);

/* ln n!, n >= 0, whole or not. */
double special_factorial_ln(double n);

/* ln(1 + x) - x, x > -1, without cancellation for small x. */
double special_log1pmx(double x);

/* The regularized incomplete gamma functions of shape a > 0 at x >= 0: P from below, Q = 1 - P from above. */
double special_gamma_p(double a, double x);
double special_gamma_q(double a, double x);

/* The standard normal distribution: below x, above x, and the x that p of it lie below, 0 <= p <= 1 (-INFINITY at 0,
 * INFINITY at 1). */
double special_normal_cdf(double x);
double special_normal_sf(double x);
double special_normal_quantile(double p);

/* The chi-square distribution with df > 0 degrees of freedom, whole or not: below x >= 0, above x, and the x that p of
 * it lie below or above, 0 <= p <= 1.  The quantile is 0 where nothing lies on its side, INFINITY where everything
 * does. */
double special_chi2_cdf(double x, double df);
double special_chi2_sf(double x, double df);
double special_chi2_quantile(double p, double df);
double special_chi2_quantile_upper(double p, double df);

/* The beta distribution of shapes a, b > 0: below 0 <= x <= 1, above x, and the x that p of it lie below.  The exact
 * median rank of the i-th of n is special_beta_quantile(.5, i, n - i + 1). */
double special_beta_cdf(double x, double a, double b);
double special_beta_sf(double x, double a, double b);
double special_beta_quantile(double p, double a, double b);

#ifdef __cplusplus
}
#endif

#endif
