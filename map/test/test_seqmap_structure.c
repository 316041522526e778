/* test_seqmap_structure.c - seqmap's insides: sizes, tombstones, one table after another, when the old one is freed; an
 * iteration through all that; and a check that is not blind.
 *
 * Readers beside the writer are played by coming in and staying (seqmap_come_in); a second writer by the allocation
 * hook. */
#include "map/seqmap_internal.h"
#include "map/test/allocation_hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "map/test/dying_words.h"

extern const struct map_ops seqmap_ops;

static const struct map_ops *const ops = &seqmap_ops;

static struct map *test_create(uint64_t hint, bool shrink) {
  struct map_config config = {.capacity_hint = hint, .hash_seed = 3, .shrink = shrink};
  memset(&allocation_hook, 0, sizeof allocation_hook);
  struct map *map = ops->create(&config);
  assert_non_null(map);
  return map;
}

static void test_destroy(struct map *map) {
  ops->destroy(map);
  assert_int_equal(allocation_hook.live, 0);
}

static void test_sound(struct map *map) {
  struct map_fault fault;
  if (ops->check(map, &fault) != MAP_SOUND)
    fail_msg("%s", fault.text);
}

static void test_put(struct map *map, uint64_t key) { assert_int_equal(ops->put(map, key, key + 100), MAP_DONE); }

static void test_del(struct map *map, uint64_t key) { assert_int_equal(ops->del(map, key), MAP_DONE); }

static struct map_snapshot test_look(struct map *map) {
  struct map_snapshot look;
  ops->snapshot(map, &look);
  return look;
}

/* The keys from `from` on, `count` of them, are there, and no others. */
static void test_holds(struct map *map, uint64_t from, uint64_t count) {
  assert_int_equal(ops->len(map), count);
  for (uint64_t key = from; key < from + count; key++) {
    uint64_t value = 0;
    assert_int_equal(ops->get(map, key, &value), MAP_DONE);
    assert_int_equal(value, key + 100);
  }
}

/* `count` keys come and go in a table that has `live` of them at a time. */
static void test_churn(struct map *map, uint64_t live, uint64_t count) {
  for (uint64_t key = 0; key < count; key++) {
    test_put(map, key);
    if (key >= live)
      test_del(map, key - live);
    struct map_snapshot look = test_look(map);
    assert_true(look.count + look.tombstones <= look.capacity * 3 / 4);
    assert_true(look.retired <= look.retired_bound);
  }
  test_holds(map, count - live, live);
}

/* ---- sizes ---- */

static void test_a_hint_sets_the_number_of_slots_and_three_quarters_are_used(void **state) {
  (void)state;
  static const uint64_t hints[][2] = {{0, 4}, {3, 4}, {4, 8}, {6, 8}, {7, 16}, {96, 128}, {97, 256}};
  for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
    struct map *map = test_create(hints[i][0], false);
    assert_int_equal(test_look(map).capacity, hints[i][1]);
    for (uint64_t key = 0; key < hints[i][1] * 3 / 4; key++)
      test_put(map, key);
    assert_int_equal(test_look(map).capacity, hints[i][1]);
    test_put(map, 1000);
    assert_int_equal(test_look(map).capacity, 2 * hints[i][1]);
    test_sound(map);
    test_destroy(map);
  }
}

static void test_small_tables_are_purged_in_place_and_large_ones_replaced(void **state) {
  (void)state;
  for (uint64_t live = 1; live <= 60; live += live < 8 ? 1 : 13) {
    struct map *map = test_create(2 * live, false);
    bool small = seqmap_table(seqmap_of(map))->log2_slots <= SEQMAP_LOG2_IN_PLACE;
    uint64_t made = allocation_hook.made;
    test_churn(map, live, 20 * live + 100);
    test_sound(map);
    assert_int_equal(allocation_hook.made > made, !small);
    test_destroy(map);
  }
}

static void test_a_purge_and_a_clear_do_without_memory(void **state) {
  (void)state;
  struct map *map = test_create(90, true);
  for (uint64_t key = 0; key < 50; key++)
    test_put(map, key);
  allocation_hook.fail_at = allocation_hook.made + 1;
  allocation_hook.fail_on = true;
  for (uint64_t key = 50; key < 500; key++) {
    test_put(map, key);
    test_del(map, key - 50);
  }
  assert_true(allocation_hook.failed > 0);
  test_holds(map, 450, 50);
  test_sound(map);
  for (uint64_t key = 500; ops->put(map, key, key + 100) == MAP_DONE; key++)
    assert_true(key < 546);
  test_holds(map, 450, 96);
  assert_int_equal(ops->put(map, 545, 7), MAP_DONE);
  assert_int_equal(ops->put(map, 546, 7), MAP_NO_MEMORY);
  test_sound(map);
  ops->clear(map);
  assert_int_equal(test_look(map).tombstones, 0);
  test_holds(map, 0, 0);
  test_sound(map);
  test_destroy(map);
}

static void test_a_map_that_may_shrink_does_and_clear_shrinks_at_once(void **state) {
  (void)state;
  for (int shrink = 0; shrink <= 1; shrink++) {
    struct map *map = test_create(10, shrink);
    for (uint64_t key = 0; key < 1000; key++)
      test_put(map, key);
    assert_int_equal(test_look(map).capacity, 2048);
    for (uint64_t key = 0; key < 900; key++)
      test_del(map, key);
    assert_int_equal(test_look(map).capacity, shrink ? 512 : 2048);
    test_holds(map, 900, 100);
    test_sound(map);
    ops->clear(map);
    assert_int_equal(test_look(map).capacity, shrink ? 16 : 2048);
    test_sound(map);
    test_destroy(map);
  }
}

static void test_a_move_needs_room_like_a_new_key_and_loses_nothing_without(void **state) {
  (void)state;
  struct map *map = test_create(0, false);
  for (uint64_t key = 0; key < 3; key++)
    test_put(map, key);
  uint64_t value = 0, to = 3;
  allocation_hook.fail_at = allocation_hook.made + 1;
  allocation_hook.fail_on = true;
  assert_int_equal(ops->move(map, 0, to, &value), MAP_NO_MEMORY);
  test_holds(map, 0, 3);
  test_sound(map);
  allocation_hook.fail_at = 0;
  assert_int_equal(ops->move(map, 0, to, &value), MAP_DONE);
  assert_int_equal(value, 100);
  assert_int_equal(ops->contains(map, 0), MAP_ABSENT);
  assert_int_equal(ops->get(map, to, &value), MAP_DONE);
  assert_int_equal(value, 100);
  test_sound(map);
  test_destroy(map);
}

/* ---- one table after another ---- */

static void test_a_table_is_freed_when_the_last_reader_has_gone_out(void **state) {
  (void)state;
  struct map *map = test_create(0, false);
  struct seqmap_seat *first = seqmap_come_in(seqmap_of(map)), *second = seqmap_come_in(seqmap_of(map));
  struct seqmap_table *table = seqmap_table_of(first);
  assert_ptr_equal(first, second);
  for (uint64_t key = 0; key < 4; key++)
    test_put(map, key);
  assert_ptr_not_equal(seqmap_table(seqmap_of(map)), table);
  assert_ptr_equal(seqmap_table_of(first), table);
  uint64_t hash = seqmap_hash(seqmap_of(map), 2);
  assert_int_equal(seqmap_value_of(seqmap_find(table, hash, 2)), 102);
  seqmap_go_out(first);
  test_put(map, 0);
  assert_int_equal(test_look(map).retired, 1);
  assert_true(ops->protects(map, table));
  seqmap_go_out(second);
  assert_false(ops->protects(map, table));
  test_put(map, 0);
  assert_int_equal(test_look(map).retired, 0);
  test_sound(map);
  test_destroy(map);
}

static void test_a_late_reader_does_not_get_into_a_shut_seat_and_stays_counted_when_it_is_used_again(void **state) {
  (void)state;
  struct map *map = test_create(0, false);
  struct seqmap_seat *late = &seqmap_of(map)->seats[0];
  for (uint64_t key = 0; key < 4; key++)
    test_put(map, key);
  assert_true(atomic_fetch_add(&late->readers, 1) & SEQMAP_SHUT); /* as seqmap_come_in would */
  for (uint64_t key = 4; key < 7; key++)
    test_put(map, key);
  assert_ptr_equal(seqmap_table_of(late), seqmap_table(seqmap_of(map)));
  assert_int_equal(atomic_load(&late->readers), 1);
  seqmap_go_out(late);
  test_holds(map, 0, 7);
  test_sound(map);
  test_destroy(map);
}

/* A reader stands still in each table there ever was: shrinking ends, growing does not. */
static void test_readers_who_stand_still_use_up_no_seat_that_a_growth_needs(void **state) {
  (void)state;
  struct map *map = test_create(0, true);
  struct seqmap_seat *in[SEQMAP_SEATS];
  unsigned count = 0;
  in[count++] = seqmap_come_in(seqmap_of(map));
  for (uint64_t round = 0; round < 100; round++) {
    for (uint64_t key = 0; key < 40; key++)
      test_put(map, key);
    for (uint64_t key = 0; key < 40; key++) {
      test_del(map, key);
      struct seqmap_seat *seat = seqmap_come_in(seqmap_of(map));
      if (seat == in[count - 1])
        seqmap_go_out(seat);
      else
        in[count++] = seat;
    }
    assert_true(test_look(map).retired <= test_look(map).retired_bound);
  }
  uint64_t stuck = test_look(map).retired;
  assert_true(stuck >= 20);
  for (uint64_t key = 0; key < 100000; key++)
    test_put(map, key);
  assert_true(test_look(map).retired > stuck);
  test_holds(map, 0, 100000);
  while (count > 0)
    seqmap_go_out(in[--count]);
  test_put(map, 0);
  assert_int_equal(test_look(map).retired, 0);
  test_sound(map);
  test_destroy(map);
}

/* ---- iteration ---- */

/* What a visitor may not do by map.h, but another thread may: it writes.  Keys below 50 stay, the others come and go.
 */
struct meddling {
  struct map *map;
  uint64_t random;
  bool clears;
  uint8_t shown[400];
};

static enum map_visit_result test_meddle(void *context, uint64_t key, uint64_t value) {
  struct meddling *m = context;
  assert_true(key < 400 && m->shown[key] == 0);
  assert_int_equal(value, key + 100);
  m->shown[key] = 1;
  for (unsigned n = 0; n < 12; n++) {
    m->random = m->random * UINT64_C(6364136223846793005) + 1;
    uint64_t other = 50 + (m->random >> 40) % 350;
    if (m->random >> 33 & 1)
      test_put(m->map, other);
    else
      ops->del(m->map, other);
  }
  if (m->clears && m->random >> 60 == 0) {
    ops->clear(m->map);
    for (uint64_t steady = 0; steady < 50; steady++)
      test_put(m->map, steady);
  }
  return MAP_VISIT_NEXT;
}

static void test_each_key_once_whatever_is_written_meanwhile(void **state) {
  (void)state;
  unsigned sizes = 0;
  for (uint64_t seed = 0; seed < 300; seed++) {
    struct meddling m = {.map = test_create(0, seed % 2), .random = seed, .clears = seed % 3 == 0};
    for (uint64_t key = 0; key < 50; key++)
      test_put(m.map, key);
    uint64_t before = test_look(m.map).capacity;
    ops->iterate(m.map, false, seed, test_meddle, &m);
    sizes += test_look(m.map).capacity != before;
    for (uint64_t key = 0; key < 50; key++)
      assert_true(m.shown[key] || m.clears); /* a clear takes the steady ones away for a moment */
    test_sound(m.map);
    test_destroy(m.map);
  }
  assert_true(sizes > 100);
}

static enum map_visit_result test_note_first(void *context, uint64_t key, uint64_t value) {
  (void)value;
  *(uint64_t *)context = key;
  return MAP_VISIT_STOP;
}

static void test_the_seed_decides_where_an_iteration_starts(void **state) {
  (void)state;
  struct map *map = test_create(0, false);
  for (uint64_t key = 0; key < 64; key++)
    test_put(map, key);
  uint64_t seen = 0;
  for (uint64_t seed = 0; seed < 200; seed++) {
    uint64_t first = 64, again = 64;
    ops->iterate(map, false, seed, test_note_first, &first);
    ops->iterate(map, false, seed, test_note_first, &again);
    assert_int_equal(first, again);
    seen |= UINT64_C(1) << first;
  }
  assert_true(__builtin_popcountll(seen) > 32);
  test_destroy(map);
}

/* ---- the guard ---- */

static struct map *hooked; /* in the child */

static void test_write_again(void) { ops->del(hooked, 1); }

static void test_write_within_a_write(void *context) {
  (void)context;
  hooked = test_create(0, false);
  allocation_hook.before = test_write_again;
  for (uint64_t key = 0; key < 4; key++)
    ops->put(hooked, key, 1);
}

static void test_a_write_during_a_write_is_fatal(void **state) {
  (void)state;
  const char *words = dying_words(test_write_within_a_write, NULL);
  assert_non_null(words);
  assert_string_equal(words, "fatal error: concurrent map writes\n");
}

/* ---- the check ---- */

static void break_guard(struct seqmap *map) { map->writing = true; }
static void break_section(struct seqmap *map) { seqmap_table(map)->sequence++; }
static void break_reader(struct seqmap *map) { seqmap_come_in(map); }
static void break_late_reader(struct seqmap *map) { map->seats[9].readers++; }
static void break_shut_present(struct seqmap *map) { map->seats[map->current].readers |= SEQMAP_SHUT; }
static void break_open_free(struct seqmap *map) { map->seats[9].readers = 0; }
static void break_retired_present(struct seqmap *map) { map->retired |= UINT64_C(1) << map->current; }
static void break_retired_nothing(struct seqmap *map) {
  map->retired |= UINT64_C(1) << 9;
  map->seats[9].readers = 0;
  map->seats[9].table = NULL;
}

static void break_bound(struct seqmap *map) {
  for (unsigned n = 2; n < 40; n++) {
    map->retired |= UINT64_C(1) << n;
    map->seats[n].readers = 0;
    map->seats[n].table = seqmap_table(map);
  }
}

/* The first slot with that mark. */
static struct seqmap_slot *test_slot(struct seqmap *map, enum seqmap_mark mark) {
  struct seqmap_table *table = seqmap_table(map);
  for (uint64_t n = 0; n < seqmap_slots(table->log2_slots); n++)
    if (table->slots[n].mark == mark)
      return &table->slots[n];
  fail_msg("no slot is marked %d", (int)mark);
  return NULL;
}

static void break_mark(struct seqmap *map) { test_slot(map, SEQMAP_FULL)->mark = SEQMAP_UNSETTLED; }
static void break_lost_mark(struct seqmap *map) { test_slot(map, SEQMAP_FULL)->mark = SEQMAP_TOMBSTONE; }
static void break_count(struct seqmap *map) { seqmap_table(map)->count++; }
static void break_used(struct seqmap *map) { seqmap_table(map)->used--; }
static void break_tombstone(struct seqmap *map) { test_slot(map, SEQMAP_TOMBSTONE)->mark = SEQMAP_EMPTY; }
static void break_least_size(struct seqmap *map) { map->least_log2 = 9; }

/* All EMPTY slots but one become tombstones, and they are counted. */
static void break_limit(struct seqmap *map) {
  struct seqmap_table *table = seqmap_table(map);
  for (; table->used + 1 < seqmap_slots(table->log2_slots); table->used++)
    test_slot(map, SEQMAP_EMPTY)->mark = SEQMAP_TOMBSTONE;
}

/* A key that belongs elsewhere is written into an entry whose own slot its home is. */
static void break_home(struct seqmap *map) {
  struct seqmap_table *table = seqmap_table(map);
  struct seqmap_slot *slot = test_slot(map, SEQMAP_FULL);
  uint64_t wrong = ((uint64_t)(slot - table->slots) + 1) & (seqmap_slots(table->log2_slots) - 1);
  uint64_t key = 1000;
  while (seqmap_home(table, seqmap_hash(map, key)) != wrong)
    key++;
  slot->key = key;
}

/* The hole is cut into the probe of an entry that is not in its home's slot. */
static void break_probe(struct seqmap *map) {
  struct seqmap_table *table = seqmap_table(map);
  for (uint64_t n = 0; n < seqmap_slots(table->log2_slots); n++) {
    uint64_t home = seqmap_home(table, seqmap_hash(map, table->slots[n].key));
    if (table->slots[n].mark != SEQMAP_FULL || home == n)
      continue;
    table->used -= table->slots[home].mark == SEQMAP_TOMBSTONE;
    if (table->slots[home].mark == SEQMAP_FULL) {
      table->count--;
      table->used--;
    }
    table->slots[home].mark = SEQMAP_EMPTY;
    return;
  }
  fail_msg("every entry is in its home's slot");
}

/* The key once more, behind its own slot, with all counts adjusted. */
static void break_twice(struct seqmap *map) {
  struct seqmap_table *table = seqmap_table(map);
  struct seqmap_slot *slot = test_slot(map, SEQMAP_FULL);
  uint64_t at = (uint64_t)(slot - table->slots), mask = seqmap_slots(table->log2_slots) - 1;
  while (table->slots[at].mark == SEQMAP_FULL)
    at = (at + 1) & mask;
  table->used += table->slots[at].mark == SEQMAP_EMPTY;
  table->count++;
  table->slots[at].mark = SEQMAP_FULL;
  table->slots[at].key = slot->key;
}

static const struct {
  void (*break_it)(struct seqmap *map);
  enum map_invariant broken;
} breakages[] = {
    {break_guard, MAP_BROKEN_BUSY},
    {break_section, MAP_BROKEN_BUSY},
    {break_reader, MAP_BROKEN_BUSY},
    {break_late_reader, MAP_BROKEN_BUSY},
    {break_shut_present, MAP_BROKEN_SHAPE},
    {break_open_free, MAP_BROKEN_SHAPE},
    {break_retired_present, MAP_BROKEN_SHAPE},
    {break_retired_nothing, MAP_BROKEN_SHAPE},
    {break_bound, MAP_BROKEN_RETIRED},
    {break_mark, MAP_BROKEN_SHAPE},
    {break_lost_mark, MAP_BROKEN_COUNT},
    {break_count, MAP_BROKEN_COUNT},
    {break_used, MAP_BROKEN_COUNT},
    {break_least_size, MAP_BROKEN_SIZE},
    {break_limit, MAP_BROKEN_SIZE},
    {break_home, MAP_BROKEN_REACH},
    {break_probe, MAP_BROKEN_REACH},
    {break_twice, MAP_BROKEN_TWICE},
};

/* 20 keys and two tombstones in 32 slots. */
static struct map *test_specimen(uint64_t first) {
  struct map *map = test_create(24, false);
  for (uint64_t key = first; key < first + 22; key++)
    test_put(map, key);
  test_del(map, first + 20);
  test_del(map, first + 21);
  test_sound(map);
  return map;
}

static void test_the_check_sees_each_breakage_and_says_where(void **state) {
  (void)state;
  for (uint64_t first = 0; first < 50 * 32; first += 32) {
    for (size_t i = 0; i < sizeof breakages / sizeof breakages[0]; i++) {
      struct map *map = test_specimen(first);
      struct seqmap before;
      memcpy(&before, seqmap_of(map), sizeof before);
      breakages[i].break_it(seqmap_of(map));
      struct map_fault fault;
      if (ops->check(map, &fault) != breakages[i].broken)
        fail_msg("breakage %zu of keys from %d on: %d, %s", i, (int)first, (int)fault.broken, fault.text);
      assert_int_equal(fault.broken, breakages[i].broken);
      assert_true(strlen(fault.text) > 10);
      memcpy(seqmap_of(map), &before, sizeof before);
      test_destroy(map);
    }
  }
}

static void test_a_tombstone_that_turns_empty_is_seen(void **state) {
  (void)state;
  struct map *map = test_specimen(0);
  break_tombstone(seqmap_of(map));
  struct map_fault fault;
  enum map_invariant broken = ops->check(map, &fault);
  assert_true(broken == MAP_BROKEN_COUNT || broken == MAP_BROKEN_REACH);
  test_destroy(map);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_hint_sets_the_number_of_slots_and_three_quarters_are_used),
      cmocka_unit_test(test_small_tables_are_purged_in_place_and_large_ones_replaced),
      cmocka_unit_test(test_a_purge_and_a_clear_do_without_memory),
      cmocka_unit_test(test_a_map_that_may_shrink_does_and_clear_shrinks_at_once),
      cmocka_unit_test(test_a_move_needs_room_like_a_new_key_and_loses_nothing_without),
      cmocka_unit_test(test_a_table_is_freed_when_the_last_reader_has_gone_out),
      cmocka_unit_test(test_a_late_reader_does_not_get_into_a_shut_seat_and_stays_counted_when_it_is_used_again),
      cmocka_unit_test(test_readers_who_stand_still_use_up_no_seat_that_a_growth_needs),
      cmocka_unit_test(test_each_key_once_whatever_is_written_meanwhile),
      cmocka_unit_test(test_the_seed_decides_where_an_iteration_starts),
      cmocka_unit_test(test_a_write_during_a_write_is_fatal),
      cmocka_unit_test(test_the_check_sees_each_breakage_and_says_where),
      cmocka_unit_test(test_a_tombstone_that_turns_empty_is_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
