/* carrier.c - the frame of a run, the same for every carrier. */
#include "carrier/carrier.h"

#include <stddef.h>

static const struct carrier *carrier;

void (*carrier_adopt)(void);

void carrier_init(enum carrier_kind kind, void (*adopt)(void)) {
  carrier = kind == CARRIER_BATON ? &carrier_baton : &carrier_fibers;
  carrier_adopt = adopt;
  carrier->init();
}

void carrier_run(const struct sched_plan *plan, const struct sched_limits *limits, void *(*body)(void *), void *arg) {
  sched_begin(plan, &carrier->tasks, limits, body, arg);
  carrier->run();
  sched_end();
}

void carrier_end(void) { carrier->end(); }
