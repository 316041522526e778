/* chaos_sensitivity.h - how much the MTBF of a map moves with what a workload can vary: threads, initial capacity, key
 * type.
 *
 * Each factor is tried below and above the workload's own value (key types: the two others), the trials of equal number
 * with equal seeds (common random numbers), and the pairs are compared.  MTBF is the time of all trials by the number
 * of those that failed, so that survivors count as censored. */
#ifndef HEDDLE_CMD_CHAOS_SENSITIVITY_H
#define HEDDLE_CMD_CHAOS_SENSITIVITY_H

#include "triage/cmd/chaos.h"

/* ln(MTBF high / MTBF low) / `span`, with its standard error by the delta method on the pairs of equal number.  NAN
 * where one side has no failure or no time; the error is NAN below two pairs. */
struct chaos_effect {
  double value, error;
  size_t pairs;
};
struct chaos_effect chaos_effect(const struct results *low, const struct results *high, double span,
                                 results_number_fn number);

/* Puts the workloads that are to be compared in place of the plan's only one, which is the first of them. */
void chaos_vary(struct chaos_plan *plan);

/* The table, of a plan that chaos_vary made: by how sure an effect is, the surest first; and as an array, a new
 * reference. */
void chaos_print_sensitivity(const struct chaos_plan *plan, struct text_style style);
json_t *chaos_sensitivity_json(const struct chaos_plan *plan);

#endif
