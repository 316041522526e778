/* striped_resize.c - the array of striped: when its size no longer fits, how another one takes its place.
 *
 * The turn.  A resize or a clear has it, one at a time:
 *
 *   taken by a clear    until that is done; and
 *   taken by a resize   from its beginning (striped_resize) until the last old bucket is moved (striped_finish), which
 *                       may be long after the thread that began it went its way.  In between stripes_left is not 0,
 *                       and to move buckets is everybody's business.
 *
 * Who waits for the turn sleeps only while stripes_left is 0: then somebody is at work who will either end the turn or
 * find something to help with, and wake all sleepers for it.  All, because one that wakes may find that it need not
 * have the turn (an iteration never does), and would take another one's wake-up with it.
 *
 * No resize is missed.  An operation that changed a count sums them all while it still holds its stripe, so the last
 * one of any moment has seen the exact sum and the array that goes with it; if the size does not fit, it waits for the
 * turn and sees to it.  A resize, in turn, checks its decision against the exact sum once it has every stripe: where it
 * does not hold any more, whoever changed that has seen it too. */
#include "map/planted.h"
#include "map/striped_internal.h"

#include <assert.h>
#include <stdlib.h>

#define STRIPED_SIZE_MAX (UINT64_C(1) << 59) /* the size in bytes is a number; no memory is so large */

struct striped_table *striped_table_create(uint64_t size) {
  struct striped_table *table = calloc(1, sizeof *table + size * sizeof table->buckets[0]);
  if (table != NULL)
    table->size = size;
  return table;
}

/* Grows above one entry a bucket, shrinks below a quarter of that. */
uint64_t striped_fit(const struct striped *map, uint64_t size, uint64_t count) {
  while (count > size && size < STRIPED_SIZE_MAX)
    size *= 2;
  while (map->shrink && size > map->least_size && count < size / 4)
    size /= 2;
  return size;
}

/* The loads pair with the additions of striped_count_add and the stores of striped_clear. */
uint64_t striped_count_roughly(struct striped *map) {
  uint64_t sum = 0;
  for (unsigned s = 0; s < STRIPED_STRIPES; s++)
    sum += atomic_load(&map->stripes[s].count);
  return sum;
}

bool striped_is_due(struct striped *map) {
  uint64_t size = map->table->size;
  return striped_fit(map, size, striped_count_roughly(map)) != size;
}

/* ---- moving ---- */

void striped_move_bucket(struct striped *map, struct striped_table *old, uint64_t index) {
  struct striped_entry *entry = old->buckets[index];
  old->buckets[index] = NULL;
  while (entry != NULL) {
    struct striped_entry *next = entry->next;
    struct striped_entry **chain = striped_bucket(map->table, striped_hash(map, entry->key));
    entry->next = *chain;
    *chain = entry;
    if (PLANTED(striped_next_after_link))
      next = entry->next;
    entry = next;
  }
}

/* One stripe less has an old array.  True for the one that was the last.  Releases what this thread did with the old
 * array to the last one, which acquires it all and frees the array.  striped_replace stores the 4 before any stripe
 * can get here; striped_await_turn loads. */
static bool striped_count_down(struct striped *map) {
  if (PLANTED(striped_count_down_torn)) {
    unsigned left = atomic_load(&map->stripes_left);
    atomic_store(&map->stripes_left, left - 1);
    return left == 1;
  }
  if (PLANTED(striped_last_twice)) {
    atomic_fetch_sub(&map->stripes_left, 1);
    return atomic_load(&map->stripes_left) == 0;
  }
  memory_order order = PLANTED(striped_count_down_relaxed) ? memory_order_relaxed : memory_order_acq_rel;
  return atomic_fetch_sub_explicit(&map->stripes_left, 1, order) == 1;
}

struct striped_table *striped_move_rows(struct striped *map, struct striped_stripe *stripe, uint64_t rows) {
  struct striped_table *old = stripe->old;
  unsigned s = (unsigned)(stripe - map->stripes);
  for (; rows > 0 && stripe->moved < striped_rows(old); rows--, stripe->moved++)
    striped_move_bucket(map, old, stripe->moved * STRIPED_STRIPES + s);
  if (stripe->moved < striped_rows(old))
    return NULL;
  stripe->old = NULL;
  return striped_count_down(map) ? old : NULL;
}

/* All that is left to move. */
static void striped_move_all(struct striped *map) {
  for (unsigned s = 0; s < STRIPED_STRIPES; s++) {
    struct striped_stripe *stripe = &map->stripes[s];
    struct striped_table *spent = NULL;
    striped_lock(&stripe->lock);
    if (stripe->old != NULL)
      spent = striped_move_rows(map, stripe, STRIPED_ALL_ROWS);
    striped_unlock(&stripe->lock);
    if (spent != NULL)
      striped_finish(map, spent);
  }
}

/* ---- the turn ---- */

static void striped_wake_all(struct striped *map) {
  int error =
      PLANTED(striped_wakes_one) ? pthread_cond_signal(&map->turn_changed) : pthread_cond_broadcast(&map->turn_changed);
  assert(error == 0);
  (void)error;
}

static void striped_end_turn(struct striped *map) {
  if (PLANTED(striped_wakes_too_early))
    striped_wake_all(map);
  striped_lock(&map->turn_lock);
  map->turn_taken = false;
  if (!PLANTED(striped_wakes_too_early))
    striped_wake_all(map);
  striped_unlock(&map->turn_lock);
}

void striped_finish(struct striped *map, struct striped_table *spent) {
  free(spent);
  striped_end_turn(map);
}

/* Returns with turn_lock held and the turn not taken. */
static void striped_await_turn(struct striped *map) {
  if (PLANTED(striped_helps_before_sleep_only))
    striped_move_all(map);
  striped_lock(&map->turn_lock);
  while (map->turn_taken) {
    /* Pairs with striped_replace's store, after which turn_lock is taken to wake us: so we see it now, or wake. */
    if (!PLANTED(striped_helps_before_sleep_only) && atomic_load(&map->stripes_left) != 0) {
      striped_unlock(&map->turn_lock);
      striped_move_all(map);
      striped_lock(&map->turn_lock);
    } else {
      int error = pthread_cond_wait(&map->turn_changed, &map->turn_lock);
      assert(error == 0);
      (void)error;
      if (PLANTED(striped_waits_once))
        break;
    }
  }
}

void striped_end_resize(struct striped *map) {
  striped_await_turn(map);
  striped_unlock(&map->turn_lock);
}

void striped_take_turn(struct striped *map) {
  striped_await_turn(map);
  map->turn_taken = true;
  striped_unlock(&map->turn_lock);
}

/* ---- beginning ---- */

/* Puts `table` in the place of the present one.  False: it would not fit the number of entries, nothing was done. */
static bool striped_replace(struct striped *map, struct striped_table *table) {
  if (PLANTED(striped_resize_locks_descending)) {
    for (unsigned s = STRIPED_STRIPES; s-- > 0;)
      striped_lock(&map->stripes[s].lock);
  }
  if (!PLANTED(striped_resize_locks_descending))
    striped_lock_all(map);
  bool fits = striped_fit(map, table->size, striped_count_roughly(map)) == table->size;
  if (fits) {
    for (unsigned s = 0; s < STRIPED_STRIPES; s++) {
      assert(map->stripes[s].old == NULL);
      map->stripes[s].old = map->table;
      map->stripes[s].moved = 0;
    }
    map->table = table;
    /* Pairs with the loads of striped_count_down and striped_await_turn. */
    atomic_store(&map->stripes_left, STRIPED_STRIPES);
  }
  striped_unlock_all(map);
  return fits;
}

/* With the turn: begins a resize to `size`, or ends the turn. */
static void striped_begin(struct striped *map, uint64_t size) {
  struct striped_table *table = striped_table_create(size);
  map->refused = table == NULL;
  if (table == NULL || !striped_replace(map, table)) {
    free(table);
    if (!PLANTED(striped_refused_keeps_turn))
      striped_end_turn(map);
    return;
  }
  striped_lock(&map->turn_lock);
  if (PLANTED(striped_turn_taken_too_late))
    map->turn_taken = true;
  if (!PLANTED(striped_begins_quietly))
    striped_wake_all(map);
  striped_unlock(&map->turn_lock);
}

void striped_resize(struct striped *map) {
  if (PLANTED(striped_resize_left_to_others)) {
    striped_lock(&map->turn_lock);
    bool taken = map->turn_taken;
    striped_unlock(&map->turn_lock);
    if (taken)
      return;
  }
  striped_await_turn(map);
  uint64_t size = striped_fit(map, map->table->size, striped_count_roughly(map));
  bool due = size != map->table->size;
  if (!PLANTED(striped_turn_taken_too_late) && due)
    map->turn_taken = true;
  striped_unlock(&map->turn_lock);
  if (due)
    striped_begin(map, size);
}

void striped_fit_and_end_turn(struct striped *map) {
  uint64_t size = striped_fit(map, map->table->size, striped_count_roughly(map));
  if (size != map->table->size)
    striped_begin(map, size);
  else
    striped_end_turn(map);
}
