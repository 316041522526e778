/* test_gomap_check.c - gomap's check is not blind: whatever part of the structure is broken by hand, it names that one.
 *
 * Each case makes a sound map, breaks one thing as a bug would, and must get the invariant that was broken.  Where the
 * damage is a matter of the structure alone, the map is mended before it is destroyed. */
#include "map/gomap_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEYS 420u

static struct map *test_map(uint64_t capacity, bool shrink) {
  struct map_config config = {.capacity_hint = capacity, .hash_seed = 11, .shrink = shrink};
  struct map *map = gomap_create(&config);
  assert_non_null(map);
  return map;
}

static void test_fill(struct map *map, uint64_t from, uint64_t to) {
  for (uint64_t key = from; key < to; key++)
    assert_int_equal(gomap_ops.put(map, key, key), MAP_DONE);
}

/* 64 buckets at rest. */
static struct map *test_steady(void) {
  struct map *map = test_map(416, false);
  test_fill(map, 0, 400);
  assert_false(gomap_is_growing(gomap_of(map)));
  return map;
}

/* 64 buckets of which some are evacuated into 128. */
static struct map *test_doubling(void) {
  struct map *map = test_map(416, false);
  test_fill(map, 0, KEYS);
  assert_true(gomap_is_growing(gomap_of(map)));
  return map;
}

static struct map *test_shrinking(void) {
  struct map *map = test_map(0, true);
  test_fill(map, 0, 400);
  for (uint64_t key = 0; !(gomap_of(map)->flags & GOMAP_SHRINKING); key++)
    assert_int_equal(gomap_delete(map, key), MAP_DONE);
  for (uint64_t key = 399; key > 390; key--)
    assert_int_equal(gomap_delete(map, key), MAP_DONE);
  return map;
}

/* An entry of the array in use that has one after it in its bucket, or with `overflow` one of an overflow bucket. */
static struct gomap_slot test_entry(struct map *map, bool overflow) {
  struct gomap *inside = gomap_of(map);
  for (uint64_t n = 0; n < gomap_bucket_count(inside->log2_buckets); n++) {
    struct gomap_bucket *b = &inside->table->buckets[n];
    b = overflow ? b->overflow : b;
    if (b != NULL && b->tophash[0] >= GOMAP_MIN_TOPHASH && b->tophash[1] >= GOMAP_MIN_TOPHASH)
      return (struct gomap_slot){b, 0};
  }
  fail_msg("no such entry");
  return (struct gomap_slot){NULL, 0};
}

/* An old bucket that is evacuated, or not, with an entry in its first slot. */
static struct gomap_bucket *test_old(struct map *map, bool evacuated) {
  struct gomap *inside = gomap_of(map);
  for (uint64_t n = 0; n < gomap_evacuation_units(inside); n++) {
    struct gomap_bucket *b = &inside->old_table->buckets[n];
    bool entry = b->tophash[0] > GOMAP_EMPTY_ONE && b->tophash[0] != GOMAP_EVACUATED_EMPTY;
    if (entry && gomap_is_evacuated(b) == evacuated)
      return b;
  }
  fail_msg("no such bucket");
  return NULL;
}

/* ---- the damages ---- */

static void break_count(struct map *map) { gomap_of(map)->count++; }

static void break_lose_entry(struct map *map) {
  struct gomap_slot at = test_entry(map, false);
  at.bucket->tophash[at.index] = GOMAP_EMPTY_ONE;
}

static void break_tophash(struct map *map) {
  struct gomap_slot at = test_entry(map, false);
  at.bucket->tophash[at.index] ^= 0x80;
}

static void break_key(struct map *map) {
  struct gomap_slot at = test_entry(map, true);
  at.bucket->keys[at.index] += 1000000;
}

/* The end of the probe moved before an entry. */
static void break_empty_rest(struct map *map) {
  struct gomap_slot at = test_entry(map, false);
  at.bucket->tophash[at.index] = GOMAP_EMPTY_REST;
  gomap_of(map)->count--;
}

/* As if a delete had not looked at the overflow bucket. */
static void break_rest_before_overflow(struct map *map) {
  struct gomap_slot at = test_entry(map, true);
  for (unsigned i = 0; i < GOMAP_SLOTS; i++)
    gomap_of(map)->count -= at.bucket->tophash[i] >= GOMAP_MIN_TOPHASH;
  memset(at.bucket->tophash, GOMAP_EMPTY_REST, GOMAP_SLOTS);
  at.bucket->tophash[7] = GOMAP_EMPTY_ONE;
}

static void break_twice(struct map *map) {
  struct gomap_slot at = test_entry(map, false);
  at.bucket->keys[1] = at.bucket->keys[0];
  at.bucket->tophash[1] = at.bucket->tophash[0];
}

static void break_mark_in_use(struct map *map) {
  struct gomap_slot at = test_entry(map, false);
  at.bucket->tophash[at.index] = GOMAP_EVACUATED_X;
  gomap_of(map)->count--;
}

/* Evacuated again by a growth that had lost its mark: the entries are in both arrays. */
static void break_forget_evacuation(struct map *map) {
  struct gomap_bucket *old = test_old(map, true);
  for (unsigned i = 0; i < GOMAP_SLOTS; i++)
    if (old->tophash[i] != GOMAP_EVACUATED_EMPTY)
      old->tophash[i] = gomap_tophash(gomap_hash(gomap_of(map), old->keys[i]));
}

/* Marked, but nothing was copied. */
static void break_evacuate_without_copy(struct map *map) {
  struct gomap *inside = gomap_of(map);
  for (uint64_t n = inside->evacuation_mark; n < gomap_evacuation_units(inside); n++) {
    struct gomap_bucket *old = &inside->old_table->buckets[n];
    if (n == inside->evacuation_mark || gomap_is_evacuated(old))
      continue;
    for (struct gomap_bucket *b = old; b != NULL; b = b->overflow)
      memset(b->tophash, GOMAP_EVACUATED_X, GOMAP_SLOTS);
    return;
  }
  fail_msg("all evacuated");
}

static void break_half_evacuated(struct map *map) { test_old(map, false)->tophash[0] = GOMAP_EVACUATED_X; }
static void break_mark_ahead(struct map *map) { gomap_of(map)->evacuation_mark += 8; }
static void break_mark_behind(struct map *map) { gomap_of(map)->evacuation_mark--; }
static void break_mark_at_end(struct map *map) {
  gomap_of(map)->evacuation_mark = gomap_evacuation_units(gomap_of(map));
}

/* Of the two buckets that a unit of shrinking merges, one. */
static void break_half_a_unit(struct map *map) {
  struct gomap *inside = gomap_of(map);
  uint64_t units = gomap_evacuation_units(inside);
  for (struct gomap_bucket *b = &inside->old_table->buckets[inside->evacuation_mark + units]; b != NULL;
       b = b->overflow)
    memset(b->tophash, GOMAP_EVACUATED_EMPTY, GOMAP_SLOTS);
}

static void break_y_where_none_is(struct map *map) {
  struct gomap_bucket *old = test_old(map, true);
  old->tophash[0] = GOMAP_EVACUATED_Y;
}

/* Half of the array lost. */
static void break_grow_flags(struct map *map) { gomap_of(map)->flags |= GOMAP_SAME_SIZE; }
static void break_flags_at_rest(struct map *map) { gomap_of(map)->flags |= GOMAP_SHRINKING; }
static void break_writing(struct map *map) { gomap_of(map)->flags |= GOMAP_WRITING; }
static void break_iterations(struct map *map) { atomic_fetch_add(&gomap_of(map)->iterations, 1); }
static void break_b(struct map *map) { gomap_of(map)->log2_buckets++; }
static void break_b_below_the_hint(struct map *map) { gomap_of(map)->least_log2_buckets = 9; }
static void break_overflow_count(struct map *map) { gomap_of(map)->overflow_count++; }

static void break_leave_retired(struct map *map) {
  struct gomap *inside = gomap_of(map);
  inside->retired = gomap_table_create(1);
  assert_non_null(inside->retired);
}

/* An overflow bucket that was taken and is in no chain. */
static void break_lose_overflow_bucket(struct map *map) {
  struct gomap *inside = gomap_of(map);
  struct gomap_bucket elsewhere;
  assert_true(gomap_reserve_overflow(inside, 1));
  gomap_new_overflow(inside, &elsewhere);
}

static void break_circular_chain(struct map *map) {
  struct gomap_slot at = test_entry(map, true);
  at.bucket->overflow = at.bucket;
}

static void break_shared_chain(struct map *map) {
  struct gomap_bucket *buckets = gomap_of(map)->table->buckets;
  struct gomap_slot at = test_entry(map, true);
  uint64_t n = 0;
  while (buckets[n].overflow != NULL)
    n++;
  buckets[n].overflow = at.bucket;
}

static void break_circular_list(struct map *map) {
  struct gomap_overflow *last = gomap_of(map)->table->overflow;
  assert_non_null(last);
  while (last->next != NULL)
    last = last->next;
  last->next = gomap_of(map)->table->overflow;
}

/* It is freed from one end to the other. */
static void mend_circular_list(struct map *map) {
  struct gomap_overflow *last = gomap_of(map)->table->overflow;
  while (last->next != gomap_of(map)->table->overflow)
    last = last->next;
  last->next = NULL;
}

struct damage {
  const char *name;
  struct map *(*make)(void);
  void (*inflict)(struct map *map);
  enum map_invariant broken;
  void (*mend)(struct map *map); /* or NULL: destroying it as it is does no harm */
};

static const struct damage damages[] = {
    {"count", test_steady, break_count, MAP_BROKEN_COUNT, NULL},
    {"lost entry", test_steady, break_lose_entry, MAP_BROKEN_COUNT, NULL},
    {"tophash", test_steady, break_tophash, MAP_BROKEN_REACH, NULL},
    {"key", test_steady, break_key, MAP_BROKEN_REACH, NULL},
    {"empty rest", test_steady, break_empty_rest, MAP_BROKEN_REACH, NULL},
    {"rest before overflow", test_steady, break_rest_before_overflow, MAP_BROKEN_SHAPE, NULL},
    {"twice", test_steady, break_twice, MAP_BROKEN_TWICE, NULL},
    {"mark in use", test_steady, break_mark_in_use, MAP_BROKEN_MOVED, NULL},
    {"forgotten evacuation", test_doubling, break_forget_evacuation, MAP_BROKEN_MOVED, NULL},
    {"evacuation without copy", test_doubling, break_evacuate_without_copy, MAP_BROKEN_COUNT, NULL},
    {"half evacuated", test_doubling, break_half_evacuated, MAP_BROKEN_MOVED, NULL},
    {"mark ahead", test_doubling, break_mark_ahead, MAP_BROKEN_MOVED, NULL},
    {"mark behind", test_doubling, break_mark_behind, MAP_BROKEN_MOVED, NULL},
    {"mark at the end", test_doubling, break_mark_at_end, MAP_BROKEN_MOVED, NULL},
    {"half a unit", test_shrinking, break_half_a_unit, MAP_BROKEN_MOVED, NULL},
    {"upper half", test_shrinking, break_y_where_none_is, MAP_BROKEN_MOVED, NULL},
    {"growth's flags", test_doubling, break_grow_flags, MAP_BROKEN_SHAPE, NULL},
    {"flags at rest", test_steady, break_flags_at_rest, MAP_BROKEN_SHAPE, NULL},
    {"writing", test_steady, break_writing, MAP_BROKEN_BUSY, NULL},
    {"iterations", test_steady, break_iterations, MAP_BROKEN_BUSY, NULL},
    {"B", test_steady, break_b, MAP_BROKEN_SHAPE, NULL},
    {"B below the hint", test_steady, break_b_below_the_hint, MAP_BROKEN_SIZE, NULL},
    {"overflow count", test_steady, break_overflow_count, MAP_BROKEN_SHAPE, NULL},
    {"retired", test_steady, break_leave_retired, MAP_BROKEN_RETIRED, NULL},
    {"lost overflow bucket", test_steady, break_lose_overflow_bucket, MAP_BROKEN_SHAPE, NULL},
    {"circular chain", test_steady, break_circular_chain, MAP_BROKEN_SHAPE, NULL},
    {"shared chain", test_steady, break_shared_chain, MAP_BROKEN_SHAPE, NULL},
    {"circular list", test_steady, break_circular_list, MAP_BROKEN_SHAPE, mend_circular_list},
};

static void test_each_damage_is_named(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
    const struct damage *damage = &damages[i];
    struct map *map = damage->make();
    struct map_fault fault = {.broken = MAP_BROKEN_SHAPE};
    struct map_snapshot look;
    assert_int_equal(gomap_check(map, &fault), MAP_SOUND);
    assert_int_equal(fault.broken, MAP_SOUND);
    damage->inflict(map);
    gomap_snapshot(map, &look); /* does not lose its way either */
    enum map_invariant broken = gomap_check(map, &fault);
    if (broken != damage->broken || fault.broken != broken || fault.text[0] == 0)
      fail_msg("%s: found %d, not %d: %s", damage->name, broken, damage->broken, fault.text);
    if (damage->mend != NULL)
      damage->mend(map);
    gomap_destroy(map);
  }
}

/* 14 entries fit in two buckets only while they are about to become four. */
static void test_an_array_that_should_have_grown_is_noticed(void **state) {
  (void)state;
  struct map *map = test_map(0, false);
  struct gomap *inside = gomap_of(map);
  struct map_fault fault;
  test_fill(map, 0, 8);
  struct gomap_bucket *last = &inside->table->buckets[0];
  for (uint64_t key = 8; key < 14; key++) { /* what an insert does that never grows */
    if (key == 8) {
      assert_true(gomap_reserve_overflow(inside, 1));
      last = gomap_new_overflow(inside, last);
    }
    last->keys[key - 8] = key;
    last->tophash[key - 8] = gomap_tophash(gomap_hash(inside, key));
    inside->count++;
    assert_int_equal(gomap_check(map, &fault), key < 13 ? MAP_SOUND : MAP_BROKEN_SIZE);
  }
  gomap_destroy(map);
}

/* The fault's text holds no addresses: the same damage reads the same each time. */
static void test_equal_damage_has_equal_words(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
    struct map_fault faults[2];
    for (unsigned n = 0; n < 2; n++) {
      struct map *map = damages[i].make();
      memset(&faults[n], 0, sizeof faults[n]);
      damages[i].inflict(map);
      gomap_check(map, &faults[n]);
      if (damages[i].mend != NULL)
        damages[i].mend(map);
      gomap_destroy(map);
    }
    assert_string_equal(faults[0].text, faults[1].text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_damage_is_named),
      cmocka_unit_test(test_an_array_that_should_have_grown_is_noticed),
      cmocka_unit_test(test_equal_damage_has_equal_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
