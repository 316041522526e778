/* bench: flavours=tsan,plain
 * The engine: inputs per second on fibers against the same operations on real threads, and where a run's time goes.
 *
 * Both sides run the same decoded inputs on the same instrumented map in one process, in turn; a figure is the median
 * of the rounds.  The threads are four, made and joined for each input, and run freely: no scheduler, hooks inactive.
 * Most are done before the next one has been made, so that little runs at the same time at all: beside it stands the
 * figure for threads that first meet at a barrier, and how often any two overlapped in each.  The ratio is rwmap's,
 * where nothing races and no report disturbs.  The tsan binary is the one that counts: it has the plain one fill a
 * column of its table, and writes ../bench/engine.json beside its folder.
 *
 *   bench_engine_tsan            the table
 *   bench_engine_plain --figures one line a measurement: name, nanoseconds */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "carrier/execute.h"
#include "flavour/flavour.h"
#include "program/program.h"
#include "target/run.h"

#define INPUTS 256 /* of each map */
#define THREADS 4
#define POINTS_LEAST 150
#define POINTS_MOST 230
#define ROUNDS 15
#define ROUND_NS 60e6 /* of each measurement */

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* ---- inputs ---- */

struct input {
  uint8_t bytes[96];
  size_t size;
};

/* A map's inputs, and what their runs are like on average. */
struct workload {
  struct subject subject;
  struct input inputs[INPUTS];
  double points, switches, operations, failures;
};

static struct workload rwmap, gomap;
static struct program program;
static struct execution execution;

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static void decode_input(const struct workload *load, unsigned index) {
  program_decode(load->inputs[index].bytes, load->inputs[index].size, &program);
}

static void run_input(const struct workload *load, unsigned index, struct run_result *result) {
  decode_input(load, index);
  run_program(&program, &load->subject, &execution, NULL, result);
}

/* Points are counted in all, those too that decide nothing because there is one task alone. */
static bool suits(void) {
  return program.threads == THREADS && program.plan.granularity == SCHED_EVERY_ACCESS &&
         sched.outcome == SCHED_COMPLETED && sched.ticks >= POINTS_LEAST && sched.ticks <= POINTS_MOST;
}

/* Random bytes, decoded as a fuzzer's are; those whose run has about the length that is asked for are kept. */
static void draw_inputs(struct workload *load, const char *map) {
  uint64_t random = 1;
  load->subject = subject_of(map_find(map), SUBJECT_USE_DEFAULT);
  for (unsigned kept = 0; kept < INPUTS;) {
    struct input *input = &load->inputs[kept];
    for (size_t i = 0; i < sizeof input->bytes; i++)
      input->bytes[i] = (uint8_t)next_random(&random);
    input->size = next_random(&random) % sizeof input->bytes;
    struct run_result result;
    run_input(load, kept, &result);
    if (!suits())
      continue;
    load->points += (double)sched.ticks / INPUTS;
    load->switches += (double)result.switches / INPUTS;
    load->operations += (double)result.operations / INPUTS;
    load->failures += (double)result.failures / INPUTS;
    kept++;
  }
}

/* ---- what is measured: each call does its work for the index-th input ---- */

static void decode(unsigned index) { decode_input(&rwmap, index); }

static void *nothing(void *arg) { return arg; }

static void run_nothing(unsigned index) {
  struct run_result result;
  decode(index);
  run_body(&program.plan, NULL, nothing, NULL, &result);
}

static void *spawn_and_join(void *arg) {
  struct sched_place place = {0};
  int tasks[THREADS];
  for (int i = 0; i < THREADS; i++)
    tasks[i] = sched_spawn(nothing, NULL);
  for (int i = 0; i < THREADS; i++)
    sched_join(tasks[i], &place);
  return arg;
}

static void run_tasks(unsigned index) {
  struct run_result result;
  decode(index);
  run_body(&program.plan, NULL, spawn_and_join, NULL, &result);
}

/* The tasks too, but no operation. */
static void run_map(unsigned index) {
  struct run_result result;
  decode(index);
  program.op_count = 0;
  run_program(&program, &rwmap.subject, &execution, NULL, &result);
}

static void run_rwmap(unsigned index) {
  struct run_result result;
  run_input(&rwmap, index, &result);
}

static void run_gomap(unsigned index) {
  struct run_result result;
  run_input(&gomap, index, &result);
}

/* Four real threads an input. */
static pthread_barrier_t gate;
static bool gated;
static double began[THREADS], ended[THREADS];

static void *thread_main(void *arg) {
  unsigned number = (unsigned)(uintptr_t)arg;
  if (gated)
    pthread_barrier_wait(&gate);
  began[number] = now_ns();
  execute_thread_freely(&execution, number);
  ended[number] = now_ns();
  return NULL;
}

static void run_on_threads(unsigned index) {
  decode(index);
  execution = (struct execution){.program = &program, .ops = rwmap.subject.map};
  if (!execute_create(&execution))
    abort();
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, thread_main, (void *)i))
      abort();
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  rwmap.subject.map->destroy(execution.map);
}

static void run_gated_threads(unsigned index) {
  gated = true;
  run_on_threads(index);
}

static void run_loose_threads(unsigned index) {
  gated = false;
  run_on_threads(index);
}

/* The share of inputs in which any two threads were at work at the same time. */
static double overlapping(void (*run)(unsigned index)) {
  unsigned found = 0;
  for (unsigned index = 0; index < INPUTS; index++) {
    run(index);
    bool overlap = false;
    for (int a = 0; a < THREADS; a++)
      for (int b = 0; b < a; b++)
        overlap |= began[a] < ended[b] && began[b] < ended[a];
    found += overlap;
  }
  return (double)found / INPUTS;
}

/* Two tasks that give way to each other. */
#define SWITCHES 4000
static const struct sched_plan quiet_plan = {.policy = SCHED_POLICY_BYTES};

static void *give_way(void *arg) {
  struct sched_place place = {0};
  for (int i = 0; i < SWITCHES / 2; i++)
    sched_give_way(SCHED_POINT_YIELD, &place);
  return arg;
}

static void *two_give_way(void *arg) {
  struct sched_place place = {0};
  int first = sched_spawn(give_way, NULL), second = sched_spawn(give_way, NULL);
  sched_join(first, &place);
  sched_join(second, &place);
  return arg;
}

static void run_switches(unsigned index) {
  struct run_result result;
  (void)index;
  run_body(&quiet_plan, NULL, two_give_way, NULL, &result);
}

/* The same between two bare stacks: no scheduler, and with or without the sanitizer told.
 * boost/context/detail/fcontext.hpp declares these for C++. */
struct transfer {
  void *from, *data;
};
extern struct transfer jump_fcontext(void *to, void *data);
extern void *make_fcontext(void *stack_top, size_t size, void (*entry)(struct transfer));

static char bare_stack[64 << 10] __attribute__((aligned(64)));
static void *fibers[2]; /* TSan's: the caller, the other one; NULL: it is not told */

static void tell(int fiber) {
#if HEDDLE_FLAVOUR_TSAN
  if (fibers[1])
    __tsan_switch_to_fiber(fibers[fiber], 1);
#else
  (void)fiber;
#endif
}

static void bounce(struct transfer came) {
  for (;;) {
    tell(0);
    came = jump_fcontext(came.from, NULL);
  }
}

static void jump_to_and_fro(unsigned index) {
  void *to = make_fcontext(bare_stack + sizeof bare_stack, sizeof bare_stack, bounce);
  (void)index;
  for (int i = 0; i < SWITCHES / 2; i++) {
    tell(1);
    to = jump_fcontext(to, NULL).from;
  }
}

static void run_bare_switches(unsigned index) {
  fibers[1] = NULL;
  jump_to_and_fro(index);
}

static void run_told_switches(unsigned index) {
#if HEDDLE_FLAVOUR_TSAN
  static void *other;
  if (!other)
    other = __tsan_create_fiber(0);
  fibers[0] = __tsan_get_current_fiber();
  fibers[1] = other;
#endif
  jump_to_and_fro(index);
}

/* One task whose points decide nothing. */
#define LOADS 8000
void *bench_loads(void *count);

static void run_loads(unsigned index) {
  struct run_result result;
  long count = LOADS;
  (void)index;
  run_body(&quiet_plan, NULL, bench_loads, &count, &result);
}

/* ---- measuring ---- */

enum {
  DECODE,
  NOTHING,
  TASKS,
  MAP,
  RWMAP,
  GATED_THREADS,
  LOOSE_THREADS,
  GOMAP,
  SWITCH,
  SWITCH_BARE,
  SWITCH_TOLD,
  LOAD,
  FIGURES
};

static const struct {
  const char *name;
  void (*work)(unsigned index);
  double units; /* in one call */
} figures[FIGURES] = {
    [DECODE] = {"decode", decode, 1},
    [NOTHING] = {"nothing", run_nothing, 1},
    [TASKS] = {"tasks", run_tasks, 1},
    [MAP] = {"map", run_map, 1},
    [RWMAP] = {"rwmap", run_rwmap, 1},
    [GATED_THREADS] = {"threads", run_gated_threads, 1},
    [LOOSE_THREADS] = {"threads-loose", run_loose_threads, 1},
    [GOMAP] = {"gomap", run_gomap, 1},
    [SWITCH] = {"switch", run_switches, SWITCHES},
    [SWITCH_BARE] = {"switch-bare", run_bare_switches, SWITCHES},
    [SWITCH_TOLD] = {"switch-told", run_told_switches, SWITCHES},
    [LOAD] = {"load", run_loads, LOADS},
};

static double own_ns[FIGURES], plain_ns[FIGURES]; /* medians, a unit; plain_ns: 0 where not known */

static double measure(int figure, unsigned calls) {
  double start = now_ns();
  for (unsigned i = 0; i < calls; i++)
    figures[figure].work(i % INPUTS);
  return (now_ns() - start) / calls;
}

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void measure_all(void) {
  unsigned calls[FIGURES];
  double ns[FIGURES][ROUNDS];
  for (int i = 0; i < FIGURES; i++)
    calls[i] = 1 + (unsigned)(ROUND_NS / measure(i, 32));
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < FIGURES; i++)
      ns[i][round] = measure(i, calls[i]);
  for (int i = 0; i < FIGURES; i++) {
    qsort(ns[i], ROUNDS, sizeof(double), compare_doubles);
    own_ns[i] = ns[i][ROUNDS / 2] / figures[i].units;
  }
}

static void print_figures(void) {
  for (int i = 0; i < FIGURES; i++)
    printf("%s %.3f\n", figures[i].name, own_ns[i]);
}

/* From the plain binary beside this one, where there is one. */
static void read_plain(const char *folder) {
  char command[4096], name[32];
  double ns;
  snprintf(command, sizeof command, "'%s/bench_engine_plain' --figures 2>/dev/null", folder);
  FILE *pipe = popen(command, "r");
  if (!pipe)
    return;
  while (fscanf(pipe, "%31s %lf", name, &ns) == 2)
    for (int i = 0; i < FIGURES; i++)
      if (strcmp(name, figures[i].name) == 0)
        plain_ns[i] = ns;
  pclose(pipe);
}

/* ---- reporting ---- */

/* Where an rwmap input's time goes: what each stage adds to the one before it. */
struct stage {
  const char *name;
  double ns, plain_ns;
};
enum { STAGES = 8 };

static void fill_stages(struct stage stages[STAGES]) {
  static const char *const names[STAGES] = {
      "decode the input",
      "begin and end a run",
      "start and join 4 tasks",
      "make, fill and destroy the map",
      "operations: switches",
      "operations: points, with their accesses",
      "operations: the rest (locks, calls, counters)",
      "all",
  };
  for (int column = 0; column < 2; column++) {
    const double *ns = column ? plain_ns : own_ns;
    double switching = rwmap.switches * ns[SWITCH], accesses = rwmap.points * ns[LOAD];
    double values[STAGES] = {
        ns[DECODE],
        ns[NOTHING] - ns[DECODE],
        ns[TASKS] - ns[NOTHING],
        ns[MAP] - ns[TASKS],
        switching,
        accesses,
        ns[RWMAP] - ns[MAP] - switching - accesses,
        ns[RWMAP],
    };
    for (int i = 0; i < STAGES; i++)
      *(column ? &stages[i].plain_ns : &stages[i].ns) = values[i];
  }
  for (int i = 0; i < STAGES; i++)
    stages[i].name = names[i];
}

static void print_load(const char *name, const struct workload *load) {
  printf("%s: %d inputs of %.0f points, %.0f switches, %.1f operations, %.2f failures on average, 4 threads\n", name,
         INPUTS, load->points, load->switches, load->operations, load->failures);
}

static void print_table(const struct stage stages[STAGES]) {
  print_load("rwmap", &rwmap);
  print_load("gomap", &gomap);
  printf("medians of %d rounds, all in turn\n\n", ROUNDS);
  printf("inputs/s  %9.0f  rwmap, fibers\n", 1e9 / own_ns[RWMAP]);
  printf("          %9.0f  rwmap, 4 threads (any two overlap in %.1f %% of the inputs)\n", 1e9 / own_ns[LOOSE_THREADS],
         100 * overlapping(run_loose_threads));
  printf("          %9.0f  rwmap, 4 threads that begin together, at a barrier (%.1f %%)\n", 1e9 / own_ns[GATED_THREADS],
         100 * overlapping(run_gated_threads));
  printf("          %9.1f  fibers to threads; %.1f with the barrier\n", own_ns[LOOSE_THREADS] / own_ns[RWMAP],
         own_ns[GATED_THREADS] / own_ns[RWMAP]);
  printf("          %9.0f  gomap, fibers\n\n", 1e9 / own_ns[GOMAP]);
  printf("ns        %9.1f  a switch from task to task, all included\n", own_ns[SWITCH]);
  printf("          %9.1f  ... between two stacks, sanitizer told\n", own_ns[SWITCH_TOLD]);
  printf("          %9.1f  ... between two stacks\n", own_ns[SWITCH_BARE]);
  printf("          %9.1f  a point that decides nothing, with its access\n\n", own_ns[LOAD]);
  printf("an rwmap input's time, ns%32s%9s%9s\n", FLAVOUR_NAME, "%", plain_ns[RWMAP] > 0 ? "plain" : "");
  for (int i = 0; i < STAGES; i++) {
    printf("  %-46s%8.0f%9.1f", stages[i].name, stages[i].ns, 100 * stages[i].ns / own_ns[RWMAP]);
    if (plain_ns[RWMAP] > 0)
      printf("%9.0f", stages[i].plain_ns);
    printf("\n");
  }
}

static bool write_json(const char *folder, const struct stage stages[STAGES]) {
  char path[4096];
  snprintf(path, sizeof path, "%s/../bench", folder);
  if (mkdir(path, 0777) && errno != EEXIST)
    return false;
  snprintf(path, sizeof path, "%s/../bench/engine.json", folder);
  FILE *out = fopen(path, "w");
  if (!out)
    return false;
  fprintf(out,
          "{\"inputs_per_s\": %.0f, \"threads_inputs_per_s\": %.1f, \"ratio\": %.2f, \"switch_ns\": %.2f,\n"
          " \"gated_threads_inputs_per_s\": %.1f, \"gated_ratio\": %.2f, \"gomap_inputs_per_s\": %.0f,\n"
          " \"switch_told_ns\": %.2f, \"switch_bare_ns\": %.2f, \"point_ns\": %.2f, \"points_per_input\": %.1f,\n"
          " \"switches_per_input\": %.1f, \"operations_per_input\": %.2f,\n \"stages\": [",
          1e9 / own_ns[RWMAP], 1e9 / own_ns[LOOSE_THREADS], own_ns[LOOSE_THREADS] / own_ns[RWMAP], own_ns[SWITCH],
          1e9 / own_ns[GATED_THREADS], own_ns[GATED_THREADS] / own_ns[RWMAP], 1e9 / own_ns[GOMAP], own_ns[SWITCH_TOLD],
          own_ns[SWITCH_BARE], own_ns[LOAD], rwmap.points, rwmap.switches, rwmap.operations);
  for (int i = 0; i < STAGES; i++)
    fprintf(out, "%s\n  {\"name\": \"%s\", \"ns\": %.1f, \"plain_ns\": %.1f}", i ? "," : "", stages[i].name,
            stages[i].ns, stages[i].plain_ns);
  fprintf(out, "]}\n");
  return fclose(out) == 0;
}

int main(int argc, char **argv) {
  char folder[2048];
  const char *slash = strrchr(argv[0], '/');
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
  if (HEDDLE_FLAVOUR_TSAN)
    read_plain(folder);
  run_init(CARRIER_FIBERS);
  pthread_barrier_init(&gate, NULL, THREADS);
  draw_inputs(&rwmap, "rwmap");
  draw_inputs(&gomap, "gomap");
  measure_all();
  if (argc > 1 && strcmp(argv[1], "--figures") == 0) {
    print_figures();
    return 0;
  }
  struct stage stages[STAGES];
  fill_stages(stages);
  print_table(stages);
  if (HEDDLE_FLAVOUR_TSAN && !write_json(folder, stages)) {
    fprintf(stderr, "heddle: cannot write %s/../bench/engine.json: %s\n", folder, strerror(errno));
    return 3;
  }
  return 0;
}
