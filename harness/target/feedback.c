/* feedback.c - see feedback.h.  libFuzzer clears these counters before an input and reads them after it (its extra
 * counters); each that was never so high before makes the input worth keeping. */
#include "target/feedback.h"

#include "failure/failure.h"
#include "sched/sched.h"

#define SHAPES 1024u
#define FAILURE_MARKS 1024u

struct counters {
  uint8_t switches[SCHED_SWITCH_MAP_SIZE];
  uint8_t shapes[SHAPES];
  uint8_t failures[FAILURE_MARKS];
};
__attribute__((section("__libfuzzer_extra_counters"), used)) static struct counters counters;

extern const char __ehdr_start[];

void feedback_init(void) { sched_set_switch_map(counters.switches, (uintptr_t)__ehdr_start); }

static unsigned magnitude(uint64_t value) { return value ? 64 - (unsigned)__builtin_clzll(value) : 0; }

static void mark_shape(unsigned which, uint64_t value) {
  counters.shapes[(which * 65 + magnitude(value)) % SHAPES] = 1;
}

void feedback_mark(const struct execution *execution, const struct run_result *result) {
  const struct map_snapshot *shape = &execution->snapshot;
  mark_shape(0, shape->count);
  mark_shape(1, shape->capacity);
  mark_shape(2, shape->overflow_buckets);
  mark_shape(3, shape->old_buckets_left);
  mark_shape(4, shape->tombstones);
  mark_shape(5, shape->flags);
  mark_shape(6, result->switches);
  mark_shape(7, (uint64_t)result->outcome);
  mark_shape(8, shape->longest_probe);
  mark_shape(9, shape->retired);
  for (size_t i = 0; i < failure_count(); i++)
    counters.failures[failure_at(i)->raw % FAILURE_MARKS] = 1;
}
