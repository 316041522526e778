/* keys.h - a history, taken apart by key: what each key was asked, as operations on a register.
 *
 * Work in proportion to the history, not to the key space.  The memory is the room's own and is kept; one history at a
 * time. */
#ifndef HEDDLE_ORACLE_KEYS_H
#define HEDDLE_ORACLE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oracle/register.h"

#define KEYS_NONE UINT32_MAX

/* What a key saw: lists of nodes. */
struct key_events {
  uint64_t key;
  uint32_t first, last;             /* operations, in the order of their calls */
  uint32_t first_shown, last_shown; /* shown by iterations */
};

struct keys {
  const struct history *history;
  const struct key_events *keys; /* in the order in which they first came up */
  uint32_t count;
  /* Calls that concern every key, in their order: clear and, where iterations are judged, iterate. */
  const uint32_t *broadcasts;
  uint32_t broadcast_count;
  /* Those that are to take effect on several keys at one instant, and have returned: events, in their order.  Their
   * numbers in struct register_op count from 1. */
  const uint32_t *joints;
  uint32_t joint_count;
};

/* Memory for `size` bytes that are zero and stay: pages come as they are touched.  Never NULL. */
void *keys_reserve(size_t size);

/* Takes the history apart.  What iterations saw, clear and the operations on two keys count as what `guarantees` (enum
 * map_guarantee) promises of them. */
void keys_gather(const struct history *history, unsigned guarantees, struct keys *out);
/* The key's index, or KEYS_NONE. */
uint32_t keys_find(uint64_t key);

/* One key's operations; `iterations`: with what iterations saw of it, where they were gathered. */
struct key_ops {
  struct register_history history; /* overwritten by the next call of keys_operations */
  bool joint;                      /* one of them is part of a joint operation */
  bool observed;                   /* there are some that iterations saw */
  bool havoc;                      /* there are some of which nothing is known ... */
  bool too_many;                   /* ... and more values than they could be tried with */
  const uint32_t *misses;          /* events: swaps that found it or the other key absent */
  uint32_t miss_count;
  uint32_t again, before; /* events: one iteration showed the key a second time, and when first; or KEYS_NONE */
};
void keys_operations(const struct keys *keys, uint32_t index, bool iterations, struct key_ops *out);
/* Puts one more among them. */
void keys_insert(struct key_ops *ops, struct register_op op);

#endif
