/* Groups: what two keys share makes their score and its reasons, the index finds every pair that comparing all with all
 * finds, what a crowd shares counts less; and the crash state that ClusterFuzz's rule gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "triage/group/clusterfuzz.h"
#include "triage/group/group.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CLOSE 1e-9

/* A stack of functions in src/cache.c, innermost first, ends at NULL. */
struct calls {
  const char *functions[8];
};

struct sample {
  const char *kind, *location;
  struct calls access, previous, alloc;
};

static size_t frames_of(const struct calls *calls, struct frame *frames) {
  size_t count = 0;
  for (; calls->functions[count]; count++)
    frames[count] = (struct frame){calls->functions[count], "src/cache.c", 12, 3, "prog", 0x1200};
  return count;
}

/* `also`: keys that the run showed too, at most 8, ends at 0; NULL: not known. */
static size_t add_run(struct group *group, unsigned key, const struct sample *sample, const unsigned *also) {
  static const enum finding_role roles[] = {FINDING_ACCESS, FINDING_PREVIOUS, FINDING_ALLOC};
  const struct calls *calls[] = {&sample->access, &sample->previous, &sample->alloc};
  struct frame frames[3][8];
  struct finding finding = {.kind = sample->kind, .location = sample->location, .also_known = also != NULL};
  for (size_t i = 0; i < COUNT(roles); i++) {
    size_t count = frames_of(calls[i], frames[i]);
    if (count > 0)
      finding.stacks[finding.stack_count++] =
          (struct finding_stack){.role = roles[i], .operation = "", .frames = frames[i], .frame_count = count};
  }
  snprintf(finding.key, sizeof finding.key, "%016x", key);
  for (; also && also[finding.also_count]; finding.also_count++)
    snprintf(finding.also[finding.also_count], KEY_TEXT_SIZE, "%016x", also[finding.also_count]);
  return group_add(group, &finding);
}

static size_t add(struct group *group, unsigned key, const struct sample *sample) {
  return add_run(group, key, sample, NULL);
}

/* The score of two, their reasons joined by a bar. */
static double score_two(const struct sample *a, const struct sample *b, char said[1024]) {
  struct group *group = group_open();
  char *reasons[GROUP_REASONS_MAX];
  struct group_pair pair = {add(group, 1, a), add(group, 2, b), 0};
  assert_int_equal(group_count(group), 2);
  double score = group_score(group, pair.a, pair.b);
  assert_true(group_score(group, pair.b, pair.a) == score);
  size_t count = group_reasons(group, &pair, reasons);
  *said = '\0';
  for (size_t i = 0; i < count; i++) {
    snprintf(said + strlen(said), 1024 - strlen(said), "%s%s", i ? " | " : "", reasons[i]);
    free(reasons[i]);
  }
  group_close(group);
  return score;
}

static void expect_two(const struct sample *a, const struct sample *b, double score, const char *reasons) {
  char said[1024];
  double got = score_two(a, b, said);
  assert_string_equal(said, reasons);
  if (got < score - CLOSE || got > score + CLOSE)
    fail_msg("score %g, not %g: %s", got, score, reasons);
}

static void test_an_object_is_a_reason(void **state) {
  (void)state;
  struct sample a = {"data-race", "global cache of 64 bytes, 8 in", {{"put"}}, {{"get"}}, {{0}}}, b = a;
  b.access = (struct calls){{"drop"}};
  b.previous = (struct calls){{"grow"}};
  expect_two(&a, &b, 0.7, "both touch global \"cache\" + 8");
  b.location = "global cache of 64 bytes, offset 8"; /* as earlier findings have it */
  expect_two(&a, &b, 0.7, "both touch global \"cache\" + 8");
  b.location = "global cache of 64 bytes, 16 in";
  expect_two(&a, &b, 0, "");
  a.location = b.location = "heap block of 128 bytes, 24 in";
  expect_two(&a, &b, 0, ""); /* whose block is not known */
  a.alloc = b.alloc = (struct calls){{"malloc", "cache_new", "main"}};
  expect_two(&a, &b, 0.7, "both touch the block of cache_new src/cache.c + 24");
  b.location = "freed heap block of 256 bytes, 24 in"; /* another size of the same thing */
  expect_two(&a, &b, 0.7, "both touch the block of cache_new src/cache.c + 24");
  b.location = "heap block of 128 bytes, 32 in";
  expect_two(&a, &b, 0, "");
}

static void test_locations_that_name_nothing(void **state) {
  (void)state;
  static const char *const locations[] = {"",
                                          "global",
                                          "global ",
                                          "global of 8 bytes",
                                          "global of 8 bytes, 0 in",
                                          "heap block",
                                          "heap block of 8 bytes",
                                          "heap block of 8 bytes, x in",
                                          "heap block of 8 bytes, 4 into it",
                                          "heap block of 8 bytes, 4 before",
                                          "stack of thread T1",
                                          ", 4 in",
                                          ","};
  struct sample a = {"data-race", "", {{"put"}}, {{0}}, {{"cache_new"}}}, b = a;
  b.access = (struct calls){{"get"}};
  for (size_t i = 0; i < COUNT(locations); i++) {
    a.location = b.location = locations[i];
    expect_two(&a, &b, 0, "");
  }
  a.location = b.location = "global of 4 bytes of 8 bytes"; /* hostile, or C++ */
  expect_two(&a, &b, 0.7, "both touch global \"of 4 bytes\"");
}

static void test_sites_and_stacks_are_hints(void **state) {
  (void)state;
  struct sample a = {"data-race", "", {{"put", "fill", "run"}}, {{"get", "run"}}, {{0}}}, b = a;
  /* the same sites under another kind, as two sanitizers see them */
  b.kind = "heap-use-after-free";
  expect_two(&a, &b, 0.9 * (1 - (1 - 0.6) * (1 - 0.4)),
             "share 2 sites, among them get src/cache.c | stacks alike: 4 of 4 functions | though one is data-race and "
             "one is heap-use-after-free");
  b.kind = a.kind;
  const char *said = "share 2 sites, among them get src/cache.c | stacks alike: 4 of 4 functions";
  expect_two(&a, &b, 1 - (1 - 0.6) * (1 - 0.4), said);
  struct sample turned = {
      "data-race", "", a.previous, a.access, {{0}}}; /* sides swapped, and so met in another order */
  expect_two(&turned, &b, 1 - (1 - 0.6) * (1 - 0.4), said);
  /* one of two sites, and three of five functions */
  b = a;
  b.previous = (struct calls){{"drop", "run"}};
  expect_two(&a, &b, 1 - (1 - 0.6 * 2 / 4) * (1 - 0.4 * 3 / 5),
             "share the site put src/cache.c | stacks alike: 3 of 5 functions");
  /* a site alone says nothing twice */
  b = (struct sample){"data-race", "", {{"put"}}, {{"list"}}, {{0}}};
  expect_two(&a, &b, 0.3, "share the site put src/cache.c");
  /* nor do functions that are not the application's */
  a = (struct sample){"segv", "", {{"memcpy", "put", "malloc", "main"}}, {{0}}, {{0}}};
  b = (struct sample){"segv", "", {{"memcpy", "get", "malloc", "main"}}, {{0}}, {{0}}};
  expect_two(&a, &b, 0, "");
}

/* The score of keys 1 and 2, and their reason, if there is one. */
static double score_of_runs(struct group *group, char said[256]) {
  char *reasons[GROUP_REASONS_MAX];
  size_t pair_count;
  struct group_pair *pairs = group_pairs(group, 0, &pair_count);
  double score = pair_count ? pairs[0].score : 0;
  *said = '\0';
  assert_true(pair_count <= 1);
  if (pair_count == 1) {
    assert_int_equal(group_reasons(group, &pairs[0], reasons), 1);
    snprintf(said, 256, "%s", reasons[0]);
    free(reasons[0]);
  }
  free(pairs);
  return score;
}

static void expect_runs(struct group *group, double score, const char *reason) {
  char said[256];
  double got = score_of_runs(group, said);
  assert_string_equal(said, reason);
  if (got < score - CLOSE || got > score + CLOSE)
    fail_msg("score %g, not %g", got, score);
}

static void test_runs_that_show_both_are_a_hint(void **state) {
  (void)state;
  static const unsigned two_and_nine[] = {2, 9, 0}, one_and_nine[] = {1, 9, 0}, nine[] = {9, 0};
  struct sample a = {"data-race", "", {{"put"}}, {{0}}, {{0}}}, b = {"data-race", "", {{"drop"}}, {{0}}, {{0}}};
  struct group *group = group_open();
  add_run(group, 1, &a, two_and_nine); /* names 2 before it is there, and 9, which never comes */
  expect_runs(group, 0, "");
  add_run(group, 2, &b, nine);
  expect_runs(group, 0.8 / 2, "1 of 1 runs that show one show the other too");
  add_run(group, 1, &a, two_and_nine);
  add_run(group, 1, &a, two_and_nine);
  expect_runs(group, 0.8 * 3 / 4, "3 of 3 runs that show one show the other too");
  add(group, 1, &a); /* a log that does not say what else there was */
  expect_runs(group, 0.8 * 3 / 4, "3 of 3 runs that show one show the other too");
  for (int i = 0; i < 7; i++)
    add_run(group, 1, &a, nine);
  expect_runs(group, 0.8 * 3 / 11, "3 of 10 runs that show one show the other too");
  add_run(group, 2, &b, one_and_nine); /* now the other one says it more surely */
  expect_runs(group, 0.8 / 3, "1 of 2 runs that show one show the other too");
  group_close(group);
  group = group_open();
  b.access = (struct calls){{0}}; /* any double free of which no stack is known, say */
  add_run(group, 1, &a, two_and_nine);
  add_run(group, 2, &b, one_and_nine);
  expect_runs(group, 0, "");
  group_close(group);
}

static void test_where_runs_are_known_the_rest_counts_half(void **state) {
  (void)state;
  static const unsigned nothing[] = {0};
  struct sample a = {"data-race", "global cache of 64 bytes, 8 in", {{"put"}}, {{0}}, {{0}}}, b = a;
  b.access = (struct calls){{"drop"}};
  struct group *group = group_open();
  size_t one = add_run(group, 1, &a, nothing), other = add(group, 2, &b);
  assert_true(group_score(group, one, other) == 0.7); /* the second one is out of a log, which does not say */
  add_run(group, 2, &b, nothing);
  assert_true(group_score(group, one, other) > 0.35 - CLOSE && group_score(group, one, other) < 0.35 + CLOSE);
  group_close(group);
}

static void test_findings_of_one_key_add_up(void **state) {
  (void)state;
  struct group *group = group_open();
  struct sample a = {"data-race", "global one of 8 bytes, 0 in", {{"put"}}, {{0}}, {{0}}}, b = a;
  b.access = (struct calls){{"get"}};
  b.location = "global two of 8 bytes, 0 in";
  assert_int_equal(add(group, 7, &a), 0);
  assert_int_equal(add(group, 5, &b), 1);
  assert_true(group_score(group, 0, 1) == 0);
  a.location = b.location;
  assert_int_equal(add(group, 7, &a), 0);
  assert_int_equal(group_count(group), 2);
  size_t count;
  struct group_pair *pairs = group_pairs(group, GROUP_LEAST, &count);
  assert_int_equal(count, 1);
  assert_string_equal(group_key(group, pairs[0].a), "0000000000000005"); /* the smaller key first */
  assert_string_equal(group_key(group, pairs[0].b), "0000000000000007");
  free(pairs);
  group_close(group);
}

static void test_what_a_crowd_shares_counts_less(void **state) {
  (void)state;
  struct group *group = group_open();
  char name[32], *reasons[GROUP_REASONS_MAX];
  double before = 1;
  for (unsigned i = 0; i < 400; i++) {
    snprintf(name, sizeof name, "worker_%u", i);
    struct sample sample = {"data-race", "global hot of 8 bytes, 0 in", {{name}}, {{0}}, {{0}}};
    add(group, i + 1, &sample);
    double score = i ? group_score(group, 0, 1) : 1;
    if (i && i < GROUP_COMMON)
      assert_float_equal(score, GROUP_OBJECT, CLOSE);
    else if (i)
      assert_true(score < before);
    before = score;
  }
  assert_float_equal(before, GROUP_OBJECT * GROUP_COMMON / 400, CLOSE);
  struct group_pair pair = {0, 1, before};
  assert_int_equal(group_reasons(group, &pair, reasons), 1);
  assert_string_equal(reasons[0], "both touch global \"hot\" + 0 (as do 400 keys)");
  free(reasons[0]);
  size_t count;
  struct group_pair *pairs = group_pairs(group, 0, &count);
  assert_int_equal(count, 0);
  free(pairs);
  group_close(group);
}

/* ---- the index against all pairs ---- */

static uint64_t seed;

static unsigned random_below(unsigned bound) {
  seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(seed >> 33) % bound;
}

#define NAMES 24

static struct calls random_calls(char names[][32], unsigned least, unsigned most) {
  struct calls calls = {{0}};
  unsigned count = least + random_below(most - least + 1);
  for (unsigned i = 0; i < count; i++)
    /* some are met all the time, most seldom */
    calls.functions[i] = random_below(3) ? names[random_below(NAMES)] : names[random_below(3)];
  return calls;
}

static void add_random(struct group *group, unsigned key, char names[][32]) {
  static const char *const kinds[] = {"data-race", "heap-use-after-free", "deadlock"};
  char location[64];
  unsigned offset = 8 * random_below(12);
  if (random_below(2))
    snprintf(location, sizeof location, "global %s of 96 bytes, %u in", names[random_below(NAMES)], offset);
  else
    snprintf(location, sizeof location, "heap block of %u bytes, %u in", 96 + random_below(3), offset);
  struct sample sample = {kinds[random_below(3)], random_below(4) ? location : "", random_calls(names, 1, 5),
                          random_calls(names, 0, 3), random_calls(names, 0, 2)};
  unsigned also[4] = {0}; /* keys that may not be there, perhaps twice */
  for (unsigned i = random_below(4); i > 0; i--)
    also[i - 1] = 1 + random_below(80);
  add_run(group, key, &sample, also);
}

static void compare_with_all(struct group *group, double least) {
  size_t count, expected = 0, keys = group_count(group);
  struct group_pair *pairs = group_pairs(group, least, &count);
  for (size_t a = 0; a < keys; a++)
    for (size_t b = a + 1; b < keys; b++)
      expected += group_score(group, a, b) >= least;
  assert_int_equal(count, expected);
  for (size_t i = 0; i < count; i++) {
    assert_true(pairs[i].score == group_score(group, pairs[i].a, pairs[i].b));
    assert_true(pairs[i].score >= least && pairs[i].score <= 1);
    assert_true(strcmp(group_key(group, pairs[i].a), group_key(group, pairs[i].b)) < 0);
    if (i == 0)
      continue;
    assert_true(pairs[i - 1].score >= pairs[i].score);
    if (pairs[i - 1].score == pairs[i].score) { /* and so no pair comes twice */
      int order = strcmp(group_key(group, pairs[i - 1].a), group_key(group, pairs[i].a));
      assert_true(order < 0 ||
                  (order == 0 && strcmp(group_key(group, pairs[i - 1].b), group_key(group, pairs[i].b)) < 0));
    }
  }
  free(pairs);
}

static void test_the_index_finds_what_comparing_all_finds(void **state) {
  (void)state;
  static const unsigned sizes[] = {0, 1, 2, 60, 700}; /* of 700 more than GROUP_CROWD share a thing */
  char names[NAMES][32];
  for (unsigned i = 0; i < NAMES; i++)
    snprintf(names[i], sizeof names[i], "function_%u", i);
  for (size_t i = 0; i < COUNT(sizes); i++) {
    struct group *group = group_open();
    seed = i;
    for (unsigned key = 0; key < sizes[i]; key++)
      add_random(group, key + 1, names);
    compare_with_all(group, GROUP_LEAST_EVER);
    compare_with_all(group, GROUP_LEAST);
    group_close(group);
  }
}

static void expect_same_reasons(struct group *group, const struct group_pair *pair, struct group *other,
                                const struct group_pair *other_pair) {
  char *reasons[GROUP_REASONS_MAX], *others[GROUP_REASONS_MAX];
  size_t count = group_reasons(group, pair, reasons);
  assert_int_equal(count, group_reasons(other, other_pair, others));
  for (size_t i = 0; i < count; i++) {
    assert_string_equal(reasons[i], others[i]);
    free(reasons[i]);
    free(others[i]);
  }
}

static void test_the_order_of_findings_does_not_matter(void **state) {
  (void)state;
  char names[NAMES][32];
  struct group *forth = group_open(), *back = group_open();
  for (unsigned i = 0; i < NAMES; i++)
    snprintf(names[i], sizeof names[i], "function_%u", i);
  for (unsigned i = 0; i < 80; i++) {
    seed = i;
    add_random(forth, i, names);
    seed = 79 - i;
    add_random(back, 79 - i, names);
  }
  size_t count, other;
  struct group_pair *a = group_pairs(forth, GROUP_LEAST_EVER, &count), *b = group_pairs(back, GROUP_LEAST_EVER, &other);
  assert_int_equal(count, other);
  assert_true(count > 100);
  for (size_t i = 0; i < count; i++) {
    assert_string_equal(group_key(forth, a[i].a), group_key(back, b[i].a));
    assert_string_equal(group_key(forth, a[i].b), group_key(back, b[i].b));
    assert_true(a[i].score == b[i].score);
    expect_same_reasons(forth, &a[i], back, &b[i]);
  }
  free(a);
  free(b);
  group_close(forth);
  group_close(back);
}

/* Comparing all of these would be 50 million pairs, minutes under a sanitizer. */
static void test_ten_thousand_keys(void **state) {
  (void)state;
  struct group *group = group_open();
  char own[32], shared[32], location[64];
  struct timespec begun, ended;
  for (unsigned i = 0; i < 10000; i++) {
    snprintf(own, sizeof own, "own_%u", i);
    snprintf(shared, sizeof shared, "shared_%u", i / 4);
    snprintf(location, sizeof location, "global g%u of 8 bytes, 0 in", i / 2);
    struct sample sample = {"data-race", location, {{own, shared, "in_all", "run"}}, {{"in_all"}}, {{0}}};
    add(group, i, &sample);
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
  size_t count;
  struct group_pair *pairs = group_pairs(group, GROUP_LEAST, &count);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
  assert_int_equal(count, 5000);
  assert_true(ended.tv_sec - begun.tv_sec < 10);
  free(pairs);
  group_close(group);
}

/* ---- ClusterFuzz ---- */

static void expect_state(const struct frame *frames, size_t count, const char *expected) {
  struct finding finding = {.stacks = {{.role = FINDING_ACCESS, .frames = frames, .frame_count = count}},
                            .stack_count = 1};
  char text[CLUSTERFUZZ_STATE_SIZE];
  clusterfuzz_state(&finding, text);
  assert_string_equal(text, expected);
}

static struct frame named(const char *function, const char *file) {
  return (struct frame){function, file, 1, 1, "prog", 0x1234};
}

static void test_clusterfuzz_state(void **state) {
  (void)state;
  const struct frame usual[] = {named("__interceptor_memcpy", ""),
                                named("cache_put", "src/cache.c"),
                                named("free_all", "src/cache.c"), /* begins as `free` */
                                named("fill(int, char)", "src/fill.cc"),
                                named("main_loop", "src/main.c"),
                                named("ns::(anonymous namespace)::go<int>(int)", "src/go.cc"),
                                named("fourth", "src/cache.c")};
  expect_state(usual, COUNT(usual), "cache_put\nfill\nns::go<int>");
  const struct frame none[] = {named("malloc", ""), named("main", "main.c"), named("f", "")};
  expect_state(none, COUNT(none), "");
  expect_state(none, 0, "");
  const struct frame places[] = {named("run", "/build/glibc-2.36/nptl/x.c"),
                                 named("check_assertion", "a.c"),
                                 named("", ""),
                                 named("example.com/pkg/cache.Put", "/src/cache.go"),
                                 named("runtime.goexit", "proc.go"),
                                 named("sub_401000", "a.c"),
                                 named("x", "y.c")};
  expect_state(places, COUNT(places), "prog\ncache.Put\nsub_NUMBER");
  const struct frame numbers[] = {named("at_0x40be12U_x", "a.c"), named("v123456a", "a.c"), named("step_123", "a.c")};
  expect_state(numbers, COUNT(numbers), "at_ADDRESS_x\nv123456a\nstep_123");
}

static void test_clusterfuzz_state_of_hostile_names(void **state) {
  (void)state;
  char name[300], expected[CLUSTERFUZZ_STATE_SIZE];
  memset(name, 'x', sizeof name);
  name[sizeof name - 1] = '\0';
  memset(name + 76, '7', 8); /* told as NUMBER where the line ends */
  name[75] = '_';
  name[84] = '_';
  const struct frame deep[] = {named(name, ""), named(name, ""), named(name, ""), named(name, "")};
  snprintf(expected, sizeof expected, "%.76sNUMB\n%.76sNUMB\n%.76sNUMB", name, name, name);
  expect_state(deep, COUNT(deep), expected);
  const struct frame bytes[] = {named("a\x1b[31m\xff", ""), named("bad\x01name\xc3", ""), named("(((", "")};
  expect_state(bytes, COUNT(bytes), "a\nbadname\n(((");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_an_object_is_a_reason),
      cmocka_unit_test(test_locations_that_name_nothing),
      cmocka_unit_test(test_sites_and_stacks_are_hints),
      cmocka_unit_test(test_runs_that_show_both_are_a_hint),
      cmocka_unit_test(test_where_runs_are_known_the_rest_counts_half),
      cmocka_unit_test(test_findings_of_one_key_add_up),
      cmocka_unit_test(test_what_a_crowd_shares_counts_less),
      cmocka_unit_test(test_the_index_finds_what_comparing_all_finds),
      cmocka_unit_test(test_the_order_of_findings_does_not_matter),
      cmocka_unit_test(test_ten_thousand_keys),
      cmocka_unit_test(test_clusterfuzz_state),
      cmocka_unit_test(test_clusterfuzz_state_of_hostile_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
