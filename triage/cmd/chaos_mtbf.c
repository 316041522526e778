/* chaos_mtbf.c - see chaos_mtbf.h. */
#include "triage/cmd/chaos_mtbf.h"

#include <math.h>
#include <stdlib.h>

struct chaos_mtbf chaos_mtbf(const struct results *results, results_number_fn number) {
  double *time = calloc(results->count + 1, sizeof *time);
  unsigned char *event = calloc(results->count + 1, sizeof *event);
  if (!time || !event)
    abort();
  for (size_t i = 0; i < results->count; ++i) {
    time[i] = number(&results->rows[i]);
    event[i] = results->rows[i].outcome != EXPERIMENT_SURVIVED;
  }
  struct times times = {.time = time, .event = event, .n = results->count};
  struct exponential_fit constant = exponential_fit(&times);
  struct chaos_mtbf mtbf = {.failures = constant.failures,
                            .exposure = constant.total,
                            .weibull = weibull_fit(&times),
                            .exponential = constant.mtbf,
                            .exponential_interval = {NAN, NAN},
                            .at_least = NAN};
  mtbf.intervals = weibull_likelihood_ratio(&times, &mtbf.weibull, CHAOS_CONFIDENCE);
  if (constant.total > 0) {
    mtbf.exponential_interval =
        exponential_interval(constant.total, constant.failures, EXPONENTIAL_END_BY_TIME, CHAOS_CONFIDENCE);
    mtbf.at_least = exponential_lower(constant.total, constant.failures, EXPONENTIAL_END_BY_TIME, CHAOS_CONFIDENCE);
  }
  free(time);
  free(event);
  return mtbf;
}
