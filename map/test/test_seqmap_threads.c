/* test_seqmap_threads.c - seqmap on real threads: readers beside one writer that does all it can to a few keys.  No
 * value is ever seen under a key that it does not belong to, no iteration misses a key or shows one twice.  Built with
 * ThreadSanitizer, any report of which fails the test by the exit status that it then gives. */
#include "map/seqmap_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>

#define READERS 3u
#define MAPS 12u
#define ROUNDS 10000u
#define STEADY 4u    /* present throughout, renewed */
#define FIELD 40u    /* the keys that come and go */
#define TRAVELLER 7u /* the value that is moved from key to key, 100 to 107 */

extern const struct map_ops seqmap_ops;

static const struct map_ops *const ops = &seqmap_ops;

struct crew {
  struct map *map;
  atomic_bool over;
};

static bool test_belongs(uint64_t key, uint64_t value) { return key >= 100 ? value == TRAVELLER : value % 64 == key; }

struct tour {
  unsigned steady, wrong;
  bool shown[128];
};

static enum map_visit_result test_visit(void *context, uint64_t key, uint64_t value) {
  struct tour *tour = context;
  tour->wrong += key >= 128 || tour->shown[key % 128] || !test_belongs(key, value);
  tour->shown[key % 128] = true;
  tour->steady += key < STEADY;
  return MAP_VISIT_NEXT;
}

/* Returns how many answers were wrong: cmocka's assertions belong to the main thread. */
static void *test_reader(void *argument) {
  struct crew *crew = argument;
  uintptr_t wrong = 0;
  for (uint64_t round = 0; !atomic_load(&crew->over); round++) {
    uint64_t key = round % (STEADY + FIELD), value = 0;
    enum map_status status = ops->get(crew->map, key, &value);
    wrong += status == MAP_DONE ? !test_belongs(key, value) : status != MAP_ABSENT || key < STEADY;
    uint64_t len = ops->len(crew->map);
    wrong += len < STEADY + 1 || len > STEADY + FIELD + 1;
    if (round % 16 == 0) {
      struct tour tour = {0, 0, {false}};
      ops->iterate(crew->map, false, round, test_visit, &tour);
      wrong += tour.wrong + (tour.steady != STEADY);
    }
  }
  return (void *)wrong;
}

static uintptr_t test_write_once(struct crew *crew, uint64_t round, uint64_t random) {
  uint64_t key = STEADY + (random >> 33) % FIELD, value = random >> 20 << 6, actual = 0;
  switch (random >> 60) {
  case 0:
    return ops->put(crew->map, round % STEADY, value | round % STEADY) != MAP_DONE;
  case 1:
    return ops->insert(crew->map, key, value | key) > MAP_PRESENT;
  case 2: {
    enum map_status status = ops->move(crew->map, 100 + round % 8, 100 + (random >> 40) % 8, &actual);
    return status == MAP_DONE ? actual != TRAVELLER : status != MAP_ABSENT && status != MAP_PRESENT;
  }
  case 3:
  case 4:
  case 5:
  case 6:
    return ops->take(crew->map, key, &actual) == MAP_DONE && !test_belongs(key, actual);
  case 7:
    return ops->get_or_insert(crew->map, key, value | key, &actual) > MAP_PRESENT || !test_belongs(key, actual);
  default:
    return ops->put(crew->map, key, value | key) != MAP_DONE;
  }
}

static enum map_visit_result test_delete_field(void *context, uint64_t key, uint64_t value) {
  (void)context, (void)value;
  return key >= STEADY && key < 100 ? MAP_VISIT_DELETE : MAP_VISIT_NEXT;
}

static uintptr_t test_writer(struct crew *crew, uint64_t random) {
  uintptr_t wrong = 0;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
    wrong += test_write_once(crew, round, random);
    if (round % 256 == 0)
      ops->iterate(crew->map, true, round, test_delete_field, NULL);
  }
  atomic_store(&crew->over, true);
  return wrong;
}

static void test_readers_beside_a_writer_see_nothing_torn(void **state) {
  (void)state;
  for (unsigned n = 0; n < MAPS; n++) {
    struct map_config config = {.hash_seed = n, .capacity_hint = n % 3 * 20, .shrink = n % 2};
    struct crew crew = {.map = ops->create(&config)};
    pthread_t ids[READERS];
    assert_non_null(crew.map);
    for (uint64_t key = 0; key < STEADY; key++)
      assert_int_equal(ops->put(crew.map, key, key), MAP_DONE);
    assert_int_equal(ops->put(crew.map, 100, TRAVELLER), MAP_DONE);
    for (unsigned i = 0; i < READERS; i++)
      assert_int_equal(pthread_create(&ids[i], NULL, test_reader, &crew), 0);
    assert_int_equal(test_writer(&crew, n), 0);
    for (unsigned i = 0; i < READERS; i++) {
      void *wrong;
      assert_int_equal(pthread_join(ids[i], &wrong), 0);
      assert_null(wrong);
    }
    struct map_fault fault;
    assert_int_equal(ops->check(crew.map, &fault), MAP_SOUND);
    ops->destroy(crew.map);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_readers_beside_a_writer_see_nothing_torn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
