/* splitlist_calls.h - the operations (splitlist.h has the argument). */
#ifndef HEDDLE_MAP_SPLITLIST_CALLS_H
#define HEDDLE_MAP_SPLITLIST_CALLS_H

#include "map/splitlist_table.h"

/* ---- an operation on one key ---- */

static struct splitlist_cursor splitlist_open(struct map *opaque, uint64_t key) {
  struct splitlist *map = splitlist_of(opaque);
  uint64_t hash = splitlist_hash(map, key);
  struct splitlist_cursor cursor = {.map = map, .record = reclaim_begin(map->reclaim), .key = key};
  cursor.order = splitlist_order_of_hash(hash);
  cursor.start = splitlist_start(map, cursor.record, hash & (splitlist_buckets(map) - 1));
  return cursor;
}

static void splitlist_close(struct splitlist_cursor *cursor) { reclaim_end(cursor->record); }

static enum map_status splitlist_get(struct map *map, uint64_t key, uint64_t *value) {
  struct splitlist_cursor cursor = splitlist_open(map, key);
  bool found = splitlist_find(&cursor);
  if (PLANTED(splitlist_hazard_read_outside))
    splitlist_close(&cursor);
  if (found)
    *value = cursor.node->value;
  if (!PLANTED(splitlist_hazard_read_outside))
    splitlist_close(&cursor);
  return found ? MAP_DONE : MAP_ABSENT;
}

static enum map_status splitlist_contains(struct map *map, uint64_t key) {
  uint64_t value;
  return splitlist_get(map, key, &value);
}

/* What an assignment does with a key that is there, and with one that is not. */
enum splitlist_mode { SPLITLIST_PUT, SPLITLIST_INSERT, SPLITLIST_CAS };

struct splitlist_assignment {
  enum splitlist_mode mode;
  uint64_t expected; /* SPLITLIST_CAS */
  uint64_t value;
  uint64_t present; /* out, with MAP_PRESENT: the value that is there */
};

/* MAP_DONE: the assignment is to be made where the cursor stands.  Otherwise: it is not to be made, and why. */
static enum map_status splitlist_decide(struct splitlist_assignment *assignment, const struct splitlist_cursor *cursor,
                                        bool found) {
  if (assignment->mode == SPLITLIST_INSERT && found) {
    assignment->present = cursor->node->value;
    return MAP_PRESENT;
  }
  if (assignment->mode == SPLITLIST_CAS) {
    if (!found)
      return MAP_ABSENT;
    if (cursor->node->value != assignment->expected)
      return MAP_DIFFERS;
  }
  return MAP_DONE;
}

/* Tries until it is decided.  *node: got when first needed; NULL again once it is in the list. */
static enum map_status splitlist_try(struct splitlist_cursor *cursor, struct splitlist_assignment *assignment,
                                     struct splitlist_node **node, bool *found) {
  for (;;) {
    *found = splitlist_find(cursor);
    enum map_status status = splitlist_decide(assignment, cursor, *found);
    if (PLANTED(splitlist_epoch_compared_once)) {
      if (status == MAP_DIFFERS && *node != NULL)
        status = MAP_DONE;
    }
    if (status != MAP_DONE)
      return status;
    if (*node == NULL)
      *node = splitlist_new_node(cursor->record, cursor->order, cursor->key, assignment->value);
    if (*node == NULL)
      return MAP_NO_MEMORY;
    if (*found ? splitlist_replace(cursor, *node) : splitlist_link(cursor, *node)) {
      *node = NULL;
      return MAP_DONE;
    }
  }
}

static enum map_status splitlist_assign(struct map *map, uint64_t key, struct splitlist_assignment *assignment) {
  struct splitlist_cursor cursor = splitlist_open(map, key);
  struct splitlist_node *node = NULL;
  bool found;
  enum map_status status = splitlist_try(&cursor, assignment, &node, &found);
  if (!PLANTED(splitlist_hazard_leaked))
    free(node); /* never linked: nobody else has seen it */
  if (status == MAP_DONE && !found)
    splitlist_count(cursor.map, 1);
  if (PLANTED(splitlist_hazard_cramped)) {
    if (status == MAP_DONE && !found && atomic_load_explicit(&cursor.map->cramped, memory_order_relaxed))
      status = MAP_NO_MEMORY;
  }
  if (PLANTED(splitlist_epoch_left_open)) {
    if (status == MAP_DIFFERS)
      return status;
  }
  if (PLANTED(splitlist_hazard_left_open)) {
    if (status == MAP_NO_MEMORY)
      return status;
  }
  splitlist_close(&cursor);
  return status;
}

static enum map_status splitlist_put(struct map *map, uint64_t key, uint64_t value) {
  return splitlist_assign(map, key, &(struct splitlist_assignment){.mode = SPLITLIST_PUT, .value = value});
}

static enum map_status splitlist_insert(struct map *map, uint64_t key, uint64_t value) {
  return splitlist_assign(map, key, &(struct splitlist_assignment){.mode = SPLITLIST_INSERT, .value = value});
}

static enum map_status splitlist_cas(struct map *map, uint64_t key, uint64_t expected, uint64_t value) {
  return splitlist_assign(map, key,
                          &(struct splitlist_assignment){.mode = SPLITLIST_CAS, .expected = expected, .value = value});
}

static enum map_status splitlist_get_or_insert(struct map *map, uint64_t key, uint64_t value, uint64_t *actual) {
  struct splitlist_assignment assignment = {.mode = SPLITLIST_INSERT, .value = value};
  enum map_status status = splitlist_assign(map, key, &assignment);
  if (status != MAP_NO_MEMORY)
    *actual = status == MAP_PRESENT ? assignment.present : value;
  return status;
}

/* Deletes the entry that the cursor stands on and counts it.  False: it has changed or left meanwhile. */
static bool splitlist_delete_here(struct splitlist_cursor *cursor, uint64_t *value) {
  if (PLANTED(splitlist_epoch_unmarked)) {
    *value = cursor->node->value;
    if (!splitlist_unlink(cursor))
      return false;
    splitlist_count(cursor->map, -1);
    return true;
  }
  bool mine = splitlist_mark(cursor, cursor->next);
  if (PLANTED(splitlist_epoch_deleted_twice))
    mine |= (splitlist_load(&cursor->node->next) & RECLAIM_MARK) != 0;
  if (!mine)
    return false;
  *value = cursor->node->value;
  splitlist_count(cursor->map, -1);
  splitlist_part(cursor);
  return true;
}

static enum map_status splitlist_delete_key(struct splitlist_cursor *cursor, uint64_t *value) {
  if (PLANTED(splitlist_hazard_delete_tires)) {
    for (unsigned tries = 3; tries > 0; tries--) {
      if (!splitlist_find(cursor))
        break;
      if (splitlist_delete_here(cursor, value))
        return MAP_DONE;
    }
    return MAP_ABSENT;
  }
  while (splitlist_find(cursor))
    if (splitlist_delete_here(cursor, value))
      return MAP_DONE;
  return MAP_ABSENT;
}

static enum map_status splitlist_take(struct map *map, uint64_t key, uint64_t *value) {
  struct splitlist_cursor cursor = splitlist_open(map, key);
  enum map_status status = splitlist_delete_key(&cursor, value);
  splitlist_close(&cursor);
  return status;
}

static enum map_status splitlist_delete(struct map *map, uint64_t key) {
  uint64_t value;
  return splitlist_take(map, key, &value);
}

/* ---- operations on all entries ---- */

static uint64_t splitlist_len(struct map *map) {
  int64_t count = atomic_load_explicit(&splitlist_of(map)->count, memory_order_relaxed);
  return count > 0 ? (uint64_t)count : 0;
}

/* On to the first entry, the node it stands on included, past dummies, of which the last becomes the start.  False:
 * there are no more. */
static bool splitlist_to_entry(struct splitlist_cursor *cursor) {
  while (cursor->node != NULL && splitlist_is_dummy(cursor->node)) {
    cursor->start = cursor->node;
    if (!splitlist_step(cursor))
      splitlist_seek(cursor);
  }
  return cursor->node != NULL;
}

/* Deletes the entry it stands on, or whatever entry its key has by now. */
static void splitlist_delete_shown(struct splitlist_cursor *cursor) {
  uint64_t value;
  cursor->after = false;
  if (PLANTED(splitlist_hazard_passed_over)) {
    splitlist_delete_here(cursor, &value);
    return;
  }
  if (!splitlist_delete_here(cursor, &value))
    splitlist_delete_key(cursor, &value);
}

/* The place looked for is always that of the entry shown last; so wherever the walk has to go back to, it goes on
 * behind that.  The visitor is called with the entry protected, which may be replaced or deleted meanwhile. */
static void splitlist_iterate(struct map *opaque, bool may_delete, uint64_t order_seed, map_visit_fn visit,
                              void *context) {
  (void)may_delete, (void)order_seed;
  struct splitlist *map = splitlist_of(opaque);
  struct splitlist_cursor cursor = {.map = map, .record = reclaim_begin(map->reclaim)};
  cursor.start = splitlist_start(map, cursor.record, 0);
  splitlist_seek(&cursor);
  while (splitlist_to_entry(&cursor)) {
    uint64_t value = cursor.node->value;
    cursor.order = cursor.node->order;
    cursor.key = cursor.node->key;
    if (PLANTED(splitlist_epoch_visited_outside))
      reclaim_end(cursor.record);
    enum map_visit_result wish = visit(context, cursor.key, value);
    if (PLANTED(splitlist_epoch_visited_outside))
      cursor.record = reclaim_begin(map->reclaim);
    if (wish == MAP_VISIT_STOP) {
      if (PLANTED(splitlist_hazard_stop_open))
        return;
      break;
    }
    if (wish == MAP_VISIT_DELETE)
      splitlist_delete_shown(&cursor);
    cursor.after = PLANTED(splitlist_epoch_shown_twice) ? false : true;
    if (wish == MAP_VISIT_DELETE ? !splitlist_walk(&cursor) : !splitlist_step(&cursor))
      splitlist_seek(&cursor);
  }
  splitlist_close(&cursor);
}

static enum map_visit_result splitlist_visit_to_clear(void *context, uint64_t key, uint64_t value) {
  (void)context, (void)key, (void)value;
  return MAP_VISIT_DELETE;
}

static void splitlist_clear(struct map *map) { splitlist_iterate(map, true, 0, splitlist_visit_to_clear, NULL); }

#endif
