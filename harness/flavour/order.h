/* order.h - what a task's start and end put in order, as ThreadSanitizer is told: the same for every carrier.
 *
 * Spawner: release_start; task: acquire_start ... release_end; who joins it: acquire_end.  Nothing else that the
 * harness does orders anything between tasks. */
#ifndef HEDDLE_FLAVOUR_ORDER_H
#define HEDDLE_FLAVOUR_ORDER_H

#include "flavour/flavour.h"

#define ORDER_TASKS_MAX 64

/* Only the addresses of these bytes matter. */
extern char order_starts[ORDER_TASKS_MAX], order_ends[ORDER_TASKS_MAX];
/* Bit a task: it ended, and nobody has joined it. */
extern uint64_t order_unjoined;

static inline void order_release_start(int task) { flavour_release(&order_starts[task]); }
static inline void order_acquire_start(int task) { flavour_acquire(&order_starts[task]); }
static inline void order_release_end(int task) {
  flavour_release(&order_ends[task]);
  order_unjoined |= UINT64_C(1) << task;
}
static inline void order_acquire_end(int task) {
  flavour_acquire(&order_ends[task]);
  order_unjoined &= ~(UINT64_C(1) << task);
}
/* By the caller of a run, which comes after all that any task did: a joined task's end came before that of the joiner.
 */
static inline void order_acquire_unjoined(void) {
  while (order_unjoined)
    order_acquire_end(__builtin_ctzll(order_unjoined));
}

#endif
