/* splitlist_walk.h - the sorted list: walking it, linking and unlinking (splitlist.h has the argument). */
#ifndef HEDDLE_MAP_SPLITLIST_WALK_H
#define HEDDLE_MAP_SPLITLIST_WALK_H

#include "map/splitlist.h"

/* Where an operation is looking, and what it has found there.  Two nodes are protected: `node` by slot `slot`, and the
 * one that `link` is part of by the other slot, unless it is a dummy. */
struct splitlist_cursor {
  struct splitlist *map;
  struct reclaim_record *record;
  struct splitlist_node *start; /* a dummy before the place looked for */
  uint64_t order, key;          /* the place looked for */
  bool after;                   /* strictly behind that place */
  unsigned slot;
  _Atomic uintptr_t *link;     /* led to `node`, unmarked */
  struct splitlist_node *node; /* the first one from the place on; NULL: there is none */
  uintptr_t next;              /* node->next as it was, unmarked */
};

/* True where the node is before the place looked for. */
static bool splitlist_precedes(const struct splitlist_node *node, const struct splitlist_cursor *cursor) {
  if (node->order != cursor->order)
    return node->order < cursor->order;
  return node->key < cursor->key || (cursor->after && node->key == cursor->key);
}

/* Moves the link past the node, which is marked.  Whoever does it retires the node. */
static bool splitlist_unlink(struct splitlist_cursor *cursor) {
  uintptr_t expected = (uintptr_t)cursor->node;
  if (PLANTED(splitlist_hazard_retired_early))
    reclaim_retire(cursor->record, &cursor->node->block);
  if (!atomic_compare_exchange_strong_explicit(cursor->link, &expected, cursor->next & ~RECLAIM_MARK,
                                               memory_order_seq_cst, memory_order_relaxed))
    return false;
  if (!PLANTED(splitlist_hazard_retired_early))
    reclaim_retire(cursor->record, &cursor->node->block);
  return true;
}

/* Looks where the link leads, unlinking what is marked there.  False: what the link is part of has left the list. */
static bool splitlist_settle(struct splitlist_cursor *cursor) {
  for (;;) {
    uintptr_t seen = reclaim_protect(cursor->record, cursor->slot, cursor->link);
    if (!PLANTED(splitlist_hazard_through_marked) && seen & RECLAIM_MARK)
      return false;
    cursor->node = splitlist_node_at(seen);
    if (cursor->node == NULL)
      return true;
    cursor->next = splitlist_load(&cursor->node->next);
    if (!(cursor->next & RECLAIM_MARK))
      return true;
    if (PLANTED(splitlist_epoch_unhelped))
      return false;
    if (PLANTED(splitlist_hazard_counted_twice)) {
      if (splitlist_unlink(cursor))
        atomic_fetch_sub_explicit(&cursor->map->count, 1, memory_order_relaxed);
      continue;
    }
    splitlist_unlink(cursor); /* or somebody was faster: look again */
  }
}

/* On to the next node; the present one becomes the one before.  False as above. */
static bool splitlist_step(struct splitlist_cursor *cursor) {
  cursor->link = &cursor->node->next;
  cursor->slot ^= 1;
  return splitlist_settle(cursor);
}

/* From the link on to the first node from the place on.  False as above. */
static bool splitlist_walk(struct splitlist_cursor *cursor) {
  bool standing = splitlist_settle(cursor);
  while (standing && cursor->node != NULL && splitlist_precedes(cursor->node, cursor))
    standing = splitlist_step(cursor);
  return standing;
}

/* The same from the start, again and again where the list changes under its feet. */
static void splitlist_seek(struct splitlist_cursor *cursor) {
  do
    cursor->link = &cursor->start->next;
  while (!splitlist_walk(cursor));
}

/* True where a node is at the very place. */
static bool splitlist_find(struct splitlist_cursor *cursor) {
  splitlist_seek(cursor);
  return cursor->node != NULL && cursor->node->order == cursor->order && cursor->node->key == cursor->key;
}

/* Links a node that is still the caller's in before cursor->node.  False: the link has changed. */
static bool splitlist_link(struct splitlist_cursor *cursor, struct splitlist_node *node) {
  uintptr_t expected = (uintptr_t)cursor->node;
  /* Relaxed: published by the exchange. */
  atomic_store_explicit(&node->next, expected, memory_order_relaxed);
  if (PLANTED(splitlist_hazard_mark_dropped))
    expected |= splitlist_load(cursor->link) & RECLAIM_MARK;
  if (PLANTED(splitlist_epoch_linked_relaxed))
    return atomic_compare_exchange_strong_explicit(cursor->link, &expected, (uintptr_t)node, memory_order_relaxed,
                                                   memory_order_relaxed);
  return atomic_compare_exchange_strong_explicit(cursor->link, &expected, (uintptr_t)node, memory_order_seq_cst,
                                                 memory_order_relaxed);
}

/* Marks cursor->node and lets `successor` follow it: the node leaves the map.  False: it was marked before, or
 * something was linked behind it. */
static bool splitlist_mark(struct splitlist_cursor *cursor, uintptr_t successor) {
  uintptr_t expected = cursor->next;
  cursor->next = successor | RECLAIM_MARK;
  return atomic_compare_exchange_strong_explicit(&cursor->node->next, &expected, cursor->next, memory_order_seq_cst,
                                                 memory_order_relaxed);
}

/* The node that splitlist_mark marked is in nobody's way when this returns. */
static void splitlist_part(struct splitlist_cursor *cursor) {
  if (splitlist_unlink(cursor))
    return;
  if (PLANTED(splitlist_epoch_retired_twice))
    reclaim_retire(cursor->record, &cursor->node->block);
  splitlist_seek(cursor);
}

/* Puts a node that is still the caller's in the place of cursor->node.  False as splitlist_mark. */
static bool splitlist_replace(struct splitlist_cursor *cursor, struct splitlist_node *node) {
  if (PLANTED(splitlist_hazard_replaced_in_two)) {
    if (!splitlist_mark(cursor, cursor->next))
      return false;
    atomic_fetch_sub_explicit(&cursor->map->count, 1, memory_order_relaxed);
    splitlist_part(cursor);
    return false;
  }
  atomic_store_explicit(&node->next, cursor->next, memory_order_relaxed); /* published by the mark */
  if (!splitlist_mark(cursor, (uintptr_t)node))
    return false;
  splitlist_part(cursor);
  return true;
}

#endif
