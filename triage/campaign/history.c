#include "triage/campaign/history.h"

#include <assert.h>

static const struct history_sample *sample(const struct history *history, size_t index) {
  return &history->samples[index % HISTORY_SAMPLES];
}

static size_t oldest(const struct history *history) {
  return history->count > HISTORY_SAMPLES ? history->count - HISTORY_SAMPLES : 0;
}

void history_begin(struct history *history, struct finding_span span, uint64_t failing_inputs, double last_failure_s) {
  history->samples[0] = (struct history_sample){span, failing_inputs, last_failure_s};
  history->count = 1;
}

void history_add(struct history *history, struct finding_span span, uint64_t failing_inputs) {
  assert(history->count > 0);
  const struct history_sample *last = sample(history, history->count - 1);
  double last_failure_s = failing_inputs > last->failing_inputs ? span.wall_s : last->last_failure_s;
  history->samples[history->count++ % HISTORY_SAMPLES] = (struct history_sample){span, failing_inputs, last_failure_s};
}

/* The last sample that is not after wall_s; the oldest where all are. */
static size_t last_before(const struct history *history, double wall_s) {
  size_t low = oldest(history), high = history->count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (sample(history, middle)->span.wall_s <= wall_s)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static uint64_t between(uint64_t from, uint64_t to, double part) {
  return to > from ? from + (uint64_t)((double)(to - from) * part) : from;
}

struct finding_span history_at(const struct history *history, double wall_s) {
  assert(history->count > 0);
  size_t index = last_before(history, wall_s);
  struct finding_span from = sample(history, index)->span;
  if (index + 1 == history->count || wall_s <= from.wall_s)
    return from;
  struct finding_span to = sample(history, index + 1)->span;
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

struct finding_clock history_clock(const struct history *history, double wall_s, const struct finding_clock *worker) {
  struct finding_clock clock = {.known = true, .begun = history_at(history, wall_s)};
  clock.begun.wall_s = wall_s;
  if (worker->known)
    clock.begun = at_least(clock.begun, worker->begun);
  double last_s = sample(history, last_before(history, wall_s))->last_failure_s;
  if (last_s < 0)
    last_s = 0;
  /* The worker's last failure is one of the map's, and known to the run. */
  if (worker->known && worker->last_failure.wall_s < wall_s - last_s)
    last_s = wall_s - worker->last_failure.wall_s;
  struct finding_span then = last_s > 0 ? history_at(history, last_s) : (struct finding_span){0};
  struct finding_span *since = &clock.last_failure;
  since->wall_s = wall_s - last_s;
  since->inputs = clock.begun.inputs > then.inputs ? clock.begun.inputs - then.inputs : 0;
  since->operations = clock.begun.operations > then.operations ? clock.begun.operations - then.operations : 0;
  since->cpu_s = clock.begun.cpu_s > then.cpu_s ? clock.begun.cpu_s - then.cpu_s : 0;
  return clock;
}
