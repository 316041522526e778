/* Axes: values stand where arithmetic by hand puts them, and what is marked is round. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "triage/report/plot_scale.h"

static void near(double have, double want) { assert_true(fabs(have - want) <= 1e-9 * fmax(1, fabs(want))); }

static void test_values_stand_where_they_belong(void **state) {
  (void)state;
  struct plot_scale linear = {PLOT_LINEAR, 0, 200, 40, 440};
  near(plot_scale_at(&linear, 50), 140);
  near(plot_scale_at(&linear, -1), 40);
  near(plot_scale_at(&linear, INFINITY), 440);
  near(plot_scale_value(&linear, .25), 50);
  struct plot_scale down = {PLOT_LOG, 1, 10000, 200, 0};
  near(plot_scale_at(&down, 1), 200);
  near(plot_scale_at(&down, 100), 100);
  near(plot_scale_at(&down, 0), 200);
  near(plot_scale_value(&down, .75), 1000);
  /* 1 - 1/e is at ln 1 = 0, 1 - exp(-e) at 1, 1 - exp(-1/e) at -1. */
  struct plot_scale weibull = {PLOT_WEIBULL, -expm1(-exp(-1)), -expm1(-exp(1)), 0, 100};
  near(plot_scale_at(&weibull, -expm1(-1)), 50);
  near(plot_scale_value(&weibull, .5), -expm1(-1));
  assert_true(plot_scale_holds(&linear, 200) && !plot_scale_holds(&linear, 201) && !plot_scale_holds(&linear, NAN));
}

static void test_what_is_marked_is_round(void **state) {
  (void)state;
  static const struct {
    enum plot_kind kind;
    double first, last;
    size_t room, count;
    double ticks[8];
  } cases[] = {{PLOT_LINEAR, 0, 100, 6, 6, {0, 20, 40, 60, 80, 100}},
               {PLOT_LINEAR, 0, 7, 8, 8, {0, 1, 2, 3, 4, 5, 6, 7}},
               {PLOT_LINEAR, 0, 1e6, 3, 3, {0, 5e5, 1e6}},
               {PLOT_LINEAR, 13, 27, 4, 3, {15, 20, 25}},
               {PLOT_LINEAR, 0, .03, 4, 4, {0, .01, .02, .03}},
               {PLOT_LOG, 1, 1000, 6, 4, {1, 10, 100, 1000}},
               {PLOT_LOG, 1, 1e6, 4, 4, {1, 100, 1e4, 1e6}},
               {PLOT_LOG, 8, 240, 8, 5, {10, 20, 50, 100, 200}},
               {PLOT_LOG, 3, 40, 6, 3, {5, 10, 20}},
               {PLOT_LOG, 1.5, 8, 6, 2, {2, 5}},
               {PLOT_WEIBULL, .02, .97, 8, 7, {.05, .1, .2, .5, .8, .9, .95}},
               {PLOT_WEIBULL, .02, .97, 4, 4, {.05, .2, .8, .95}}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct plot_scale scale = {cases[i].kind, cases[i].first, cases[i].last, 0, 1};
    double ticks[PLOT_TICKS_MAX];
    assert_int_equal(plot_scale_ticks(&scale, cases[i].room, ticks), cases[i].count);
    for (size_t n = 0; n < cases[i].count; n++)
      near(ticks[n], cases[i].ticks[n]);
  }
}

/* Whatever the axis: within it, rising, no more than there is room for. */
static void test_ticks_keep_to_the_axis_and_the_room(void **state) {
  (void)state;
  for (int power = -12; power <= 12; power++)
    for (int factor = 0; factor < 40; factor++)
      for (size_t room = 2; room <= PLOT_TICKS_MAX; room += 3)
        for (int kind = PLOT_LINEAR; kind <= PLOT_LOG; kind++) {
          double first = 3 * pow(10, power), length = 1.0001 * pow(1.7, factor), ticks[PLOT_TICKS_MAX];
          struct plot_scale scale = {(enum plot_kind)kind, first, first * length, 0, 1};
          size_t count = plot_scale_ticks(&scale, room, ticks);
          assert_true(count <= room);
          for (size_t i = 0; i < count; i++) {
            assert_true(ticks[i] >= scale.first * (1 - 1e-8) && ticks[i] <= scale.last * (1 + 1e-8));
            assert_true(i == 0 || ticks[i] > ticks[i - 1]);
          }
        }
}

static void test_an_exposure_is_logarithmic_where_most_comes_soon(void **state) {
  (void)state;
  static const double even[] = {100, 500, 900}, soon[] = {0, 20, 30, 900}, none[] = {0, 0, 0};
  struct plot_scale scale = plot_scale_exposure(even, 3, 1000, 0, 1);
  assert_true(scale.kind == PLOT_LINEAR && scale.first == 0 && scale.last == 1000);
  scale = plot_scale_exposure(soon, 4, 1000, 0, 1);
  assert_true(scale.kind == PLOT_LOG && scale.first == 10 && scale.last == 1000);
  scale = plot_scale_exposure(none, 3, 1000, 0, 1);
  assert_true(scale.kind == PLOT_LOG && scale.first == 1);
  scale = plot_scale_exposure(NULL, 0, 1000, 0, 1);
  assert_true(scale.kind == PLOT_LINEAR);
}

static void test_numbers_are_short(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {{0, "0"},           {.05, "0.05"},  {999, "999"},   {1000, "1k"},
               {1234567, "1.23M"}, {999900, "1M"}, {2.5e9, "2.5G"}};
  char text[TEXT_SIZE];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(plot_scale_number(cases[i].value, text), cases[i].text);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_values_stand_where_they_belong),
                                     cmocka_unit_test(test_what_is_marked_is_round),
                                     cmocka_unit_test(test_ticks_keep_to_the_axis_and_the_room),
                                     cmocka_unit_test(test_an_exposure_is_logarithmic_where_most_comes_soon),
                                     cmocka_unit_test(test_numbers_are_short)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
