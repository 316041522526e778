/* exposure.h - how much a map had been run at any recent moment.
 *
 * The campaign samples its workers' counters some ten times a second; a failure is met between two samples and looked
 * at later.  Times are wall seconds since the campaign began.  In between samples exposure is taken to grow evenly. */
#ifndef HEDDLE_CAMPAIGN_EXPOSURE_H
#define HEDDLE_CAMPAIGN_EXPOSURE_H

#include <stddef.h>
#include <stdint.h>

#include "triage/finding/finding.h"

#define EXPOSURE_SAMPLES 8192 /* above 10 minutes; older moments count as the oldest sample */

struct exposure {
  struct exposure_sample {
    struct finding_span span; /* wall_s is the moment */
    uint64_t failing_inputs;
    double last_failure_s; /* of the samples up to this one; below 0: never */
  } samples[EXPOSURE_SAMPLES];
  size_t count; /* added in all; the last EXPOSURE_SAMPLES are kept */
};

/* `span.wall_s` must not go back.  The first sample is where this session of the campaign takes up: its
 * `last_failure_s` is what earlier ones left behind, below 0 for never. */
void exposure_begin(struct exposure *exposure, struct finding_span span, uint64_t failing_inputs,
                    double last_failure_s);
void exposure_add(struct exposure *exposure, struct finding_span span, uint64_t failing_inputs);

struct finding_span exposure_at(const struct exposure *exposure, double wall_s);

/* The clock of a failure: met at `wall_s`, by a worker whose own exact clock is `worker` (known or not). */
struct finding_clock exposure_clock(const struct exposure *exposure, double wall_s, const struct finding_clock *worker);

#endif
