/* The pictures' numbers against those worked out by hand, and what they say where there is no number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "triage/report/plot.h"

static char *page;
static size_t page_size;

static FILE *begin(void) {
  FILE *out = open_memstream(&page, &page_size);
  assert_non_null(out);
  return out;
}

static void has(const char *text) {
  if (!strstr(page, text))
    fail_msg("no `%s` in\n%s", text, page);
}

static size_t occurrences(const char *text) {
  size_t count = 0;
  for (const char *at = page; (at = strstr(at, text)); at += strlen(text))
    count++;
  return count;
}

static struct mtbf arrived(struct estimate *estimate, const double *times, size_t count, double end) {
  struct arrivals arrivals = {times, count, ARRIVALS_TIME, end};
  *estimate = estimate_arrivals(&arrivals, 1, 1, 0.95);
  return (struct mtbf){.estimate = estimate, .subject = "new bugs", .unit = "inputs", .arrivals = arrivals};
}

/* Three at 100, 400 and 900 of 1,000 on a plot from x = 44 to 946: 902 units wide. */
static void test_growth_stands_where_it_belongs(void **state) {
  (void)state;
  static const double times[] = {100, 400, 900}, begins[] = {500};
  static const char *const keys[] = {"aa", "<b>", "cc"};
  struct estimate estimate;
  struct mtbf mtbf = arrived(&estimate, times, 3, 1000);
  mtbf.begins = begins;
  mtbf.begin_count = 1;
  mtbf.keys = keys;
  FILE *out = begin();
  plot_growth(out, &mtbf, NULL);
  fclose(out);
  has("<circle cx=\"134.2\"");
  has("<circle cx=\"404.8\"");
  has("<circle cx=\"855.8\"");
  has("<line class=\"border\" x1=\"495.0\"");
  has("<title>&lt;b&gt;</title>");
  /* The y axis ends at twice what was found, below the band's upper end: 3 exp(1.96 / sqrt 3) = 9.3.  30 of 280 are
   * above the plot, 44 below: 206 high, and one bug is 206 / 6. */
  has("cy=\"201.7\"");
  has("cy=\"167.3\"");
  has("cy=\"133.0\"");
  /* The power law: at the end all that was found, on the right edge. */
  has("L946.0 133.0\"/>");
  assert_int_equal(occurrences("class=\"curve "), 2);
  /* Of the mean arrival time 467 of 1,000 there is a falling rate. */
  has("class=\"goel\"");
  free(page);
}

static void test_models_without_a_curve_are_told(void **state) {
  (void)state;
  static const double rising[] = {500, 800, 900, 950};
  struct estimate estimate;
  struct mtbf mtbf = arrived(&estimate, rising, 4, 1000);
  FILE *out = begin();
  plot_growth(out, &mtbf, NULL);
  fclose(out);
  has("Musa-Okumoto: no curve, since the rate does not fall.");
  has("Goel-Okumoto: no curve, since the rate does not fall.");
  assert_null(strstr(page, "nan"));
  free(page);
}

static void test_nothing_found_is_told(void **state) {
  (void)state;
  struct estimate estimate;
  struct mtbf mtbf = arrived(&estimate, NULL, 0, 1000);
  FILE *out = begin();
  plot_growth(out, &mtbf, NULL);
  plot_residual(out, &mtbf);
  plot_write_text(out, &mtbf, 80, true);
  fclose(out);
  has("No curve of discoveries: nothing was found.");
  has("No residual MTBF over time: nothing was found.");
  assert_null(strstr(page, "<svg"));
  free(page);
}

/* One bug seen at 200 and again at 700 of 1,000; the other at 500 only.  Of the 60 points 12 come before 200, where
 * nothing was seen; from 200 to 500 f1 is 1, to 700 it is 2, then 1 again: MTBF 199.., 250 = 500 / 2, 1,000 at the end.
 */
static void test_residual_follows_the_sightings(void **state) {
  (void)state;
  static const double times[] = {200, 500};
  static const struct discovery_sightings seen[] = {{{200, 700, INFINITY}}, {{500, INFINITY, INFINITY}}};
  struct estimate estimate;
  struct mtbf mtbf = arrived(&estimate, times, 2, 1000);
  FILE *out = begin();
  mtbf.sightings = seen;
  plot_residual(out, &mtbf);
  fclose(out);
  has("Where nothing had been seen just once there is no estimate");
  /* The legend's line is the first path of its kind; the curve begins at 200, which is 224.4. */
  const char *line = strstr(page, "<path class=\"line\" d=\"M224.4 ");
  double x = 0, y = 0, last_y = 0;
  int points = 0, used;
  assert_non_null(line);
  line += strlen("<path class=\"line\" d=\"");
  while (sscanf(line, "%*c%lf %lf%n", &x, &y, &used) == 2) {
    if (fabs(x - 495) < 0.05) /* 500: f1 is 2 from here, so it is half of what it was */
      assert_true(y > last_y);
    line += used;
    last_y = y;
    points++;
  }
  assert_int_equal(points, 49);
  assert_true(fabs(x - 946) < 0.05);
  free(page);
}

/* Median ranks of four: 1 - 2^(-1/4) for the first, 2^(-1/4) for the last. */
static void test_weibull_points_stand_at_median_ranks(void **state) {
  (void)state;
  static const double times[] = {10, 20, 40, 80};
  struct times lives = {.time = times, .n = 4};
  struct estimate estimate = estimate_lives(&lives, 0.95);
  struct mtbf mtbf = {.estimate = &estimate, .unit = "hours", .lives = lives};
  struct rank_regression_point *points;
  struct plot_scale x, y;
  size_t count = plot_weibull_points(&mtbf, &points);
  assert_int_equal(count, 4);
  assert_true(fabs(points[0].median - (1 - pow(2, -.25))) < 1e-12 && fabs(points[3].median - pow(2, -.25)) < 1e-12);
  plot_weibull_axes(points, count, &x, &y);
  assert_true(x.first == 5 && x.last == 160 && fabs(y.first - points[0].median / 2) < 1e-15);
  free(points);
  FILE *out = begin();
  assert_true(plot_write_svg(out, &mtbf));
  fclose(out);
  /* From 5 to 160 are five doublings in 902: the points are 180.4 apart from 224.4. */
  has("<circle cx=\"224.4\"");
  has("<circle cx=\"404.8\"");
  has("<circle cx=\"585.2\"");
  has("<circle cx=\"765.6\"");
  has("xmlns=\"http://www.w3.org/2000/svg\"");
  assert_int_equal(occurrences("<circle"), 4 + 1); /* one in the legend */
  free(page);
}

static void test_a_picture_without_a_fit_says_so(void **state) {
  (void)state;
  static const double same[] = {7, 7};
  static const unsigned char none[] = {0, 0};
  struct times lives = {.time = same, .n = 2};
  struct estimate estimate = estimate_lives(&lives, 0.95);
  struct mtbf mtbf = {.estimate = &estimate, .unit = "hours", .lives = lives};
  FILE *out = begin();
  assert_true(plot_write_svg(out, &mtbf));
  mtbf.lives.event = none;
  estimate = estimate_lives(&mtbf.lives, 0.95);
  assert_true(plot_write_svg(out, &mtbf));
  fclose(out);
  has("no line: there is no maximum likelihood fit");
  has("no failure that can be drawn");
  assert_null(strstr(page, "nan"));
  free(page);
}

/* Four at even times from 250 to 1,000 in 40 - 10 = 30 columns, 60 dots, and 8 rows, 32 dots, of a count up to 4: the
 * dots 15, 30, 44 and 59 from the left and 23, 16, 8 and 0 from above. */
static void test_characters_stand_where_they_belong(void **state) {
  (void)state;
  static const double times[] = {250, 500, 750, 1000};
  struct estimate estimate;
  struct mtbf mtbf = arrived(&estimate, times, 4, 1000);
  FILE *out = begin();
  plot_write_text(out, &mtbf, 40, false);
  fclose(out);
  size_t lines = 0;
  for (char *line = strtok(page, "\n"); line; line = strtok(NULL, "\n"), lines++) {
    static const struct {
      size_t line, column;
    } points[] = {{1, 29}, {3, 22}, {5, 15}, {6, 7}}; /* the first line is the legend */
    assert_true(strlen(line) <= 60);
    for (size_t i = 0; i < 4; i++)
      if (lines == points[i].line)
        assert_int_equal(line[10 + points[i].column], 'o');
  }
  assert_int_equal(lines, 11); /* and an empty one */
  free(page);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_growth_stands_where_it_belongs),
                                     cmocka_unit_test(test_models_without_a_curve_are_told),
                                     cmocka_unit_test(test_nothing_found_is_told),
                                     cmocka_unit_test(test_residual_follows_the_sightings),
                                     cmocka_unit_test(test_weibull_points_stand_at_median_ranks),
                                     cmocka_unit_test(test_a_picture_without_a_fit_says_so),
                                     cmocka_unit_test(test_characters_stand_where_they_belong)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
