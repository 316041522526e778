/* test_splitlist_structure.c - the list's order, its shortcuts and their growth; and the check is not blind: whatever
 * is broken by hand, it names that.
 *
 * The list is the same in both maps; here it is compiled with hazard pointers. */
#define RECLAIM_SCHEME hazard
#include "map/splitlist_look.h"
#include "map/test/allocation_hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define KEYS 300u

static struct map *test_map(uint64_t capacity_hint, uint64_t keys) {
  struct map_config config = {.capacity_hint = capacity_hint, .hash_seed = 5};
  memset(&allocation_hook, 0, sizeof allocation_hook);
  struct map *map = splitlist_create(&config);
  assert_non_null(map);
  for (uint64_t key = 0; key < keys; key++)
    assert_int_equal(splitlist_put(map, key, key), MAP_DONE);
  return map;
}

static void test_sound(struct map *map) {
  struct map_fault fault;
  if (splitlist_check(map, &fault) != MAP_SOUND)
    fail_msg("%s", fault.text);
}

static void test_unsound(struct map *map, enum map_invariant broken) {
  struct map_fault fault;
  if (splitlist_check(map, &fault) != broken)
    fail_msg("%d in place of %d: %s", fault.broken, broken, fault.text);
  assert_int_equal(fault.broken, broken);
  struct map_snapshot look;
  splitlist_snapshot(map, &look); /* ends, whatever the list is like */
}

/* ---- order ---- */

/* The key of that hash: splitlist_hash step by step backwards. */
static uint64_t test_key_of_hash(const struct splitlist *map, uint64_t x) {
  x = (x ^ (x >> 33)) * UINT64_C(0x9cb4b2f8129337db); /* the multipliers' inverses modulo 2^64 */
  x = (x ^ (x >> 33)) * UINT64_C(0x4f74430c22a54005);
  uint64_t key = x ^ (x >> 33) ^ map->hash_seed;
  return key;
}

static void test_reversal(void **state) {
  (void)state;
  for (unsigned bit = 0; bit < 64; bit++)
    assert_int_equal(splitlist_reverse(UINT64_C(1) << bit), UINT64_C(1) << (63 - bit));
  assert_int_equal(splitlist_reverse(UINT64_C(0x0123456789abcdef)), UINT64_C(0xf7b3d591e6a2c480));
}

static enum map_visit_result test_collect(void *context, uint64_t key, uint64_t value) {
  uint64_t **next = context;
  assert_int_equal(value, key + 1);
  *(*next)++ = key;
  return MAP_VISIT_NEXT;
}

/* Only the top bit of their hashes differs, which the order has no room for. */
static void test_two_keys_of_one_order_are_two_entries(void **state) {
  (void)state;
  struct map *map = test_map(0, 0);
  const uint64_t hashes[] = {0, UINT64_MAX, UINT64_C(0x5555), UINT64_C(0x7fffffffffffffff), UINT64_C(1) << 63};
  uint64_t keys[10], shown[10], *next = shown;
  for (unsigned i = 0; i < 10; i++) {
    keys[i] = test_key_of_hash(splitlist_of(map), hashes[i / 2] ^ (uint64_t)(i % 2) << 63);
    assert_int_equal(splitlist_hash(splitlist_of(map), keys[i]), hashes[i / 2] ^ (uint64_t)(i % 2) << 63);
  }
  for (unsigned i = 0; i < 6; i++) /* the others repeat them */
    assert_int_equal(splitlist_insert(map, keys[i], keys[i] + 1), MAP_DONE);
  for (unsigned i = 6; i < 10; i++) {
    uint64_t actual;
    assert_int_equal(splitlist_get_or_insert(map, keys[i], 0, &actual), MAP_PRESENT);
    assert_int_equal(actual, keys[i] + 1);
  }
  test_sound(map);
  splitlist_iterate(map, false, 0, test_collect, &next);
  assert_int_equal(next - shown, 6);
  assert_int_equal(splitlist_delete(map, keys[2]), MAP_DONE);
  assert_int_equal(splitlist_delete(map, keys[2]), MAP_ABSENT);
  assert_int_equal(splitlist_contains(map, keys[3]), MAP_DONE);
  test_sound(map);
  splitlist_destroy(map);
}

/* ---- buckets ---- */

static uint64_t test_log2_buckets(struct map *map) {
  struct map_snapshot look;
  splitlist_snapshot(map, &look);
  assert_int_equal(look.capacity, (uint64_t)SPLITLIST_LOAD << look.log2_buckets);
  return look.log2_buckets;
}

static void test_buckets_double_when_there_are_twice_as_many_entries(void **state) {
  (void)state;
  struct map *map = test_map(0, 0);
  for (uint64_t key = 0, log2_buckets = 0; key < KEYS; key++) {
    assert_int_equal(splitlist_put(map, key, key), MAP_DONE);
    log2_buckets += key + 1 > (uint64_t)SPLITLIST_LOAD << log2_buckets;
    assert_int_equal(test_log2_buckets(map), log2_buckets);
    test_sound(map);
  }
  splitlist_clear(map);
  test_sound(map);
  splitlist_destroy(map);
}

static void test_a_hint_makes_room_within_reason(void **state) {
  (void)state;
  static const struct {
    uint64_t hint, log2_buckets;
  } cases[] = {{0, 0}, {1, 0}, {2, 0}, {3, 1}, {100, 6}, {128, 6}, {129, 7}, {UINT64_MAX, SPLITLIST_LOG2_FIRST_MAX}};
  for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct map *map = test_map(cases[i].hint, KEYS);
    uint64_t least = cases[i].log2_buckets;
    uint64_t needed = 8; /* 300 entries */
    assert_int_equal(test_log2_buckets(map), least > needed ? least : needed);
    test_sound(map);
    splitlist_destroy(map);
  }
}

static void test_lookups_are_short(void **state) {
  (void)state;
  struct map *map = test_map(0, 10000);
  struct map_snapshot look;
  for (uint64_t key = 0; key < 10000; key++)
    assert_int_equal(splitlist_contains(map, key), MAP_DONE); /* now each bucket has its dummy */
  splitlist_snapshot(map, &look);
  assert_int_equal(look.count, 10000);
  assert_int_equal(look.tombstones, 0);
  assert_true(look.longest_probe >= 2 && look.longest_probe < 16);
  splitlist_destroy(map);
}

/* Nothing but a new value or a new key needs memory, and without it no bucket gets a dummy. */
static void test_without_memory_buckets_start_further_ahead(void **state) {
  (void)state;
  struct map *map = test_map(0, 100);
  allocation_hook.fail_at = allocation_hook.made + 1;
  allocation_hook.fail_on = true;
  for (uint64_t key = 0; key < 100; key++) {
    uint64_t value = 0;
    assert_int_equal(splitlist_put(map, key + 100, key), MAP_NO_MEMORY);
    assert_int_equal(splitlist_put(map, key, 0), MAP_NO_MEMORY);
    assert_int_equal(splitlist_cas(map, key, key, 0), MAP_NO_MEMORY);
    assert_int_equal(splitlist_cas(map, key, key + 1, 0), MAP_DIFFERS);
    assert_int_equal(splitlist_insert(map, key, 0), MAP_PRESENT);
    assert_int_equal(splitlist_get(map, key, &value), MAP_DONE);
    assert_int_equal(value, key);
  }
  assert_true(allocation_hook.failed > 300); /* dummies too */
  test_sound(map);
  for (uint64_t key = 0; key < 50; key++)
    assert_int_equal(splitlist_delete(map, key), MAP_DONE);
  splitlist_clear(map);
  assert_int_equal(splitlist_len(map), 0);
  test_sound(map);
  splitlist_destroy(map);
  assert_int_equal(allocation_hook.live, 0);
}

/* ---- the check ---- */

/* The first node of that kind that has one of the other kind, or the same, behind it. */
static struct splitlist_node *test_node(struct map *map, bool dummy, bool dummy_behind) {
  for (struct splitlist_node *node = splitlist_dummy(splitlist_of(map), 0); node->next != 0;
       node = splitlist_node_at(node->next))
    if (splitlist_is_dummy(node) == dummy && splitlist_is_dummy(splitlist_node_at(node->next)) == dummy_behind)
      return node;
  fail_msg("no such node");
  return NULL;
}

static void test_the_check_sees_a_list_out_of_order(void **state) {
  (void)state;
  struct map *map = test_map(0, KEYS);
  struct splitlist_node *a = test_node(map, false, false), *b = splitlist_node_at(a->next);
  struct splitlist_node before = *a, behind = *b;
  b->order = a->order - 2;
  test_unsound(map, MAP_BROKEN_ORDER);
  b->order = a->order;
  b->key = a->key;
  test_unsound(map, MAP_BROKEN_TWICE);
  b->order = behind.order;
  b->key = behind.key;
  b->next = (uintptr_t)a; /* circular */
  test_unsound(map, MAP_BROKEN_ORDER);
  b->next = behind.next;
  a->next |= RECLAIM_MARK;
  test_unsound(map, MAP_BROKEN_BUSY);
  a->next = before.next;
  test_sound(map);
  splitlist_destroy(map);
}

static void test_the_check_sees_a_key_where_it_does_not_belong(void **state) {
  (void)state;
  struct map *map = test_map(0, KEYS);
  struct splitlist_node *node = test_node(map, false, false);
  node->key ^= UINT64_C(1) << 40;
  test_unsound(map, MAP_BROKEN_REACH);
  node->key ^= UINT64_C(1) << 40;
  node->order += 2;
  test_unsound(map, MAP_BROKEN_REACH);
  node->order -= 2;
  test_sound(map);
  splitlist_destroy(map);
}

static void test_the_check_sees_a_wrong_count(void **state) {
  (void)state;
  struct map *map = test_map(0, KEYS);
  splitlist_of(map)->count++;
  test_unsound(map, MAP_BROKEN_COUNT);
  splitlist_of(map)->count -= 2;
  test_unsound(map, MAP_BROKEN_COUNT);
  splitlist_of(map)->count++;
  struct splitlist_node *before = test_node(map, false, false), *lost = splitlist_node_at(before->next);
  before->next = lost->next;
  test_unsound(map, MAP_BROKEN_COUNT);
  before->next = (uintptr_t)lost;
  test_sound(map);
  splitlist_destroy(map);
}

static void test_the_check_sees_a_wrong_number_of_buckets(void **state) {
  (void)state;
  struct map *map = test_map(0, KEYS);
  struct splitlist *inside = splitlist_of(map);
  uint64_t buckets = inside->buckets;
  inside->buckets = buckets / 2;
  test_unsound(map, MAP_BROKEN_SIZE); /* a dummy beyond */
  inside->buckets = buckets * 2;
  test_unsound(map, MAP_BROKEN_SHAPE); /* no segment */
  inside->buckets = buckets - 1;
  test_unsound(map, MAP_BROKEN_SHAPE);
  inside->buckets = buckets;
  test_sound(map);
  splitlist_destroy(map);

  map = test_map(0, 2 * SPLITLIST_LOAD);
  splitlist_of(map)->buckets = 1; /* bucket 1 has its dummy or not: this is too few for so many entries */
  struct map_fault fault;
  assert_int_equal(splitlist_check(map, &fault), MAP_BROKEN_SIZE);
  splitlist_of(map)->buckets = 2;
  test_sound(map);
  splitlist_destroy(map);
}

static void test_the_check_sees_damaged_shortcuts(void **state) {
  (void)state;
  struct map *map = test_map(0, KEYS);
  struct splitlist *inside = splitlist_of(map);
  struct splitlist_node *head = splitlist_dummy(inside, 0);
  uint64_t bucket = 1;
  while (splitlist_dummy(inside, bucket) == NULL)
    bucket++;
  _Atomic(struct splitlist_node *) *shortcut = splitlist_shortcut(inside, bucket);
  struct splitlist_node *dummy = *shortcut;
  *shortcut = NULL;
  test_unsound(map, MAP_BROKEN_SHAPE);
  *shortcut = head;
  test_unsound(map, MAP_BROKEN_SHAPE);
  struct splitlist_node private = *dummy; /* as if the bucket had been given a second one */
  *shortcut = &private;
  test_unsound(map, MAP_BROKEN_SHAPE);
  *shortcut = dummy;
  test_sound(map);

  struct splitlist_node second = *dummy; /* linked too */
  dummy->next = (uintptr_t)&second;
  test_unsound(map, MAP_BROKEN_SHAPE);
  dummy->next = second.next;
  test_sound(map);
  splitlist_destroy(map);
}

static void test_the_check_sees_a_dummy_that_is_not_in_the_list(void **state) {
  (void)state;
  struct map *map = test_map(0, KEYS);
  struct splitlist *inside = splitlist_of(map);
  struct splitlist_node *before = test_node(map, false, true), *dummy = splitlist_node_at(before->next);
  before->next = dummy->next;
  struct map_fault fault;
  assert_int_not_equal(splitlist_check(map, &fault), MAP_SOUND);
  before->next = (uintptr_t)dummy;
  test_sound(map);

  _Atomic(struct splitlist_segment *) *segment = &inside->segments[1];
  struct splitlist_segment *kept = *segment;
  *segment = NULL;
  test_unsound(map, MAP_BROKEN_SHAPE);
  *segment = kept;
  kept->count--;
  test_unsound(map, MAP_BROKEN_SHAPE);
  kept->count++;
  test_sound(map);
  splitlist_destroy(map);
}

static void test_the_check_looks_at_reclamation_too(void **state) {
  (void)state;
  struct map *map = test_map(0, KEYS);
  struct reclaim_record *record = reclaim_begin(splitlist_of(map)->reclaim);
  test_unsound(map, MAP_BROKEN_BUSY);
  reclaim_end(record);
  test_sound(map);
  splitlist_destroy(map);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reversal),
      cmocka_unit_test(test_two_keys_of_one_order_are_two_entries),
      cmocka_unit_test(test_buckets_double_when_there_are_twice_as_many_entries),
      cmocka_unit_test(test_a_hint_makes_room_within_reason),
      cmocka_unit_test(test_lookups_are_short),
      cmocka_unit_test(test_without_memory_buckets_start_further_ahead),
      cmocka_unit_test(test_the_check_sees_a_list_out_of_order),
      cmocka_unit_test(test_the_check_sees_a_key_where_it_does_not_belong),
      cmocka_unit_test(test_the_check_sees_a_wrong_count),
      cmocka_unit_test(test_the_check_sees_a_wrong_number_of_buckets),
      cmocka_unit_test(test_the_check_sees_damaged_shortcuts),
      cmocka_unit_test(test_the_check_sees_a_dummy_that_is_not_in_the_list),
      cmocka_unit_test(test_the_check_looks_at_reclamation_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
