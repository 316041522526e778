/* The keys that a chaos trial asks for: as often as their distribution says, the same for the same seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chaos/draw.h"
#include "chaos/keys.h"
#include "chaos/zipf.h"

#define DRAWS 400000

/* The value that chi-square with so many degrees of freedom passes once in a million: E. B. Wilson, M. M. Hilferty,
 * "The distribution of chi-square", PNAS 17 (1931). */
static double chi_square_limit(double degrees) {
  double part = 2 / (9 * degrees);
  return degrees * pow(1 - part + 4.753424 * sqrt(part), 3);
}

/* Counts against probabilities, numbers too rare for the test taken together. */
static void assert_fits(const uint64_t *counts, const double *probabilities, uint64_t n, double draws) {
  double sum = 0, expected = 0, seen = 0;
  int cells = 0;
  for (uint64_t i = 0; i < n; i++) {
    expected += probabilities[i] * draws;
    seen += (double)counts[i];
    if (expected < 10 && i + 1 < n)
      continue;
    sum += (seen - expected) * (seen - expected) / fmax(expected, 1e-300);
    expected = seen = 0;
    cells++;
  }
  if (cells > 1 && sum > chi_square_limit(cells - 1))
    fail_msg("chi-square %.1f with %d cells, limit %.1f", sum, cells, chi_square_limit(cells - 1));
}

static void zipf_probabilities(double *probabilities, uint64_t n, double s) {
  double sum = 0;
  for (uint64_t k = n; k >= 1; k--)
    sum += probabilities[k - 1] = pow((double)k, -s);
  for (uint64_t k = 0; k < n; k++)
    probabilities[k] /= sum;
}

static void test_zipf_is_exact_for_every_exponent(void **state) {
  static const double exponents[] = {0.001, 0.3, 0.5, 0.99, 1 - 1e-12, 1, 1 + 1e-9, 1.2, 2, 3.7, 20};
  static const uint64_t sizes[] = {1, 2, 3, 10, 1000, 20000};
  static uint64_t counts[20000];
  static double probabilities[20000];
  (void)state;
  for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++)
    for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
      struct zipf zipf;
      struct random random;
      memset(counts, 0, sizeof counts);
      random_seed(&random, 7, i * 10 + j);
      zipf_init(&zipf, sizes[j], exponents[i]);
      for (int draw = 0; draw < DRAWS; draw++) {
        uint64_t k = zipf_draw(&zipf, &random);
        assert_in_range(k, 1, sizes[j]);
        counts[k - 1]++;
      }
      zipf_probabilities(probabilities, sizes[j], exponents[i]);
      assert_fits(counts, probabilities, sizes[j], DRAWS);
    }
}

/* Were the test blind, it would pass a neighbouring exponent as well. */
static void test_the_test_of_zipf_sees_another_exponent(void **state) {
  static double probabilities[1000];
  static uint64_t counts[1000];
  struct zipf zipf;
  struct random random;
  (void)state;
  random_seed(&random, 7, 0);
  zipf_init(&zipf, 1000, 1);
  for (int draw = 0; draw < DRAWS; draw++)
    counts[zipf_draw(&zipf, &random) - 1]++;
  zipf_probabilities(probabilities, 1000, 1.02);
  double sum = 0;
  for (int i = 0; i < 100; i++)
    sum += pow((double)counts[i] - probabilities[i] * DRAWS, 2) / (probabilities[i] * DRAWS);
  assert_true(sum > chi_square_limit(99));
}

/* A workload of one thread's draws, counted by key. */
static void count_draws(const struct workload *workload, uint64_t *counts, uint64_t *puts) {
  uint64_t count;
  uint32_t *draws = draw_keys(workload, 11, 0, &count);
  assert_non_null(draws);
  assert_int_equal(count, DRAW_MAX);
  for (uint64_t i = 0; i < count; i++) {
    counts[draws[i] & ~DRAW_PUT]++;
    *puts += draws[i] >> 31;
  }
  free(draws);
}

static void test_ten_keys_get_eighty_percent(void **state) {
  uint64_t counts[100] = {0}, puts = 0;
  double probabilities[100];
  struct workload workload;
  (void)state;
  workload_init(&workload);
  workload.keys = 100;
  workload.distribution = WORKLOAD_HOT;
  workload.operations = 0;
  count_draws(&workload, counts, &puts);
  for (int i = 0; i < 100; i++)
    probabilities[i] = i < 10 ? 0.08 : 0.2 / 90;
  assert_fits(counts, probabilities, 100, (double)DRAW_MAX);
  assert_int_equal(puts, 0);
  workload.keys = 10; /* no others: all alike */
  memset(counts, 0, sizeof counts);
  count_draws(&workload, counts, &puts);
  for (int i = 0; i < 10; i++)
    probabilities[i] = 0.1;
  assert_fits(counts, probabilities, 10, (double)DRAW_MAX);
}

static void test_uniform_and_half_of_them_puts(void **state) {
  static uint64_t counts[1000];
  static double probabilities[1000];
  uint64_t puts = 0;
  struct workload workload;
  (void)state;
  workload_init(&workload);
  workload.keys = 1000;
  workload.mix = WORKLOAD_MIXED;
  workload.operations = 0;
  count_draws(&workload, counts, &puts);
  for (int i = 0; i < 1000; i++)
    probabilities[i] = 1e-3;
  assert_fits(counts, probabilities, 1000, (double)DRAW_MAX);
  assert_true(fabs((double)puts - (double)DRAW_MAX / 2) < 5 * sqrt((double)DRAW_MAX) / 2);
}

static void test_draws_follow_from_seed_and_thread(void **state) {
  struct workload workload;
  uint64_t count[4], shares = 0;
  (void)state;
  workload_init(&workload);
  workload.operations = 1003;
  for (unsigned thread = 0; thread < 4; thread++)
    shares += draw_share(&workload, thread);
  assert_int_equal(shares, 1003);
  uint32_t *draws[] = {draw_keys(&workload, 1, 0, &count[0]), draw_keys(&workload, 1, 0, &count[1]),
                       draw_keys(&workload, 1, 1, &count[2]), draw_keys(&workload, 2, 0, &count[3])};
  assert_int_equal(count[0], 251);
  assert_memory_equal(draws[0], draws[1], 251 * sizeof *draws[0]);
  assert_memory_not_equal(draws[0], draws[2], 250 * sizeof *draws[0]);
  assert_memory_not_equal(draws[0], draws[3], 251 * sizeof *draws[0]);
  for (int i = 0; i < 4; i++)
    free(draws[i]);
}

static int compare(const void *a, const void *b) {
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

static void test_keys_of_every_type_differ(void **state) {
  enum { COUNT = 100000 };
  uint64_t *all = calloc(COUNT, sizeof *all);
  (void)state;
  assert_non_null(all);
  for (unsigned type = 0; type < WORKLOAD_KEY_COUNT; type++) {
    struct keys keys;
    assert_true(keys_init(&keys, (enum workload_key)type, COUNT));
    for (uint64_t i = 0; i < COUNT; i++)
      all[i] = keys_at(&keys, i);
    assert_int_equal(keys_at(&keys, 17), all[17]);
    qsort(all, COUNT, sizeof *all, compare);
    for (uint64_t i = 1; i < COUNT; i++)
      assert_int_not_equal(all[i - 1], all[i]);
    keys_free(&keys);
  }
  free(all);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_zipf_is_exact_for_every_exponent),
      cmocka_unit_test(test_the_test_of_zipf_sees_another_exponent),
      cmocka_unit_test(test_ten_keys_get_eighty_percent),
      cmocka_unit_test(test_uniform_and_half_of_them_puts),
      cmocka_unit_test(test_draws_follow_from_seed_and_thread),
      cmocka_unit_test(test_keys_of_every_type_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
