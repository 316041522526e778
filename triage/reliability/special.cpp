/* The one file of C++ in triage/, because Boost.Math is a library of templates.  CMakeLists.txt compiles it without
 * exceptions and run-time types, and with an empty <iostream>, which Boost includes to debug itself: what calls it
 * stays a C program and is linked as one, without a C++ library. */
#include "special.h"

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/log1p.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <limits>

namespace {

using namespace boost::math::policies;

/* Errors become NAN or INFINITY.  A double stays a double inside, so that every machine says the same. */
using quiet = policy<domain_error<ignore_error>, pole_error<ignore_error>, overflow_error<ignore_error>,
                     underflow_error<ignore_error>, denorm_error<ignore_error>, rounding_error<ignore_error>,
                     evaluation_error<ignore_error>, indeterminate_result_error<ignore_error>, promote_double<false>>;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double root_two = 1.41421356237309504880;

bool is_shape(double a) { return a > 0 && a < infinite; }

bool is_share(double p) { return p >= 0 && p <= 1; }

} /* namespace */

double special_gamma_ln(double x) {
  if (x == 0 || x == infinite)
    return infinite;
  return x > 0 ? boost::math::lgamma(x, quiet()) : not_a_number;
}

double special_digamma(double x) { return is_shape(x) ? boost::math::digamma(x, quiet()) : not_a_number; }

double special_trigamma(double x) { return is_shape(x) ? boost::math::trigamma(x, quiet()) : not_a_number; }

double special_factorial_ln(double n) { return n >= 0 ? special_gamma_ln(n + 1) : not_a_number; }

double special_log1pmx(double x) {
  if (std::isinf(x) && x > 0)
    return -infinite;
  return x > -1 ? boost::math::log1pmx(x, quiet()) : not_a_number;
}

double special_gamma_p(double a, double x) {
  if (!is_shape(a) || !(x >= 0))
    return not_a_number;
  return x < infinite ? boost::math::gamma_p(a, x, quiet()) : 1;
}

double special_gamma_q(double a, double x) {
  if (!is_shape(a) || !(x >= 0))
    return not_a_number;
  return x < infinite ? boost::math::gamma_q(a, x, quiet()) : 0;
}

double special_normal_cdf(double x) { return special_normal_sf(-x); }

double special_normal_sf(double x) {
  if (std::isnan(x))
    return x;
  if (std::isinf(x))
    return x < 0 ? 1 : 0;
  return boost::math::erfc(x / root_two, quiet()) / 2;
}

double special_normal_quantile(double p) {
  if (!is_share(p))
    return not_a_number;
  if (p == 0 || p == 1)
    return p == 0 ? -infinite : infinite;
  return -root_two * boost::math::erfc_inv(2 * p, quiet());
}

double special_chi2_cdf(double x, double df) { return special_gamma_p(df / 2, x / 2); }

double special_chi2_sf(double x, double df) { return special_gamma_q(df / 2, x / 2); }

double special_chi2_quantile(double p, double df) {
  if (!is_shape(df / 2) || !is_share(p))
    return not_a_number;
  if (p == 0 || p == 1)
    return p == 0 ? 0 : infinite;
  return 2 * boost::math::gamma_p_inv(df / 2, p, quiet());
}

double special_chi2_quantile_upper(double p, double df) {
  if (!is_shape(df / 2) || !is_share(p))
    return not_a_number;
  if (p == 0 || p == 1)
    return p == 0 ? infinite : 0;
  return 2 * boost::math::gamma_q_inv(df / 2, p, quiet());
}

double special_beta_cdf(double x, double a, double b) {
  if (!is_shape(a) || !is_shape(b) || !is_share(x))
    return not_a_number;
  return boost::math::ibeta(a, b, x, quiet());
}

double special_beta_sf(double x, double a, double b) {
  if (!is_shape(a) || !is_shape(b) || !is_share(x))
    return not_a_number;
  return boost::math::ibetac(a, b, x, quiet());
}

double special_beta_quantile(double p, double a, double b) {
  if (!is_shape(a) || !is_shape(b) || !is_share(p))
    return not_a_number;
  if (p == 0 || p == 1)
    return p;
  return boost::math::ibeta_inv(a, b, p, quiet());
}
