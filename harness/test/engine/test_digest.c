/* ctest: full timeout=300
 * One input, one interleaving: the digest of a run is the same late in a long process as in a fresh one.
 *
 * `test_digest_FLAVOUR list [FILE]` prints a digest of every 100 inputs of a fixed sequence, for digest_equal.sh, which
 * compares the flavours.  gomap has no locks, and once in a while a race makes it write past a block's end: there ASan
 * ends the run.  Such inputs are listed as `left-out N`; those that FILE names are left out too.
 * `test_digest_FLAVOUR one N` prints the digests of the N-th input. */
#include "harness/test/engine/engine.h"

#define INPUTS 10000
#define BLOCK 100
#define SAMPLE 50 /* inputs that are run in fresh processes too */

static struct program program;
static struct execution execution;

static struct used {
  bool codes[PROGRAM_OP_COUNT], policies[SCHED_POLICY_COUNT], granularities[SCHED_GRANULARITY_COUNT];
  bool constraints[SCHED_CONSTRAINT_KIND_COUNT], threads[PROGRAM_THREADS_MAX + 1];
} used;

static void draw_input(uint64_t index) {
  engine_draw_short_program(index, &program);
  for (unsigned i = 0; i < program.op_count; i++)
    used.codes[program.ops[i].code] = true;
  for (unsigned i = 0; i < program.plan.constraint_count; i++)
    used.constraints[program.plan.constraints[i].kind] = true;
  used.policies[program.plan.policy] = used.granularities[program.plan.granularity] = true;
  used.threads[program.threads] = true;
}

struct digests {
  unsigned long long everything, rwmap, gomap;
};

static bool left_out[INPUTS]; /* for gomap */

static struct digests run_input(uint64_t index) {
  struct run_result result;
  struct digests digests;
  uint32_t seed = (uint32_t)index;
  draw_input(index);
  run_body(&program.plan, NULL, everything, &seed, &result);
  digests.everything = result.digest;
  struct subject rwmap = subject_of(map_find("rwmap"), SUBJECT_USE_DEFAULT);
  struct subject gomap = subject_of(map_find("gomap"), SUBJECT_USE_DEFAULT);
  program_restrict(&program, &rwmap.rules);
  run_program(&program, &rwmap, &execution, NULL, &result);
  digests.rwmap = result.digest;
  program_restrict(&program, &gomap.rules);
  run_program(&program, &gomap, &execution, NULL, &result);
  digests.gomap = result.digest;
  if (index < INPUTS && engine_find("heap-buffer-overflow", ""))
    left_out[index] = true;
  return digests;
}

static unsigned long long mix(unsigned long long sum, unsigned long long digest) {
  return (sum ^ digest) * UINT64_C(0x9e3779b97f4a7c15);
}

static void read_left_out(const char *path) {
  FILE *file = fopen(path, "r");
  unsigned index;
  if (!file) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(2);
  }
  while (fscanf(file, "left-out %u ", &index) == 1 && index < INPUTS)
    left_out[index] = true;
  fclose(file);
}

static int list_digests(void) {
  for (uint64_t i = 0; i < INPUTS; i += BLOCK) {
    struct digests sums = {0, 0, 0};
    for (uint64_t k = i; k < i + BLOCK; k++) {
      struct digests digests = run_input(k);
      sums.everything = mix(sums.everything, digests.everything);
      sums.rwmap = mix(sums.rwmap, digests.rwmap);
      sums.gomap = left_out[k] ? sums.gomap : mix(sums.gomap, digests.gomap);
    }
    printf("%llu everything %016llx rwmap %016llx gomap %016llx\n", (unsigned long long)i, sums.everything, sums.rwmap,
           sums.gomap);
  }
  for (unsigned i = 0; i < INPUTS; i++)
    if (left_out[i])
      printf("left-out %u\n", i);
  return 0;
}

static int print_digests(uint64_t index) {
  struct digests digests = run_input(index);
  printf("%llx %llx %llx\n", digests.everything, digests.rwmap, digests.gomap);
  return 0;
}

static const char *self;

static struct digests run_in_fresh_process(uint64_t index) {
  char command[512];
  snprintf(command, sizeof command, "%s one %llu", self, (unsigned long long)index);
  struct digests digests = {0, 0, 0};
  FILE *pipe = popen(command, "r");
  if (!pipe)
    return digests;
  assert_int_equal(fscanf(pipe, "%llx %llx %llx", &digests.everything, &digests.rwmap, &digests.gomap), 3);
  assert_int_equal(pclose(pipe), 0);
  return digests;
}

static void a_fresh_process_takes_the_same_interleavings(void **state) {
  (void)state;
  static struct digests early[INPUTS];
  for (uint64_t i = 0; i < INPUTS; i++)
    early[i] = run_input(i);
  /* Again, in another order, and now and then in a process of its own. */
  for (uint64_t i = 0; i < INPUTS; i++) {
    uint64_t index = i * 1237 % INPUTS;
    struct digests late = run_input(index);
    assert_memory_equal(&late, &early[index], sizeof late);
    if (i % (INPUTS / SAMPLE) != 0)
      continue;
    struct digests fresh = run_in_fresh_process(index);
    assert_memory_equal(&late, &fresh, sizeof late);
  }
}

static void the_inputs_use_all_there_is(void **state) {
  (void)state;
  memset(&used, 0, sizeof used);
  for (uint64_t i = 0; i < INPUTS; i++)
    draw_input(i);
  for (int i = 0; i < PROGRAM_OP_COUNT; i++)
    assert_true(used.codes[i]);
  for (int i = 0; i < SCHED_POLICY_COUNT; i++)
    assert_true(used.policies[i]);
  for (int i = 0; i < SCHED_GRANULARITY_COUNT; i++)
    assert_true(used.granularities[i]);
  for (int i = 0; i < SCHED_CONSTRAINT_KIND_COUNT; i++)
    assert_true(used.constraints[i]);
  for (int i = PROGRAM_THREADS_MIN; i <= PROGRAM_THREADS_MAX; i++)
    assert_true(used.threads[i]);
}

static void count_step(void *context, const struct sched_step *step) {
  (void)step;
  ++*(unsigned long long *)context;
}

/* `heddle repro` shows what it looks at, not another run. */
static void a_run_that_is_looked_at_is_the_same(void **state) {
  (void)state;
  unsigned long long steps = 0;
  for (uint64_t i = 0; i < 500; i++) {
    struct digests unseen = run_input(i);
    sched_set_trace(count_step, &steps);
    struct digests seen = run_input(i);
    sched_set_trace(NULL, NULL);
    assert_int_equal(seen.everything, unseen.everything);
    assert_int_equal(seen.rwmap, unseen.rwmap);
    assert_int_equal(seen.gomap, unseen.gomap);
  }
  assert_true(steps > 100000);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    engine_setup(NULL);
    if (strcmp(argv[1], "one") == 0)
      return print_digests(argc > 2 ? strtoull(argv[2], NULL, 10) : 0);
    if (argc > 2)
      read_left_out(argv[2]);
    return list_digests();
  }
  self = argv[0];
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_inputs_use_all_there_is),
      cmocka_unit_test(a_fresh_process_takes_the_same_interleavings),
      cmocka_unit_test(a_run_that_is_looked_at_is_the_same),
  };
  return ENGINE_MAIN(tests);
}
