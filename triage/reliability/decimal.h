/* decimal.h - numbers and durations as people write them, kept exactly: 99.99 % is no binary fraction.
 *
 * Pure; safe from any thread, in any locale.  Texts may come from outside and hold anything: what is wrong with one
 * comes back as a sentence's part that follows its name ("--mttr=8mn: no unit of time, like 8min or 1h30m"); NULL is
 * that it is fine. */
#ifndef HEDDLE_RELIABILITY_DECIMAL_H
#define HEDDLE_RELIABILITY_DECIMAL_H

#include <stdint.h>

#define DECIMAL_DIGITS 18 /* significant ones, at most */

/* digits * 10^exponent, exactly. */
struct decimal {
  uint64_t digits; /* below 10^DECIMAL_DIGITS */
  int exponent;    /* less than a hundred away from 0 */
};

/* A share, strictly between 0 and 1: "99.99%", "99.99 %" or "0.9999".  At most DECIMAL_DIGITS digits after the point.
 */
const char *decimal_parse_share(const char *text, struct decimal *share);

/* A duration above 0, in seconds: numbers with their units, added up, with or without spaces.  Units: ns, us, ms, s
 * (sec), m (min), h (hour), d (day), w (week), also as words in the plural.  "8min", "1h30m", "1.5 h", "500ms". */
const char *decimal_parse_duration(const char *text, struct decimal *seconds);

/* The nearest double. */
double decimal_value(struct decimal decimal);

#endif
