/* striped.c - a chained hash table with a lock a stripe, resized a few buckets at a time by whoever comes by.
 *
 * Concurrency.  The low bits of a key's hash name its stripe, for good: neither growing nor shrinking takes a key into
 * another one.  An operation locks its key's stripe, two keys' stripes in ascending order, and len, clear and the
 * beginning of a resize all of them in ascending order.
 *
 *   Operations  take effect at one instant while they hold their stripes (A, B, H).  clear and len hold all (D, E).
 *   Iteration   locks one stripe after the other.  A key is always in the same one, and within it the walk is atomic:
 *               so C holds although entries come and go in the other stripes meanwhile, and although a resize may begin
 *               (the one under way is ended first).  The visitor runs with the stripe locked.
 *   The array   `table` is replaced with every stripe locked.  Whoever holds one stripe may read it, and works on that
 *               stripe's buckets of it and of the old array, which no other stripe's keys can be in.
 *   Resizing    is one thread's at a time: whoever has the turn (turn_taken).  It puts the new array in place, leaves
 *               the old one with each stripe and goes its way.  From then on every operation first moves the old bucket
 *               of its key, so that it need look in one place only, and STRIPED_ROWS more.  Who moves the last of a
 *               stripe counts down stripes_left; who counts down to 0 frees the old array and ends the turn, once it
 *               has let go of its stripes.
 *   Waiting     is for the turn alone, on turn_changed under turn_lock, with no stripe held; turn_lock is held together
 *               with no other lock.  A waiter moves what is left before it sleeps, so it only ever waits for threads
 *               that are at work (J).
 *
 * Memory.  Only a new entry needs some for the operation's sake; a resize that gets none is left for later (G).  An
 * entry is freed by who unlinked it with the stripe locked, the old array by the last to leave it: nothing is retired.
 *
 * Reference: M. Herlihy and N. Shavit, The Art of Multiprocessor Programming, 13.2.2 (striped hash set).  That threads
 * help to resize is D. Lea's ConcurrentHashMap's idea (JDK 8, transfer and helpTransfer); here a stripe's lock stands
 * in for its forwarding nodes. */
#include "map/planted.h"
#include "map/striped_internal.h"

#include <assert.h>
#include <stdlib.h>

/* One key's stripe, or two keys', held for an operation. */
struct striped_hold {
  struct striped *map;
  unsigned first, second;       /* locked in this order; the same twice: it is one */
  bool changed;                 /* a count of theirs: the size may not fit any more */
  struct striped_table *spent;  /* the old array, where this hold moved the last of it */
  struct striped_entry **chain; /* the bucket of the one key */
};

/* None of the locks' calls can fail where they are used as here: a failure is a bug of ours. */
void striped_lock(pthread_mutex_t *lock) {
  int error = pthread_mutex_lock(lock);
  assert(error == 0);
  (void)error;
}

void striped_unlock(pthread_mutex_t *lock) {
  int error = pthread_mutex_unlock(lock);
  assert(error == 0);
  (void)error;
}

void striped_lock_all(struct striped *map) {
  for (unsigned s = 0; s < STRIPED_STRIPES; s++)
    striped_lock(&map->stripes[s].lock);
}

void striped_unlock_all(struct striped *map) {
  for (unsigned s = STRIPED_STRIPES; s-- > 0;)
    striped_unlock(&map->stripes[s].lock);
}

/* ---- making and unmaking ---- */

static void striped_chain_free(struct striped_entry *entry) {
  while (entry != NULL) {
    struct striped_entry *next = entry->next;
    free(entry);
    entry = next;
  }
}

static void striped_table_free(struct striped_table *table) {
  if (table == NULL)
    return;
  for (uint64_t i = 0; i < table->size; i++)
    striped_chain_free(table->buckets[i]);
  free(table);
}

/* False: too few resources; what was made is unmade again. */
static bool striped_locks_create(struct striped *map) {
  unsigned made = 0;
  while (made < STRIPED_STRIPES && pthread_mutex_init(&map->stripes[made].lock, NULL) == 0)
    made++;
  if (made == STRIPED_STRIPES && pthread_mutex_init(&map->turn_lock, NULL) == 0) {
    if (pthread_cond_init(&map->turn_changed, NULL) == 0)
      return true;
    pthread_mutex_destroy(&map->turn_lock);
  }
  while (made-- > 0)
    pthread_mutex_destroy(&map->stripes[made].lock);
  return false;
}

static struct map *striped_create(const struct map_config *config) {
  struct striped *map = calloc(1, sizeof *map);
  if (map == NULL)
    return NULL;
  map->hash_seed = striped_mix(config->hash_seed + 1);
  map->shrink = config->shrink;
  map->least_size = STRIPED_STRIPES;
  map->least_size = striped_fit(map, map->least_size, config->capacity_hint);
  map->table = striped_table_create(map->least_size);
  if (map->table == NULL || !striped_locks_create(map)) {
    free(map->table);
    free(map);
    return NULL;
  }
  return (struct map *)map;
}

/* The array that a resize has not emptied, or NULL.  For who is alone with the map. */
static struct striped_table *striped_old_table(struct striped *map) {
  for (unsigned s = 0; s < STRIPED_STRIPES; s++)
    if (map->stripes[s].old != NULL)
      return map->stripes[s].old;
  return NULL;
}

static void striped_destroy(struct map *opaque) {
  struct striped *map = striped_of(opaque);
  if (!PLANTED(striped_destroy_forgets_old))
    striped_table_free(striped_old_table(map));
  striped_table_free(map->table);
  for (unsigned s = 0; s < STRIPED_STRIPES; s++)
    pthread_mutex_destroy(&map->stripes[s].lock);
  pthread_mutex_destroy(&map->turn_lock);
  pthread_cond_destroy(&map->turn_changed);
  free(map);
}

/* ---- entering and leaving stripes ---- */

/* With the stripe locked: its share of the resize under way, for an operation on `hash`. */
static void striped_help(struct striped_hold *hold, struct striped_stripe *stripe, struct striped_table *old,
                         uint64_t hash) {
  if (old == NULL)
    return;
  striped_move_bucket(hold->map, old, hash & (old->size - 1));
  struct striped_table *spent = striped_move_rows(hold->map, stripe, STRIPED_ROWS);
  assert(spent == NULL || hold->spent == NULL);
  if (spent != NULL)
    hold->spent = spent;
}

/* Locks the stripe of `hash`; from here on the key is in hold.chain or nowhere. */
static struct striped_hold striped_enter(struct striped *map, uint64_t hash) {
  unsigned s = striped_stripe_of(hash);
  struct striped_stripe *stripe = &map->stripes[s];
  struct striped_hold hold = {.map = map, .first = s, .second = s};
  struct striped_table *old = NULL;
  uint64_t mask = 0;
  if (PLANTED(striped_old_before_lock))
    old = stripe->old;
  if (PLANTED(striped_size_before_lock))
    mask = map->table->size - 1;
  striped_lock(&stripe->lock);
  if (!PLANTED(striped_old_before_lock))
    old = stripe->old;
  striped_help(&hold, stripe, old, hash);
  if (!PLANTED(striped_size_before_lock))
    mask = map->table->size - 1;
  hold.chain = &map->table->buckets[hash & mask];
  return hold;
}

/* Locks the stripes of two keys, which may be one. */
static struct striped_hold striped_enter_pair(struct striped *map, uint64_t hash, uint64_t other) {
  unsigned a = striped_stripe_of(hash), b = striped_stripe_of(other);
  struct striped_hold hold = {.map = map, .first = a < b ? a : b, .second = a < b ? b : a};
  if (PLANTED(striped_pair_argument_order)) {
    hold.first = a;
    hold.second = b;
  }
  striped_lock(&map->stripes[hold.first].lock);
  if (PLANTED(striped_same_stripe_twice) || hold.second != hold.first)
    striped_lock(&map->stripes[hold.second].lock);
  striped_help(&hold, &map->stripes[a], map->stripes[a].old, hash);
  striped_help(&hold, &map->stripes[b], map->stripes[b].old, other);
  return hold;
}

static void striped_leave(struct striped_hold *hold) {
  struct striped *map = hold->map;
  bool due = hold->changed && striped_is_due(map);
  if (hold->second != hold->first)
    striped_unlock(&map->stripes[hold->second].lock);
  striped_unlock(&map->stripes[hold->first].lock);
  if (hold->spent != NULL)
    striped_finish(map, hold->spent);
  if (due)
    striped_resize(map);
}

/* ---- chains; the stripe is locked ---- */

/* Where the link to the key's entry stands; it is NULL where the key is not there. */
static struct striped_entry **striped_find(struct striped_entry **link, uint64_t key) {
  while (*link != NULL && (*link)->key != key)
    link = &(*link)->next;
  return link;
}

static void striped_link(struct striped_entry **chain, struct striped_entry *entry) {
  entry->next = *chain;
  *chain = entry;
}

static struct striped_entry *striped_unlink(struct striped_entry **link) {
  struct striped_entry *entry = *link;
  *link = entry->next;
  return entry;
}

/* Pairs with the loads of striped_count_roughly.  Sequentially consistent: of two threads that change two counts, the
 * later one then sees both, and so does not miss that a resize is due. */
static void striped_count_add(struct striped_hold *hold, unsigned stripe, uint64_t change) {
  _Atomic uint64_t *count = &hold->map->stripes[stripe].count;
  atomic_fetch_add(count, change);
  if (PLANTED(striped_count_wraps))
    atomic_fetch_and(count, UINT8_MAX);
  hold->changed = true;
}

static void striped_remove(struct striped_hold *hold, struct striped_entry **link) {
  free(striped_unlink(link));
  striped_count_add(hold, hold->first, UINT64_MAX);
}

/* ---- operations ---- */

static enum map_status striped_get(struct map *opaque, uint64_t key, uint64_t *value) {
  struct striped *map = striped_of(opaque);
  struct striped_hold hold = striped_enter(map, striped_hash(map, key));
  struct striped_entry *entry = *striped_find(hold.chain, key);
  if (entry != NULL)
    *value = entry->value;
  striped_leave(&hold);
  return entry != NULL ? MAP_DONE : MAP_ABSENT;
}

static enum map_status striped_contains(struct map *opaque, uint64_t key) {
  struct striped *map = striped_of(opaque);
  if (PLANTED(striped_contains_unlocked))
    return *striped_find(striped_bucket(map->table, striped_hash(map, key)), key) != NULL ? MAP_DONE : MAP_ABSENT;
  uint64_t value;
  return striped_get(opaque, key, &value);
}

/* Stores the value where the key is not there, or with `replace`; *actual is what there is in the end.  MAP_DONE: it
 * was stored; MAP_PRESENT: it was not. */
static enum map_status striped_store(struct map *opaque, uint64_t key, uint64_t value, bool replace, uint64_t *actual) {
  struct striped *map = striped_of(opaque);
  uint64_t hash = striped_hash(map, key);
  if (PLANTED(striped_counts_too_early))
    atomic_fetch_add(&map->stripes[striped_stripe_of(hash)].count, 1);
  struct striped_hold hold = striped_enter(map, hash);
  struct striped_entry *entry = *striped_find(hold.chain, key);
  enum map_status status = MAP_DONE;
  if (PLANTED(striped_counts_too_early)) {
    if (entry != NULL)
      atomic_fetch_sub(&map->stripes[hold.first].count, 1);
  }
  if (entry == NULL) {
    if (PLANTED(striped_store_trusts_count)) {
      uint64_t count = atomic_load(&map->stripes[hold.first].count);
      striped_leave(&hold);
      hold = striped_enter(map, hash);
      if (atomic_load(&map->stripes[hold.first].count) != count) {
        striped_leave(&hold);
        return striped_store(opaque, key, value, replace, actual);
      }
    }
    entry = malloc(sizeof *entry);
    if (entry == NULL) {
      if (PLANTED(striped_counts_too_early))
        atomic_fetch_sub(&map->stripes[hold.first].count, 1);
      if (!PLANTED(striped_no_memory_keeps_lock))
        striped_leave(&hold);
      return MAP_NO_MEMORY;
    }
    *entry = (struct striped_entry){.key = key, .value = value};
    striped_link(hold.chain, entry);
    striped_count_add(&hold, hold.first, PLANTED(striped_counts_too_early) ? 0 : 1);
  } else if (replace) {
    entry->value = value;
  } else {
    status = MAP_PRESENT;
  }
  *actual = entry->value;
  striped_leave(&hold);
  return status;
}

static enum map_status striped_put(struct map *map, uint64_t key, uint64_t value) {
  uint64_t actual;
  return striped_store(map, key, value, true, &actual);
}

static enum map_status striped_insert(struct map *map, uint64_t key, uint64_t value) {
  uint64_t actual;
  return striped_store(map, key, value, false, &actual);
}

static enum map_status striped_get_or_insert(struct map *map, uint64_t key, uint64_t value, uint64_t *actual) {
  if (PLANTED(striped_get_then_insert)) {
    if (striped_get(map, key, actual) == MAP_DONE)
      return MAP_PRESENT;
    return striped_store(map, key, value, true, actual);
  }
  if (PLANTED(striped_get_or_insert_gives_up)) {
    for (unsigned tries = 0; tries < 2; tries++) {
      if (striped_get(map, key, actual) == MAP_DONE)
        return MAP_PRESENT;
      enum map_status status = striped_insert(map, key, *actual = value);
      if (status != MAP_PRESENT)
        return status;
    }
    return MAP_PRESENT;
  }
  return striped_store(map, key, value, false, actual);
}

static enum map_status striped_cas(struct map *opaque, uint64_t key, uint64_t expected, uint64_t value) {
  struct striped *map = striped_of(opaque);
  struct striped_hold hold = striped_enter(map, striped_hash(map, key));
  struct striped_entry *entry = *striped_find(hold.chain, key);
  enum map_status status = MAP_ABSENT;
  if (entry != NULL) {
    status = entry->value == expected ? MAP_DONE : MAP_DIFFERS;
    if (status == MAP_DONE)
      entry->value = value;
  }
  striped_leave(&hold);
  return status;
}

static enum map_status striped_take(struct map *opaque, uint64_t key, uint64_t *value) {
  struct striped *map = striped_of(opaque);
  struct striped_hold hold = striped_enter(map, striped_hash(map, key));
  struct striped_entry **link = striped_find(hold.chain, key);
  bool found = *link != NULL;
  if (found) {
    *value = (*link)->value;
    striped_remove(&hold, link);
  }
  striped_leave(&hold);
  return found ? MAP_DONE : MAP_ABSENT;
}

static enum map_status striped_del(struct map *map, uint64_t key) {
  uint64_t value;
  return striped_take(map, key, &value);
}

static enum map_status striped_move(struct map *opaque, uint64_t from, uint64_t to, uint64_t *value) {
  struct striped *map = striped_of(opaque);
  if (PLANTED(striped_move_in_two_steps)) {
    if (striped_contains(opaque, to) == MAP_DONE)
      return striped_contains(opaque, from) == MAP_DONE ? MAP_PRESENT : MAP_ABSENT;
    enum map_status taken = striped_take(opaque, from, value);
    return taken == MAP_DONE ? striped_put(opaque, to, *value) : taken;
  }
  uint64_t from_hash = striped_hash(map, from), to_hash = striped_hash(map, to);
  struct striped_hold hold = striped_enter_pair(map, from_hash, to_hash);
  struct striped_entry **link = striped_find(striped_bucket(map->table, from_hash), from);
  struct striped_entry **chain = striped_bucket(map->table, to_hash);
  enum map_status status = MAP_DONE;
  if (*link == NULL) {
    status = MAP_ABSENT;
  } else if (*striped_find(chain, to) != NULL) {
    status = MAP_PRESENT;
  } else {
    struct striped_entry *entry = striped_unlink(link);
    *value = entry->value;
    entry->key = to;
    striped_link(chain, entry);
    if (!PLANTED(striped_move_keeps_counts)) {
      striped_count_add(&hold, striped_stripe_of(from_hash), UINT64_MAX);
      striped_count_add(&hold, striped_stripe_of(to_hash), 1);
    }
  }
  striped_leave(&hold);
  return status;
}

static enum map_status striped_swap(struct map *opaque, uint64_t a, uint64_t b, uint64_t values[2]) {
  struct striped *map = striped_of(opaque);
  uint64_t hash = striped_hash(map, a), other = striped_hash(map, b);
  struct striped_hold hold = striped_enter_pair(map, hash, other);
  struct striped_entry *first = *striped_find(striped_bucket(map->table, hash), a);
  struct striped_entry *second = *striped_find(striped_bucket(map->table, other), b);
  bool found = first != NULL && second != NULL;
  if (found) {
    values[0] = first->value;
    values[1] = second->value;
    first->value = values[1];
    second->value = values[0];
  }
  striped_leave(&hold);
  return found ? MAP_DONE : MAP_ABSENT;
}

/* ---- all keys ---- */

static uint64_t striped_len(struct map *opaque) {
  struct striped *map = striped_of(opaque);
  striped_lock_all(map);
  uint64_t len = striped_count_roughly(map);
  striped_unlock_all(map);
  return len;
}

/* With the stripe locked, and nothing of it in an old array. */
static void striped_clear_stripe(struct striped *map, unsigned s, uint64_t size) {
  for (uint64_t row = 0; row < size / STRIPED_STRIPES; row++) {
    struct striped_entry **chain = striped_row(map->table, s, row);
    striped_chain_free(*chain);
    *chain = NULL;
  }
  atomic_store(&map->stripes[s].count, 0);
}

static void striped_clear(struct map *opaque) {
  struct striped *map = striped_of(opaque);
  uint64_t size = 0;
  if (PLANTED(striped_clear_size_too_early))
    size = map->table->size;
  striped_take_turn(map);
  if (!PLANTED(striped_clear_size_too_early))
    size = map->table->size;
  if (!PLANTED(striped_clear_by_stripe))
    striped_lock_all(map);
  for (unsigned s = 0; s < STRIPED_STRIPES; s++) {
    assert(map->stripes[s].old == NULL);
    if (PLANTED(striped_clear_by_stripe))
      striped_lock(&map->stripes[s].lock);
    striped_clear_stripe(map, s, size);
    if (PLANTED(striped_clear_by_stripe))
      striped_unlock(&map->stripes[s].lock);
  }
  if (!PLANTED(striped_clear_by_stripe))
    striped_unlock_all(map);
  striped_fit_and_end_turn(map);
}

/* False: the visitor wants no more. */
static bool striped_iterate_chain(struct striped_hold *hold, struct striped_entry **link, map_visit_fn visit,
                                  void *context) {
  while (*link != NULL) {
    enum map_visit_result result = visit(context, (*link)->key, (*link)->value);
    if (result == MAP_VISIT_STOP)
      return false;
    if (result == MAP_VISIT_DELETE)
      striped_remove(hold, link);
    else
      link = &(*link)->next;
  }
  return true;
}

/* False: the visitor wants no more. */
static bool striped_iterate_stripe(struct striped *map, unsigned s, map_visit_fn visit, void *context) {
  struct striped_stripe *stripe = &map->stripes[s];
  struct striped_hold hold = {.map = map, .first = s, .second = s};
  bool more = true;
  striped_lock(&stripe->lock);
  if (stripe->old != NULL)
    hold.spent = striped_move_rows(map, stripe, STRIPED_ALL_ROWS);
  for (uint64_t row = 0; more && row < striped_rows(map->table); row++) {
    more = striped_iterate_chain(&hold, striped_row(map->table, s, row), visit, context);
    if (PLANTED(striped_iterate_lets_go)) {
      striped_unlock(&stripe->lock);
      striped_lock(&stripe->lock);
    }
  }
  if (PLANTED(striped_stop_locked)) {
    if (!more)
      return false;
  }
  striped_leave(&hold);
  return more;
}

static void striped_iterate(struct map *opaque, bool may_delete, uint64_t order_seed, map_visit_fn visit,
                            void *context) {
  (void)may_delete;
  bool more = true;
  striped_end_resize(striped_of(opaque)); /* every bucket is to be walked: so not with moving on top */
  for (unsigned n = 0; (PLANTED(striped_stop_ends_stripe) || more) && n < STRIPED_STRIPES; n++)
    more = striped_iterate_stripe(striped_of(opaque), striped_stripe_of(order_seed + n), visit, context);
}

const struct map_ops striped_ops = {
    .name = "striped",
    .guarantees = MAP_RACE_FREE | MAP_LINEARIZABLE | MAP_ITERATION_EXACT | MAP_LEN_EXACT | MAP_CLEAR_ATOMIC |
                  MAP_NO_MEMORY_SAFE | MAP_PAIRS_ATOMIC | MAP_SOUND_AT_REST | MAP_PROGRESS | MAP_MEMORY_SAFE,
    .concurrency = MAP_READERS_AND_WRITERS,
    .create = striped_create,
    .destroy = striped_destroy,
    .get = striped_get,
    .put = striped_put,
    .insert = striped_insert,
    .cas = striped_cas,
    .del = striped_del,
    .contains = striped_contains,
    .len = striped_len,
    .clear = striped_clear,
    .iterate = striped_iterate,
    .snapshot = striped_snapshot,
    .check = striped_check,
    .get_or_insert = striped_get_or_insert,
    .take = striped_take,
    .move = striped_move,
    .swap = striped_swap,
};
