/* headline.h - which of many figures is the one to print first, and what it is called.
 *
 * For a campaign in which nothing is fixed: the times at which new bugs first showed up, and how many bugs were seen
 * once and twice.  The quantity is always the time to the next new bug; what it is estimated by follows from the trend,
 * which is tested first:
 *
 * - Nothing arrived: a one-sided lower bound, from the exposure alone.
 * - No trend: exposure over arrivals, with its exact interval.  The bugs that are left are as good as all.
 * - The rate falls: exposure over the bugs seen once (discovery.h).  What the found ones' rates were matters no more.
 * - The rate rises, or it falls and nobody counted sightings: the power law at the end of watching (power_law.h).
 *   Constant rates of bugs make arrivals rarer only, so that a bug seen once is no witness where they get more
 * frequent.
 *
 * All the other figures come along, as a spread: models that differ much are not to be relied on.  A Weibull
 * distribution over the gaps is none of them: with a trend it has no meaning (trend.h).
 *
 * Pure; safe from any thread. */
#ifndef HEDDLE_RELIABILITY_HEADLINE_H
#define HEDDLE_RELIABILITY_HEADLINE_H

#include "triage/reliability/arrivals.h"
#include "triage/reliability/discovery.h"
#include "triage/reliability/power_law.h"
#include "triage/reliability/srgm.h"
#include "triage/reliability/times.h"
#include "triage/reliability/trend.h"

#define HEADLINE_CONFIDENCE 0.95
#define HEADLINE_SIGNIFICANCE 0.05

struct headline_input {
  struct arrivals arrivals; /* of bugs not seen before */
  double f1, f2;            /* bugs seen exactly once, and twice, by the end; NAN: not counted */
  double confidence;        /* of every interval, strictly between 0 and 1 */
  double significance;      /* of the trend tests, strictly between 0 and 1 */
};

enum headline_quantity {
  HEADLINE_NOTHING, /* the input is wrong (trend.status; a confidence or significance that is none), or without exposure
                     */
  HEADLINE_BOUND,   /* no arrival: mtbf is INFINITY, and interval.lower the one-sided bound */
  HEADLINE_CONSTANT, /* no trend, or one that no model has an estimate of: exposure / arrivals */
  HEADLINE_RESIDUAL, /* the rate falls: exposure / f1, INFINITY where f1 is 0 */
  HEADLINE_POWER_LAW,
  HEADLINE_QUANTITY_COUNT
};

struct headline {
  enum headline_quantity quantity;
  double mtbf;              /* time to the next new bug, in the arrivals' unit; NAN for NOTHING, may be INFINITY */
  struct interval interval; /* of mtbf; upper INFINITY: the data name no upper bound */

  struct trend trend;
  enum trend_direction direction;
  double constant; /* exposure / arrivals; INFINITY without arrivals, NAN for NOTHING */
  struct interval constant_interval;
  struct discovery_residual residual; /* NAN where sightings were not counted */
  struct power_law power_law;         /* of these three .mtbf is what compares; each has its status */
  struct goel_okumoto goel_okumoto;
  struct musa_okumoto musa_okumoto;
  /* Least and most of what the residual MTBF and the three models say; `mtbf` alone without a trend. */
  struct interval spread;
};

struct headline headline_choose(const struct headline_input *input);

/* "nothing", "bound", "constant", "residual", "power_law": for a JSON field. */
const char *headline_quantity_name(enum headline_quantity quantity);

/* What it is, as part of a sentence: "time to the next new bug once all found ones are fixed, from ...".  Only the
 * residual is sure to be of bugs; of the others the events are the caller's. */
const char *headline_quantity_words(enum headline_quantity quantity);

#endif
