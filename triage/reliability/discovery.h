/* discovery.h - what has not been found yet, judged by what was found only once.
 *
 * Every bug has a rate of its own, none of them known.  Seen over an exposure, bug i shows itself a Poisson number of
 * times; f1 bugs were seen exactly once and f2 exactly twice.  Bugs are not taken out when they are found: they go on
 * being counted, which is what a campaign does that nobody fixes anything in.  The bugs seen once tell of those not
 * seen: the expected rate at which new bugs still arrive, sum of rate * exp(-rate * T), is exactly the expected f1 over
 * T. Böhme, "STADS: Software testing as species discovery", TOSEM 27 (2018), has the analogy; the sources of each
 * figure are named at it.
 *
 * What breaks it: rates that change while watching (a fuzzer that gets better at reaching code, bugs that are fixed
 * half-way), and bugs wrongly told apart or put together, since a bug split in two makes singletons out of nothing.
 *
 * Pure functions, safe from any thread.  Counts are whole numbers in doubles, so that nobody has to convert. */
#ifndef HEDDLE_RELIABILITY_DISCOVERY_H
#define HEDDLE_RELIABILITY_DISCOVERY_H

#include <stddef.h>
#include <stdint.h>

/* More bugs seen once, or twice, are taken for a mistake: quantiles lose digits beyond. */
#define DISCOVERY_BUGS_MAX 1e9

struct discovery_counts {
  double n;     /* sightings of all bugs together */
  double found; /* different bugs */
  double f1;    /* bugs seen exactly once */
  double f2;    /* bugs seen exactly twice */
};

/* Of each bug's number of sightings; zeros count for nothing. `sightings` may be NULL where count is 0. */
struct discovery_counts discovery_count(const uint64_t *sightings, size_t count);

/* When one bug was seen the first, the second and the third time, rising; INFINITY: not so often.  No more is needed to
 * say, of any moment, which bugs had been seen exactly once and twice by then. */
struct discovery_sightings {
  double at[3];
};

/* Takes in one more sighting, in any order. */
void discovery_note(struct discovery_sightings *bug, double at);

/* The bugs that had been seen exactly once, and twice, by a moment (that moment included). */
struct discovery_once_twice {
  double f1, f2;
};
struct discovery_once_twice discovery_by(const struct discovery_sightings *bugs, size_t count, double moment);

/* ------------------------------------------------------------------------------------------------- the next new bug */

/* The time to the next new bug, once all found ones are fixed, and the rate that is its inverse, in the unit of the
 * exposure.  The interval holds, with the confidence asked for, the true rate of all bugs not seen yet. */
struct discovery_residual {
  double rate;       /* f1 / exposure */
  double rate_lower; /* >= 0 */
  double rate_upper; /* finite */
  double mtbf;       /* exposure / f1; INFINITY where nothing was seen only once */
  double mtbf_lower; /* finite and > 0 */
  double mtbf_upper; /* INFINITY: the data name no upper bound */
};

/* The residual MTBF after `exposure` > 0 (finite).  All NAN where an argument is no count, no exposure, or no
 * confidence strictly between 0 and 1.  What is said to be finite or above 0 is so in every unit that doubles have room
 * for.
 *
 * The point is Good's (Biometrika 40, 1953).  f1 - exposure * (rate of the unseen) has mean 0 and, estimated without
 * bias, variance f1 + 2 * f2 (Robbins, Annals of Mathematical Statistics 39, 1968), where f1 alone, as a Poisson count,
 * would have f1.  So the interval is the exact one for a Poisson count f1 (Garwood, Biometrika 28, 1936) with its
 * distances from f1 stretched by the square root of (f1 + 2 * f2) / f1.  Where f1 is 0, the ratio is that for f1 = 1:
 * bugs seen twice still say that the others may be just as rare.  `make bench-stats` prints how often such intervals
 * hold the truth. */
struct discovery_residual discovery_residual(double exposure, double f1, double f2, double confidence);

/* ------------------------------------------------------------------------------------------------ how many there are
 */

/* Where n is 0 everything is NAN.  The counts must be of one sample, as discovery_count's are. */
struct discovery_richness {
  double discovery_probability; /* that the next sighting is of a new bug, f1 / n (Good 1953, with Turing) */
  double coverage_good_turing;  /* the share of sightings to come that are of known bugs: 1 - f1 / n */
  double coverage_chao_jost;    /* the same with less bias (Chao and Jost, Ecology 93, 2012) */
  double unseen_chao1; /* lower bound of the bugs not seen yet (Chao, Scandinavian J. of Statistics 11, 1984) */
  double total_chao1;  /* found + unseen_chao1 */
  double total_chao1_corrected; /* Chao1 with less bias in small samples: found + f1 (f1 - 1) / (2 (f2 + 1)) */
};

struct discovery_richness discovery_richness(const struct discovery_counts *counts);

/* How many new bugs `more` >= 0 further sightings will show (Chao et al., Ecological Monographs 84, 2014).  For
 * a further exposure t at the same rates, more = n * t / exposure.  Trust it up to about n more.  NAN where n is 0 or
 * `more` is no number of that kind. */
double discovery_extrapolate(const struct discovery_counts *counts, double more);

#endif
