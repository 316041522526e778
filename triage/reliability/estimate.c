/* estimate.c - see estimate.h. */
#include "triage/reliability/estimate.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static void fit_distributions(struct estimate *estimate, const struct times *times) {
  double confidence = estimate->confidence;
  estimate->weibull = weibull_fit(times);
  estimate->likelihood_ratio = weibull_likelihood_ratio(times, &estimate->weibull, confidence);
  estimate->wald = weibull_wald(&estimate->weibull, confidence);
  estimate->unbiased = weibull_unbias(&estimate->weibull);
  estimate->goodness = weibull_anderson_darling(times, &estimate->weibull);
  estimate->ranks = rank_regression_fit(times);
  estimate->exponential = exponential_fit(times);
  double total = estimate->exponential.total, failures = estimate->exponential.failures;
  estimate->exponential_lower = exponential_lower(total, failures, estimate->end, confidence);
  estimate->exponential_interval = exponential_interval(total, failures, estimate->end, confidence);
}

struct estimate estimate_lives(const struct times *times, double confidence) {
  struct estimate estimate = {.confidence = confidence, .end = EXPONENTIAL_END_BY_TIME, .f1 = NAN, .f2 = NAN};
  fit_distributions(&estimate, times);
  estimate.exposure = estimate.exponential.total;
  return estimate;
}

/* From one arrival to the next, and from the last to the end of watching, where time was left. */
static size_t take_gaps(const struct arrivals *arrivals, double *gaps, unsigned char *events) {
  double last = 0, end = arrivals_end(arrivals);
  size_t count = 0;
  for (; count < arrivals->count; count++) {
    gaps[count] = arrivals->times[count] - last;
    events[count] = 1;
    last = arrivals->times[count];
  }
  if (end > last) {
    gaps[count] = end - last;
    events[count++] = 0;
  }
  return count;
}

struct estimate estimate_arrivals(const struct arrivals *arrivals, double f1, double f2, double confidence) {
  struct estimate estimate = {.confidence = confidence, .f1 = f1, .f2 = f2, .arrived = true};
  struct headline_input input = {*arrivals, f1, f2, confidence, HEADLINE_SIGNIFICANCE};
  double *gaps = calloc(arrivals->count + 1, sizeof *gaps);
  unsigned char *events = calloc(arrivals->count + 1, sizeof *events);
  if (!gaps || !events)
    abort();
  struct times times = {.time = gaps, .event = events};
  if (arrivals_check(arrivals) != ARRIVALS_BAD_INPUT)
    times.n = take_gaps(arrivals, gaps, events);
  estimate.end = arrivals->truncation == ARRIVALS_TIME ? EXPONENTIAL_END_BY_TIME : EXPONENTIAL_END_BY_FAILURE;
  fit_distributions(&estimate, &times);
  estimate.headline = headline_choose(&input);
  estimate.exposure = arrivals_end(arrivals);
  free(gaps);
  free(events);
  return estimate;
}
