#include "triage/campaign/exposure.h"

#include <assert.h>

static const struct exposure_sample *sample(const struct exposure *exposure, size_t index) {
  return &exposure->samples[index % EXPOSURE_SAMPLES];
}

static size_t oldest(const struct exposure *exposure) {
  return exposure->count > EXPOSURE_SAMPLES ? exposure->count - EXPOSURE_SAMPLES : 0;
}

void exposure_begin(struct exposure *exposure, struct finding_span span, uint64_t failing_inputs,
                    double last_failure_s) {
  exposure->samples[0] = (struct exposure_sample){span, failing_inputs, last_failure_s};
  exposure->count = 1;
}

void exposure_add(struct exposure *exposure, struct finding_span span, uint64_t failing_inputs) {
  assert(exposure->count > 0);
  const struct exposure_sample *last = sample(exposure, exposure->count - 1);
  double last_failure_s = failing_inputs > last->failing_inputs ? span.wall_s : last->last_failure_s;
  exposure->samples[exposure->count++ % EXPOSURE_SAMPLES] =
      (struct exposure_sample){span, failing_inputs, last_failure_s};
}

/* The last sample that is not after wall_s; the oldest where all are. */
static size_t last_before(const struct exposure *exposure, double wall_s) {
  size_t low = oldest(exposure), high = exposure->count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (sample(exposure, middle)->span.wall_s <= wall_s)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static uint64_t between(uint64_t from, uint64_t to, double part) {
  return to > from ? from + (uint64_t)((double)(to - from) * part) : from;
}

struct finding_span exposure_at(const struct exposure *exposure, double wall_s) {
  assert(exposure->count > 0);
  size_t index = last_before(exposure, wall_s);
  struct finding_span from = sample(exposure, index)->span;
  if (index + 1 == exposure->count || wall_s <= from.wall_s)
    return from;
  struct finding_span to = sample(exposure, index + 1)->span;
  double part = (wall_s - from.wall_s) / (to.wall_s - from.wall_s);
  return (struct finding_span){between(from.inputs, to.inputs, part), between(from.operations, to.operations, part),
                               from.cpu_s + (to.cpu_s - from.cpu_s) * part, wall_s};
}

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* The worker's own clock is part of the campaign's: the sum is never below it. */
static struct finding_span at_least(struct finding_span span, struct finding_span part) {
  span.inputs = larger(span.inputs, part.inputs);
  span.operations = larger(span.operations, part.operations);
  span.cpu_s = span.cpu_s > part.cpu_s ? span.cpu_s : part.cpu_s;
  return span;
}

struct finding_clock exposure_clock(const struct exposure *exposure, double wall_s,
                                    const struct finding_clock *worker) {
  struct finding_clock clock = {.known = true, .begun = exposure_at(exposure, wall_s)};
  clock.begun.wall_s = wall_s;
  if (worker->known)
    clock.begun = at_least(clock.begun, worker->begun);
  double last_s = sample(exposure, last_before(exposure, wall_s))->last_failure_s;
  if (last_s < 0)
    last_s = 0;
  /* The worker's last failure is one of the map's, and known to the run. */
  if (worker->known && worker->last_failure.wall_s < wall_s - last_s)
    last_s = wall_s - worker->last_failure.wall_s;
  struct finding_span then = last_s > 0 ? exposure_at(exposure, last_s) : (struct finding_span){0};
  struct finding_span *since = &clock.last_failure;
  since->wall_s = wall_s - last_s;
  since->inputs = clock.begun.inputs > then.inputs ? clock.begun.inputs - then.inputs : 0;
  since->operations = clock.begun.operations > then.operations ? clock.begun.operations - then.operations : 0;
  since->cpu_s = clock.begun.cpu_s > then.cpu_s ? clock.begun.cpu_s - then.cpu_s : 0;
  return clock;
}
