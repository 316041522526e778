/* test_times_csv.c - what is read of a file of times, and what is said of one that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "triage/cmd/times_csv.h"

static struct finding_error error;

static bool read(const char *text, size_t size, enum times_csv_kind kind, struct times_csv *csv) {
  FILE *in = fmemopen((void *)(uintptr_t)text, size, "r");
  assert_non_null(in);
  bool good = times_csv_read(in, "f.csv", kind, csv, &error);
  fclose(in);
  return good;
}

static void expect_lives(const char *text) {
  struct times_csv csv;
  if (!read(text, strlen(text), TIMES_CSV_LIVES, &csv))
    fail_msg("%s", error.text);
  assert_int_equal(csv.count, 2);
  assert_true(csv.times[0] == 1.5 && csv.times[1] == 20);
  assert_true(csv.events[0] == 1 && csv.events[1] == 0);
  times_csv_free(&csv);
}

static void test_lives(void **state) {
  (void)state;
  expect_lives("time,event\n1.5,1\n20,0\n");
  expect_lives("time,event\r\n1.5,1\r\n20,0");
  expect_lives("\n# from the test stand\n\"time\", \"event\"\n 1.5 ,\"1\"\n\n2e1,0\n");
  expect_lives("\xef\xbb\xbftime,event\n1.5,1\n20,0\n");
  expect_lives("unit,event,who,time\nh,1,x,1.5\nh,0,,20\n");
}

static void test_counts(void **state) {
  (void)state;
  static const char text[] = "time,event,count\n3,1,9007199254740992\n-0,0,1\n";
  struct times_csv csv;
  assert_true(read(text, sizeof text - 1, TIMES_CSV_LIVES, &csv));
  assert_int_equal(csv.count, 2);
  assert_int_equal(csv.counts[0], UINT64_C(1) << 53);
  assert_true(csv.times[1] == 0 && csv.counts[1] == 1);
  times_csv_free(&csv);
}

static void test_arrivals(void **state) {
  (void)state;
  static const char text[] = "event,time\nwhatever,5\n,40\n";
  struct times_csv csv;
  assert_true(read(text, sizeof text - 1, TIMES_CSV_ARRIVALS, &csv));
  assert_int_equal(csv.count, 2);
  assert_null(csv.events);
  assert_true(csv.times[0] == 5 && csv.times[1] == 40);
  times_csv_free(&csv);
}

static void test_many(void **state) {
  (void)state;
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  fputs("time,event\n", out);
  for (int i = 0; i < 100000; i++)
    fprintf(out, "%d,%d\n", i, i % 2);
  fclose(out);
  struct times_csv csv;
  assert_true(read(text, size, TIMES_CSV_LIVES, &csv));
  assert_int_equal(csv.count, 100000);
  for (size_t i = 0; i < csv.count; i++)
    assert_true(csv.times[i] == (double)i && csv.events[i] == i % 2);
  times_csv_free(&csv);
  free(text);
}

static void test_bad(void **state) {
  (void)state;
  static const struct {
    const char *text, *said;
  } cases[] = {
      {"\n\n", "f.csv:2: empty: begin the file with a line of column names, as `time,event`"},
      {"1,1\n2,0\n", "f.csv:1: no column `time`: begin the file with a line of column names, as `time,event`"},
      {"time\n5\n",
       "f.csv:1: no column `event`: give one, 1 where it failed at that time, 0 where it had not, or ask for "
       "--arrivals"},
      {"time,event\n1,1\n2\n", "f.csv:3: no event: the line has fewer fields than there are columns"},
      {"time,event\n-1,1\n", "f.csv:2: time `-1`: give a number from 0"},
      {"time,event\ninf,1\n", "f.csv:2: time `inf`: give a number from 0"},
      {"time,event\nnan,1\n", "f.csv:2: time `nan`: give a number from 0"},
      {"time,event\n1e999,1\n", "f.csv:2: time `1e999`: give a number from 0"},
      {"time,event\n1x,1\n", "f.csv:2: time `1x`: give a number from 0"},
      {"time,event\n\x1b[31m,1\n", "f.csv:2: time `?[31m`: give a number from 0"},
      {"time,event\n1,2\n", "f.csv:2: event `2`: give 1 where it failed at that time, 0 where it had not"},
      {"time,event\n1,\n", "f.csv:2: event ``: give 1 where it failed at that time, 0 where it had not"},
      {"time,event,count\n1,1,0\n", "f.csv:2: count `0`: give a whole number from 1"},
      {"time,event,count\n1,1,1.5\n", "f.csv:2: count `1.5`: give a whole number from 1"},
      {"time,event,count\n1,1,9007199254740994\n", "f.csv:2: count `9007199254740994`: give a whole number from 1"},
  };
  struct times_csv csv;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_false(read(cases[i].text, strlen(cases[i].text), TIMES_CSV_LIVES, &csv));
    assert_string_equal(error.text, cases[i].said);
  }
  static const char zero[] = "time,event\n1,1\n2\0,0\n";
  assert_false(read(zero, sizeof zero - 1, TIMES_CSV_LIVES, &csv));
  assert_string_equal(error.text, "f.csv:3: a zero byte: give a text file");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_lives), cmocka_unit_test(test_counts),
                                     cmocka_unit_test(test_arrivals), cmocka_unit_test(test_many),
                                     cmocka_unit_test(test_bad)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
