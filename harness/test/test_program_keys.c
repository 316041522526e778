/* The key distributions are what they say, exactly, and bulk draws are well mixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program/program.h"

typedef unsigned __int128 u128;

enum { DRAWS = 65536, KEYS_MAX = 65536 };

static struct program program;
static uint32_t counts[KEYS_MAX];

static uint32_t keys_of(unsigned log2_keys, enum program_key_choice choice) {
  program_decode(NULL, 0, &program);
  program.log2_keys = (uint8_t)log2_keys;
  program.key_choice = (uint8_t)choice;
  return 1u << log2_keys;
}

static void count_draws(unsigned log2_keys, enum program_key_choice choice) {
  uint32_t keys = keys_of(log2_keys, choice);
  memset(counts, 0, sizeof counts);
  for (uint32_t draw = 0; draw < DRAWS; draw++) {
    uint64_t key = program_key(&program, (uint16_t)draw);
    assert_true(key < keys);
    counts[key]++;
  }
}

static void uniform_gives_each_key_equally_often(void **state) {
  (void)state;
  for (unsigned log2_keys = 0; log2_keys <= PROGRAM_LOG2_KEYS_MAX; log2_keys++) {
    count_draws(log2_keys, PROGRAM_KEYS_UNIFORM);
    for (uint32_t key = 0; key < 1u << log2_keys; key++)
      assert_int_equal(counts[key], DRAWS >> log2_keys);
  }
}

/* Bounds of the harmonic number H(r), in units of 2^-100: low[r] <= H(r) * 2^100 < low[r] + r + 1. */
static u128 low[KEYS_MAX + 1];

static u128 high(uint32_t r) { return low[r] + r + 1; }

/* The draws that stand for keys below r must be T of them with (T-1)/65536 < H(r)/H(n) <= T/65536: shown with the
 * unfavourable bound on each side, so it holds for the exact numbers. */
static void zipf_is_the_exact_inverse_distribution_function(void **state) {
  (void)state;
  for (uint32_t r = 1; r <= KEYS_MAX; r++)
    low[r] = low[r - 1] + ((u128)1 << 100) / r;
  for (unsigned log2_keys = 0; log2_keys <= PROGRAM_LOG2_KEYS_MAX; log2_keys++) {
    uint32_t keys = 1u << log2_keys;
    count_draws(log2_keys, PROGRAM_KEYS_ZIPF);
    u128 total = 0;
    for (uint32_t r = 1; r < keys; r++) {
      total += counts[r - 1];
      assert_true((total - 1) * high(keys) < low[r] * DRAWS);
      assert_true(high(r) * DRAWS < total * low[keys]);
    }
    assert_int_equal(total + counts[keys - 1], DRAWS);
  }
}

static void zipf_draws_come_in_the_order_of_ranks(void **state) {
  (void)state;
  keys_of(16, PROGRAM_KEYS_ZIPF);
  for (uint32_t draw = 1; draw < DRAWS; draw++)
    assert_true(program_key(&program, (uint16_t)draw) >= program_key(&program, (uint16_t)(draw - 1)));
}

static void hot_gives_ten_keys_four_fifths_of_the_draws(void **state) {
  (void)state;
  for (unsigned log2_keys = 0; log2_keys <= PROGRAM_LOG2_KEYS_MAX; log2_keys++) {
    uint32_t keys = 1u << log2_keys, hot = keys < 10 ? keys : 10, on_hot = 0;
    count_draws(log2_keys, PROGRAM_KEYS_HOT);
    uint32_t most = 0, least = DRAWS;
    for (uint32_t key = 0; key < hot; key++) {
      on_hot += counts[key];
      most = counts[key] > most ? counts[key] : most;
      least = counts[key] < least ? counts[key] : least;
    }
    assert_in_range(most - least, 0, 1);
    assert_int_equal(on_hot, keys <= 10 ? DRAWS : 52429); /* 0.8 * 65536 = 52428.8 */
    most = 0;
    least = DRAWS;
    for (uint32_t key = hot; key < keys; key++) {
      most = counts[key] > most ? counts[key] : most;
      least = counts[key] < least ? counts[key] : least;
    }
    if (keys > hot)
      assert_in_range(most - least, 0, 1);
  }
}

static void a_bulk_operation_starts_at_its_own_draw(void **state) {
  (void)state;
  for (uint32_t seed = 0; seed < DRAWS; seed += 97)
    assert_int_equal(program_bulk_draw((uint16_t)seed, 0), seed);
}

/* 65,536 random draws of as many values leave 1/e of them out, give or take. */
static void bulk_draws_cover_the_key_space_like_random_ones(void **state) {
  (void)state;
  for (uint32_t seed = 0; seed < 64; seed++) {
    memset(counts, 0, sizeof counts);
    uint32_t seen = 0, ascending = 0;
    uint16_t before = 0;
    for (uint32_t i = 0; i < DRAWS; i++) {
      uint16_t draw = program_bulk_draw((uint16_t)seed, i);
      seen += counts[draw]++ == 0;
      ascending += draw > before;
      before = draw;
    }
    assert_in_range(seen, 41426 - 600, 41426 + 600);
    assert_in_range(ascending, DRAWS / 2 - 500, DRAWS / 2 + 500);
  }
}

/* The low bits choose the key of a small key space. */
static void bulk_draws_are_even_over_few_keys(void **state) {
  (void)state;
  for (uint32_t seed = 0; seed < 64; seed++) {
    memset(counts, 0, sizeof counts);
    for (uint32_t i = 0; i < 16000; i++)
      counts[program_bulk_draw((uint16_t)seed, i) % 16]++;
    for (unsigned key = 0; key < 16; key++)
      assert_in_range(counts[key], 1000 - 160, 1000 + 160);
  }
}

static void bulk_draws_of_two_seeds_do_not_run_in_step(void **state) {
  (void)state;
  for (uint32_t seed = 0; seed < 64; seed++) {
    uint32_t same = 0, same_difference = 0;
    uint16_t difference = 0;
    for (uint32_t i = 1; i < 10000; i++) {
      uint16_t a = program_bulk_draw((uint16_t)seed, i), b = program_bulk_draw((uint16_t)(seed + 1), i);
      same += a == b;
      same_difference += (a ^ b) == difference;
      difference = a ^ b;
    }
    assert_in_range(same, 0, 8);
    assert_in_range(same_difference, 0, 8);
  }
}

static void sizes_of_the_header_are_those_documented(void **state) {
  (void)state;
  static const uint32_t sizes[] = {0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32};
  keys_of(16, PROGRAM_KEYS_UNIFORM);
  for (unsigned code = 0; code < sizeof sizes / sizeof sizes[0]; code++) {
    program.capacity_code = program.prefill_code = (uint8_t)code;
    assert_int_equal(program_capacity(&program), sizes[code]);
    assert_int_equal(program_prefill(&program), sizes[code]);
  }
  program.capacity_code = program.prefill_code = PROGRAM_SIZE_CODES - 1;
  assert_int_equal(program_capacity(&program), 65536);
  assert_int_equal(program_prefill(&program), 65536);
  program.log2_keys = 2;
  assert_int_equal(program_prefill(&program), 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(uniform_gives_each_key_equally_often),
      cmocka_unit_test(zipf_is_the_exact_inverse_distribution_function),
      cmocka_unit_test(zipf_draws_come_in_the_order_of_ranks),
      cmocka_unit_test(hot_gives_ten_keys_four_fifths_of_the_draws),
      cmocka_unit_test(a_bulk_operation_starts_at_its_own_draw),
      cmocka_unit_test(bulk_draws_cover_the_key_space_like_random_ones),
      cmocka_unit_test(bulk_draws_are_even_over_few_keys),
      cmocka_unit_test(bulk_draws_of_two_seeds_do_not_run_in_step),
      cmocka_unit_test(sizes_of_the_header_are_those_documented),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
