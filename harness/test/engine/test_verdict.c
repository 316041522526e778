/* ctest: full timeout=120
 * The verdict repeats: what is seen in an input's run is the same set of failures in a fresh process as late in a long
 * one, after other inputs in another order, wherever the state of the code under test lies. */
#include "harness/test/engine/engine.h"

#define INPUTS 100 /* of each place */
#define ROUNDS 3

/* Where the state lies; in the last one, gomap's. */
static void *(*const places[])(void *) = {verdict_globals, verdict_stack, verdict_heap, NULL};
static const char *const place_names[] = {"variables", "a stack", "the heap", "gomap"};
enum { PLACES = sizeof places / sizeof places[0] };

/* What came of a run: the digest, and a sum over the raw keys, which knows no order. */
struct verdict {
  unsigned long long digest, keys;
  unsigned count;
};

static void run_gomap(unsigned index, struct run_result *result) {
  static struct program program;
  static struct execution execution;
  engine_draw_short_program(index, &program);
  struct subject subject = subject_of(map_find("gomap"), SUBJECT_USE_DEFAULT);
  program_restrict(&program, &subject.rules);
  run_program(&program, &subject, &execution, NULL, result);
}

static struct verdict run_input(size_t place, unsigned index) {
  uint32_t seed = index * 2654435761u;
  struct run_result result;
  if (places[place])
    engine_run(index, places[place], &seed, &result);
  else
    run_gomap(index, &result);
  struct verdict verdict = {.digest = result.digest, .count = (unsigned)result.failures};
  for (size_t i = 0; i < failure_count(); i++)
    verdict.keys += failure_at(i)->raw * UINT64_C(0x9e3779b97f4a7c15);
  return verdict;
}

static const char *self;

static struct verdict run_in_fresh_process(size_t place, unsigned index) {
  char command[512];
  snprintf(command, sizeof command, "%s %zu %u", self, place, index);
  struct verdict verdict = {.digest = 0};
  FILE *pipe = popen(command, "r");
  if (!pipe)
    return verdict;
  assert_int_equal(fscanf(pipe, "%llx %llx %u", &verdict.digest, &verdict.keys, &verdict.count), 3);
  assert_int_equal(pclose(pipe), 0);
  return verdict;
}

static int print_verdict(size_t place, unsigned index) {
  engine_setup(NULL);
  struct verdict verdict = run_input(place, index);
  printf("%llx %llx %u\n", verdict.digest, verdict.keys, verdict.count);
  return 0;
}

static struct verdict fresh[PLACES][INPUTS];

static void verdicts_in_a_long_run_are_those_of_fresh_processes(void **state) {
  (void)state;
  unsigned failing = 0, reports = 0, other_digests = 0, other_keys[PLACES] = {0};
  for (size_t place = 0; place < PLACES; place++)
    for (unsigned i = 0; i < INPUTS; i++) {
      fresh[place][i] = run_in_fresh_process(place, i);
      failing += fresh[place][i].count > 0;
      reports += fresh[place][i].count;
    }
  /* 7919 is a prime: each round visits every input once, and each round in another order. */
  for (unsigned round = 0; round < ROUNDS; round++)
    for (unsigned i = 0; i < PLACES * INPUTS; i++) {
      unsigned n = (unsigned)((uint64_t)i * 7919 * (round * 2 + 1) % (PLACES * INPUTS));
      size_t place = n % PLACES;
      struct verdict now = run_input(place, n / PLACES);
      other_digests += now.digest != fresh[place][n / PLACES].digest;
      other_keys[place] += now.keys != fresh[place][n / PLACES].keys;
    }
  print_message("%u inputs, %u of them failing, %u distinct failures in all; %u runs\n", PLACES * INPUTS, failing,
                reports, ROUNDS * PLACES * INPUTS);
  for (size_t place = 0; place < PLACES; place++)
    print_message("state in %s: %u of %u sets differ from the fresh process's\n", place_names[place], other_keys[place],
                  ROUNDS * INPUTS);
  if (HEDDLE_FLAVOUR_TSAN)
    assert_true(failing > PLACES * INPUTS * 3 / 4);
  assert_int_equal(other_digests, 0);
  for (size_t place = 0; place < PLACES; place++)
    assert_int_equal(other_keys[place], 0);
}

int main(int argc, char **argv) {
  if (argc == 3)
    return print_verdict(strtoul(argv[1], NULL, 10), (unsigned)strtoul(argv[2], NULL, 10));
  self = argv[0];
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(verdicts_in_a_long_run_are_those_of_fresh_processes),
  };
  return ENGINE_MAIN(tests);
}
