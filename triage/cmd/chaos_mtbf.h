/* chaos_mtbf.h - the mean time to failure that trials show: of a fresh map each, so that nothing ages from one to the
 * next.
 *
 * A failed trial is a failure at its time, one that survived is censored at its end.  Pure, but for memory: which there
 * must be. */
#ifndef HEDDLE_CMD_CHAOS_MTBF_H
#define HEDDLE_CMD_CHAOS_MTBF_H

#include "triage/experiment/results.h"
#include "triage/reliability/exponential.h"
#include "triage/reliability/weibull.h"

#define CHAOS_CONFIDENCE 0.95

struct chaos_mtbf {
  double failures, exposure;          /* exposure: times of all trials; in the unit of `number` */
  struct weibull_fit weibull;         /* its status says whether there is one */
  struct weibull_intervals intervals; /* by likelihood ratio */
  double exponential;                 /* the mean where the rate is constant; NAN without failures */
  struct interval exponential_interval;
  double at_least; /* one-sided, at a constant rate: all there is without failures */
};

struct chaos_mtbf chaos_mtbf(const struct results *results, results_number_fn number);

#endif
