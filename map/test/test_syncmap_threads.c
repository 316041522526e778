/* test_syncmap_threads.c - syncmap on real threads, all of them on a few keys: what is counted up is counted once, what
 * is inserted is taken by one, while others promote, expunge and clear; and nothing waits to be freed afterwards.
 * Built with ThreadSanitizer, any report of which fails the test by the exit status that it then gives. */
#include "map/syncmap_internal.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define THREADS 4u
#define MAPS 20u
#define ROUNDS 1500u
#define COUNTERS 3u
#define SHARED 8u /* keys that are inserted and taken */

extern const struct map_ops syncmap_ops;

static const struct map_ops *const ops = &syncmap_ops;

struct crew {
  struct map *map;
  unsigned number;
  uint64_t random;
  uint64_t counted[COUNTERS]; /* times that this thread has counted up */
  uint64_t inserted, taken;   /* sums of values */
  uint64_t wrong;             /* answers: cmocka's assertions belong to the main thread */
};

static uint64_t test_random(struct crew *crew) {
  crew->random ^= crew->random << 13;
  crew->random ^= crew->random >> 7;
  crew->random ^= crew->random << 17;
  return crew->random;
}

static void test_count_up(struct crew *crew, uint64_t key) {
  uint64_t value = 0;
  crew->wrong += ops->get(crew->map, key, &value) != MAP_DONE;
  enum map_status status = ops->cas(crew->map, key, value, value + 1);
  crew->wrong += status != MAP_DONE && status != MAP_DIFFERS;
  crew->counted[key] += status == MAP_DONE;
}

static void test_insert_or_take(struct crew *crew, uint64_t value) {
  uint64_t key = COUNTERS + test_random(crew) % SHARED, actual = 0;
  if (test_random(crew) % 2) {
    enum map_status status = ops->get_or_insert(crew->map, key, value, &actual);
    crew->inserted += status == MAP_DONE ? value : 0;
    crew->wrong += status == MAP_DONE ? actual != value : status != MAP_PRESENT;
  } else if (ops->take(crew->map, key, &actual) == MAP_DONE) {
    crew->taken += actual;
  }
}

static enum map_visit_result test_count_counters(void *context, uint64_t key, uint64_t value) {
  (void)value;
  *(uint64_t *)context += key < COUNTERS;
  return MAP_VISIT_NEXT;
}

static void *test_worker(void *argument) {
  struct crew *crew = argument;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    uint64_t counters = 0;
    test_count_up(crew, round % COUNTERS);
    test_insert_or_take(crew, 1 + round * THREADS + crew->number);
    if (round % 16 == 0) { /* a key of its own makes a dirty table */
      crew->wrong += ops->put(crew->map, 1000 + crew->number, round) != MAP_DONE;
      crew->wrong += ops->del(crew->map, 1000 + crew->number) != MAP_DONE;
    }
    if (round % 32 == 0) {
      ops->iterate(crew->map, false, round, test_count_counters, &counters);
      crew->wrong += counters != COUNTERS;
    }
  }
  return NULL;
}

static enum map_visit_result test_sum(void *context, uint64_t key, uint64_t value) {
  *(uint64_t *)context += key >= COUNTERS ? value : 0;
  return MAP_VISIT_NEXT;
}

static void test_run(struct map *map, struct crew crews[], void *(*role)(void *)) {
  pthread_t ids[THREADS];
  for (unsigned t = 0; t < THREADS; t++)
    assert_int_equal(pthread_create(&ids[t], NULL, role, &crews[t]), 0);
  for (unsigned t = 0; t < THREADS; t++) {
    assert_int_equal(pthread_join(ids[t], NULL), 0);
    assert_int_equal(crews[t].wrong, 0);
  }
  struct map_fault fault;
  if (ops->check(map, &fault) != MAP_SOUND)
    fail_msg("%s", fault.text);
}

static void test_what_is_counted_and_inserted_is_counted_and_taken_once(void **state) {
  (void)state;
  for (unsigned n = 0; n < MAPS; n++) {
    struct map_config config = {.hash_seed = n};
    struct map *map = ops->create(&config);
    struct crew crews[THREADS];
    uint64_t inserted = 0, taken = 0;
    assert_non_null(map);
    for (uint64_t key = 0; key < COUNTERS; key++)
      assert_int_equal(ops->put(map, key, 0), MAP_DONE);
    for (unsigned t = 0; t < THREADS; t++)
      crews[t] = (struct crew){.map = map, .number = t, .random = 1 + n * THREADS + t};
    test_run(map, crews, test_worker);
    for (uint64_t key = 0; key < COUNTERS; key++) {
      uint64_t value = 0, counted = 0;
      for (unsigned t = 0; t < THREADS; t++)
        counted += crews[t].counted[key];
      assert_int_equal(ops->get(map, key, &value), MAP_DONE);
      assert_int_equal(value, counted);
    }
    for (unsigned t = 0; t < THREADS; t++)
      inserted += crews[t].inserted, taken += crews[t].taken;
    ops->iterate(map, false, 0, test_sum, &taken);
    assert_int_equal(inserted, taken);
    ops->destroy(map);
  }
}

static enum map_visit_result test_delete(void *context, uint64_t key, uint64_t value) {
  (void)context, (void)key, (void)value;
  return MAP_VISIT_DELETE;
}

/* Everything at once, on the same keys: only the sanitizer, the assertions and the check say what is wrong. */
static void *test_stirrer(void *argument) {
  struct crew *crew = argument;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    uint64_t key = test_random(crew) % SHARED, value = 0;
    switch (test_random(crew) % 8) {
    case 0:
      crew->wrong += ops->get(crew->map, key, &value) == MAP_DONE && value % SHARED != key;
      break;
    case 1:
      ops->insert(crew->map, key, key + SHARED * round);
      break;
    case 2:
      ops->cas(crew->map, key, key, key + SHARED);
      break;
    case 3:
      crew->wrong += ops->take(crew->map, key, &value) == MAP_DONE && value % SHARED != key;
      break;
    case 4:
      crew->wrong += ops->len(crew->map) > SHARED;
      break;
    case 5:
      if (round % 8 == 0)
        ops->clear(crew->map);
      else if (round % 8 == 1)
        ops->iterate(crew->map, true, round, test_delete, NULL);
      break;
    default:
      crew->wrong += ops->put(crew->map, key, key) != MAP_DONE;
    }
  }
  return NULL;
}

static void test_everything_beside_everything_leaves_the_map_sound_and_nothing_waiting(void **state) {
  (void)state;
  for (unsigned n = 0; n < MAPS; n++) {
    struct map_config config = {.hash_seed = n};
    struct map *map = ops->create(&config);
    struct crew crews[THREADS];
    assert_non_null(map);
    for (unsigned t = 0; t < THREADS; t++)
      crews[t] = (struct crew){.map = map, .number = t, .random = 77 + n * THREADS + t};
    test_run(map, crews, test_stirrer);
    assert_int_equal(atomic_load(&syncmap_of(map)->retired), 0);
    ops->clear(map);
    assert_int_equal(ops->len(map), 0);
    ops->destroy(map);
  }
}

static void *test_put_many(void *map) {
  for (uint64_t n = 0; n < 4 * SYNCMAP_BACKLOG; n++)
    ops->put(map, 1, n);
  return NULL;
}

/* The main thread is in the midst of a call, so nothing is freed; readers need not mind. */
static void test_a_writer_waits_while_too_much_waits_to_be_freed(void **state) {
  (void)state;
  struct map_config config = {.hash_seed = 1};
  struct map *map = ops->create(&config);
  pthread_t id;
  uint64_t value = 0;
  assert_non_null(map);
  assert_int_equal(ops->put(map, 1, 0), MAP_DONE);
  unsigned phase = syncmap_enter(syncmap_of(map));
  assert_int_equal(pthread_create(&id, NULL, test_put_many, map), 0);
  while (atomic_load(&syncmap_of(map)->retired) <= SYNCMAP_BACKLOG)
    sched_yield();
  for (unsigned n = 0; n < 1000; n++) {
    assert_int_equal(ops->get(map, 1, &value), MAP_DONE);
    sched_yield();
  }
  assert_int_equal(value, SYNCMAP_BACKLOG);
  assert_int_equal(atomic_load(&syncmap_of(map)->retired), SYNCMAP_BACKLOG + 1);
  syncmap_leave(syncmap_of(map), phase);
  assert_int_equal(pthread_join(id, NULL), 0);
  assert_int_equal(ops->get(map, 1, &value), MAP_DONE);
  assert_int_equal(value, 4 * SYNCMAP_BACKLOG - 1);
  assert_int_equal(atomic_load(&syncmap_of(map)->retired), 0);
  ops->destroy(map);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_counted_and_inserted_is_counted_and_taken_once),
      cmocka_unit_test(test_everything_beside_everything_leaves_the_map_sound_and_nothing_waiting),
      cmocka_unit_test(test_a_writer_waits_while_too_much_waits_to_be_freed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
