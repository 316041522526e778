/* test_map_sequential.c - every map, used by one thread, does what a plain array of values would do.
 *
 * 1,000,000 random operations a map: every operation of map.h that it has, over several key spaces, capacities and hash
 * seeds, with and without shrinking, in phases that fill, churn and drain the map.  Each answer is compared with the
 * model's, and the map's own check finds nothing in between.  Where the map is gomap inside, the run must have reached
 * both kinds of growth and shrinking. */
#include "map/gomap.h"
#include "map/test/model.h"

#include <stdlib.h>

#define OPERATIONS 1000000u

extern const struct map_ops tsearchmap_ops; /* map/adapters/, not registered */

struct round {
  uint32_t keys;
  uint32_t capacity;
  uint32_t operations;
  bool shrink;
  uint32_t window; /* not 0: this many keys live, each as long as the others: overflow buckets come and thin out */
};

struct fixture {
  struct model model;
  const struct round *round;
  uint32_t oldest, newest; /* of the window */
  bool doubling, same_size, shrinking;
};

static struct fixture fixture; /* large */

static void test_look(struct fixture *f) {
  struct map_snapshot look = model_check(&f->model);
  if (look.old_buckets_left == 0)
    return;
  f->same_size |= (look.flags & GOMAP_SAME_SIZE) != 0;
  f->shrinking |= (look.flags & GOMAP_SHRINKING) != 0;
  f->doubling |= (look.flags & (GOMAP_SAME_SIZE | GOMAP_SHRINKING)) == 0;
}

static void test_read(struct model *m, uint32_t index) {
  model_get(m, index);
  model_contains(m, index);
  if (model_random(m) % (1 + m->keys / 64) == 0) /* some maps count by going through all their entries */
    model_len(m);
}

static void test_add(struct model *m, uint32_t index) {
  uint64_t choice = model_random(m) % 5;
  if (choice < 2)
    model_put(m, index);
  else if (choice < 4 || m->ops->get_or_insert == NULL)
    model_insert(m, index);
  else
    model_get_or_insert(m, index);
}

static void test_remove(struct model *m, uint32_t index) {
  if (m->ops->take != NULL && model_random(m) % 4 == 0)
    model_take(m, index);
  else
    model_del(m, index);
}

/* Adds the next key or deletes the oldest. */
static void test_slide(struct fixture *f) {
  if (f->newest - f->oldest < f->round->window)
    test_add(&f->model, f->newest++ % f->model.keys);
  else
    test_remove(&f->model, f->oldest++ % f->model.keys);
}

static void test_change(struct model *m, uint32_t index) {
  uint32_t other = (uint32_t)(model_random(m) % m->keys);
  switch (model_random(m) % 4) {
  case 0:
    model_move(m, index, other);
    break;
  case 1:
    model_swap(m, index, other);
    break;
  default:
    model_cas(m, index, model_random(m) % 2);
  }
}

static void test_all_keys(struct model *m) {
  unsigned percent = model_random(m) % 2 ? 1 + (unsigned)(model_random(m) % 100) : 0;
  uint64_t stop_after = model_random(m) % 4 == 0 ? 1 + model_random(m) % 8 : 0;
  if (model_random(m) % 9 == 0)
    model_clear(m);
  else
    model_iterate(m, percent, stop_after);
}

/* One operation; `add_percent` says whether the map fills or drains.  Those that touch every entry are rare where there
 * are many. */
static void test_operation(struct fixture *f, unsigned add_percent) {
  struct model *m = &f->model;
  uint32_t index = (uint32_t)(model_random(m) % m->keys);
  if (model_random(m) % (64 + m->keys) == 0)
    test_all_keys(m);
  else if (model_random(m) % 100 < 20)
    test_read(m, index);
  else if (model_random(m) % 100 < 15)
    test_change(m, index);
  else if (f->round->window != 0)
    test_slide(f);
  else if (model_random(m) % 100 < add_percent)
    test_add(m, index);
  else
    test_remove(m, index);
}

static void test_round(struct fixture *f, const struct round *round) {
  struct model *m = &f->model;
  struct map_config config = {.capacity_hint = round->capacity, .hash_seed = model_random(m), .shrink = round->shrink};
  static const unsigned phases[] = {90, 50, 55, 10, 70, 45};
  uint32_t phase_count = sizeof phases / sizeof phases[0];
  uint32_t rest = 1 + (round->window != 0 ? round->window : round->keys) / 8; /* operations from look to look */
  f->round = round;
  f->oldest = f->newest = 0;
  model_begin(m, round->keys);
  m->map = m->ops->create(&config);
  assert_non_null(m->map);
  for (uint32_t n = 0; n < round->operations; n++) {
    test_operation(f, phases[n * phase_count / round->operations]);
    if (n % rest == 0)
      test_look(f);
  }
  model_agree(m);
  m->ops->destroy(m->map);
}

static void test_million(const struct map_ops *ops) {
  static const struct round rounds[] = {
      {.keys = 1, .operations = 10000},
      {.keys = 4, .operations = 20000, .shrink = true},
      {.keys = 16, .capacity = 9, .operations = 40000, .shrink = true},
      {.keys = 48, .operations = 80000},
      {.keys = 64, .capacity = 1, .operations = 80000, .shrink = true},
      {.keys = 300, .capacity = 8, .operations = 100000},
      {.keys = 512, .capacity = 100, .operations = 120000, .shrink = true},
      {.keys = 1000, .operations = 100000},
      {.keys = 1024, .operations = 100000, .shrink = true},
      {.keys = 2048, .operations = 50000, .window = 24},
      {.keys = 4096, .operations = 50000, .window = 100, .shrink = true},
      {.keys = 4096, .capacity = 5000, .operations = 50000},
      {.keys = 65536, .operations = 100000, .shrink = true},
      {.keys = 65536, .capacity = 65536, .operations = 100000},
  };
  memset(&fixture, 0, sizeof fixture);
  struct model *m = &fixture.model;
  m->ops = ops;
  m->random = UINT64_C(0x243f6a8885a308d3);
  uint32_t operations = 0;
  for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
    test_round(&fixture, &rounds[i]);
    operations += rounds[i].operations;
  }
  assert_int_equal(operations, OPERATIONS);
  assert_true(m->iterations > 1000 && m->deletions_iterating > 1000 && m->clears > 100);
  for (int status = MAP_DONE; status < MAP_NO_MEMORY; status++)
    assert_true(m->statuses[status] > 1000);
  assert_int_equal(m->statuses[MAP_NO_MEMORY], 0);
}

static void test_every_map_agrees_with_the_model(void **state) {
  (void)state;
  for (size_t i = 0; map_at(i) != NULL; i++)
    test_million(map_at(i));
  test_million(&tsearchmap_ops);
}

static void test_the_model_takes_gomap_through_both_growths_and_shrinking(void **state) {
  (void)state;
  static const char *const names[] = {"gomap", "rwmap"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    test_million(map_find(names[i]));
    assert_true(fixture.doubling && fixture.same_size && fixture.shrinking);
  }
}

/* Short lives of many maps: each with its own seed, key space and capacity. */
static void test_every_map_agrees_with_the_model_under_many_hash_seeds(void **state) {
  (void)state;
  memset(&fixture, 0, sizeof fixture);
  struct model *m = &fixture.model;
  m->random = UINT64_C(0x452821e638d01377);
  for (size_t i = 0; map_at(i) != NULL; i++) {
    m->ops = map_at(i);
    for (unsigned n = 0; n < 500; n++) {
      struct round round = {.keys = 1 + (uint32_t)(model_random(m) % 200),
                            .capacity = (uint32_t)(model_random(m) % 150),
                            .operations = 500,
                            .shrink = n % 2,
                            .window = n % 4 == 3 ? 1 + (uint32_t)(model_random(m) % 60) : 0};
      test_round(&fixture, &round);
    }
  }
}

/* Equal calls give equal maps: what the order of an iteration and the snapshot show of them. */
struct trail {
  uint64_t digest;
};

static enum map_visit_result test_follow(void *context, uint64_t key, uint64_t value) {
  struct trail *trail = context;
  trail->digest = (trail->digest ^ key ^ value) * UINT64_C(0x100000001b3);
  return MAP_VISIT_NEXT;
}

static uint64_t test_trail(const struct map_ops *ops) {
  struct map_config config = {.hash_seed = 99, .shrink = true};
  struct map *map = ops->create(&config);
  struct trail trail = {0};
  struct map_snapshot look;
  assert_non_null(map);
  for (uint64_t key = 0; key < 400; key++) {
    assert_int_equal(ops->put(map, key, key), MAP_DONE);
    if (key % 3 == 0)
      assert_int_equal(ops->del(map, key / 3), MAP_DONE);
    if (key % 64 == 0)
      ops->iterate(map, false, key, test_follow, &trail);
  }
  ops->snapshot(map, &look);
  ops->destroy(map);
  return trail.digest ^ look.capacity ^ look.tombstones << 16 ^ look.longest_probe << 32;
}

static void test_equal_calls_give_equal_maps(void **state) {
  (void)state;
  for (size_t i = 0; map_at(i) != NULL; i++) {
    uint64_t trail = test_trail(map_at(i));
    void *displace = malloc(4096); /* addresses are others now */
    assert_int_equal(test_trail(map_at(i)), trail);
    free(displace);
  }
}

/* What map_ops promises by letter, it must be able to do. */
static void test_what_a_map_promises_it_has_the_operations_for(void **state) {
  (void)state;
  for (size_t i = 0; map_at(i) != NULL; i++) {
    const struct map_ops *ops = map_at(i);
    assert_true(ops->create && ops->destroy && ops->get && ops->put && ops->insert && ops->cas && ops->del);
    assert_true(ops->contains && ops->len && ops->clear && ops->iterate && ops->snapshot && ops->check);
    assert_true(ops->concurrency == MAP_READERS_OR_WRITER || ops->guarantees & MAP_RACE_FREE);
    assert_true(!(ops->guarantees & MAP_PAIRS_ATOMIC) || ops->move || ops->swap);
    assert_true(ops->guarantees < MAP_MEMORY_SAFE << 1);
  }
}

static void test_registry_finds_each_map_by_name_and_nothing_else(void **state) {
  (void)state;
  size_t count = 0;
  for (; map_at(count) != NULL; count++)
    assert_ptr_equal(map_find(map_at(count)->name), map_at(count));
  assert_true(count >= 2);
  assert_null(map_at(count));
  assert_null(map_find("tsearchmap"));
  assert_null(map_find(""));
  assert_ptr_equal(map_find("gomap"), &gomap_ops);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_registry_finds_each_map_by_name_and_nothing_else),
      cmocka_unit_test(test_what_a_map_promises_it_has_the_operations_for),
      cmocka_unit_test(test_equal_calls_give_equal_maps),
      cmocka_unit_test(test_every_map_agrees_with_the_model_under_many_hash_seeds),
      cmocka_unit_test(test_every_map_agrees_with_the_model),
      cmocka_unit_test(test_the_model_takes_gomap_through_both_growths_and_shrinking),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
