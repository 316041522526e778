/* A planted bug under real threads, for harness/bench/one_key.sh: `racer ID INPUT SECONDS SEED`.
 *
 * Linked with map/ and the decoder of inputs, compiled as any program is under -fsanitize=thread: no fibers, no hooks,
 * nothing that decides who runs.  Round after round it makes the map, lets the operations of the saved INPUT run on
 * pthreads, every thread its own, and destroys the map.  Whether threads meet is left to the machine, so the rounds
 * differ, by SEED: which pthread has whose operations, how often it goes through them and how long it waits before it
 * begins; in two of three rounds the program is one that the fuzzer's own mutator made of it, within what the map
 * allows.  Nothing is judged here: what the sanitizer's runtime says on stderr is the result. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program/program.h"
#include "target/subject.h"
#define MAP_MUTANTS 1 /* its side that a build of mutants sees */
#include "map/planted.h"

#define MUTATIONS_MAX 12
#define OPERATIONS_MAX 3000 /* of a round: many short rounds meet more than few long ones */
#define REPEATS_MAX 16
#define PAUSE_MAX 4096 /* turns of an empty loop */
#define EARLIER_THREADS_MAX 6

/* ---- the planted bugs ---- */

static const struct {
  const char *id, *map;
} planted[] = {
#define MUTANT(id, map, ...) {#id, #map},
#include "map/mutants.def"
#undef MUTANT
};

static enum map_mutant chosen;

bool map_mutant_is(enum map_mutant mutant) { return mutant == chosen; }

static const struct map_ops *choose(const char *id) {
  for (unsigned i = 0; i < sizeof planted / sizeof planted[0]; i++)
    if (strcmp(planted[i].id, id) == 0) {
      chosen = (enum map_mutant)(MAP_NO_MUTANT + 1 + i);
      return map_find(planted[i].map);
    }
  return NULL;
}

/* ---- what a thread does ---- */

/* A round: written by the main thread while the workers wait at the barrier. */
static struct program program;
static const struct map_ops *ops;
static struct map *map;
static pthread_barrier_t gate;
static bool over;

struct worker {
  pthread_t thread;
  unsigned number; /* the thread of the program that it is */
  unsigned repeats, pause;
  uint64_t seen, fresh; /* the last value read; the next one to be stored */
};
static struct worker workers[PROGRAM_THREADS_MAX];

struct iteration {
  uint64_t shown;
  unsigned delete_every, stop_at; /* 0: never */
};

static enum map_visit_result show(void *context, uint64_t key, uint64_t value) {
  struct iteration *iteration = context;
  (void)key, (void)value;
  iteration->shown++;
  if (iteration->stop_at && iteration->shown >= iteration->stop_at)
    return MAP_VISIT_STOP;
  return iteration->delete_every && iteration->shown % iteration->delete_every == 0 ? MAP_VISIT_DELETE : MAP_VISIT_NEXT;
}

static void iterate(const struct program_op *op) {
  struct iteration iteration = {.delete_every = op->code == PROGRAM_DELETE_ITERATING ? op->arg + 1u : 0,
                                .stop_at = op->code == PROGRAM_ITERATE_SOME ? op->arg + 1u : 0};
  ops->iterate(map, iteration.delete_every > 0, op->draw, show, &iteration);
}

static void visit_key(struct worker *self, const struct program_op *op, uint64_t key) {
  uint64_t fresh = self->fresh++;
  switch (op->code) {
  case PROGRAM_GET:
  case PROGRAM_BULK_GET:
    ops->get(map, key, &self->seen);
    return;
  case PROGRAM_PUT:
  case PROGRAM_BULK_PUT:
    ops->put(map, key, fresh);
    return;
  case PROGRAM_INSERT:
    ops->insert(map, key, fresh);
    return;
  case PROGRAM_CAS:
    ops->cas(map, key, op->arg % 2 ? UINT64_MAX : self->seen, fresh);
    return;
  case PROGRAM_DEL:
  case PROGRAM_BULK_DEL:
    ops->del(map, key);
    return;
  case PROGRAM_CONTAINS:
    ops->contains(map, key);
    return;
  case PROGRAM_GET_OR_INSERT:
    ops->get_or_insert(map, key, fresh, &self->seen);
    return;
  case PROGRAM_TAKE:
    ops->take(map, key, &self->seen);
    return;
  default:
    abort(); /* not an operation on one key */
  }
}

static void perform(struct worker *self, const struct program_op *op) {
  uint64_t values[2];
  switch (op->code) {
  case PROGRAM_LEN:
    ops->len(map);
    return;
  case PROGRAM_CLEAR:
    ops->clear(map);
    return;
  case PROGRAM_ITERATE:
  case PROGRAM_DELETE_ITERATING:
  case PROGRAM_ITERATE_SOME:
    iterate(op);
    return;
  case PROGRAM_MOVE:
    ops->move(map, program_key(&program, op->draw), program_other_key(&program, op), values);
    return;
  case PROGRAM_SWAP:
    ops->swap(map, program_key(&program, op->draw), program_other_key(&program, op), values);
    return;
  default:
    for (uint32_t i = 0; i < program_op_repeat(op); i++)
      visit_key(self, op, program_key(&program, program_bulk_draw(op->draw, i)));
  }
}

static void perform_all(struct worker *self) {
  for (volatile unsigned i = 0; i < self->pause; i++)
    ;
  for (unsigned repeat = 0; repeat < self->repeats; repeat++)
    for (unsigned i = 0; i < program.op_count; i++)
      if (program.ops[i].thread == self->number)
        perform(self, &program.ops[i]);
}

static void *work(void *arg) {
  for (;;) {
    pthread_barrier_wait(&gate);
    if (over)
      return NULL;
    perform_all(arg);
    pthread_barrier_wait(&gate);
  }
}

/* ---- rounds ---- */

/* xorshift* (Marsaglia 2003, Vigna 2016); below `bound`. */
static uint32_t chance(uint64_t *state, uint32_t bound) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return (uint32_t)((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % bound;
}

static void choose_program(const struct program *saved, const struct program_rules *rules, uint64_t *state) {
  program = *saved;
  unsigned changes = chance(state, 3) ? 1 + chance(state, MUTATIONS_MAX) : 0;
  for (unsigned i = 0; i < changes; i++)
    program_mutate(&program, chance(state, UINT32_MAX));
  program_restrict(&program, rules);
  if (program_operations(&program) > OPERATIONS_MAX)
    program = *saved;
}

/* Which worker is which thread of the program; those that are none have nothing to do. */
static void deal(uint64_t *state) {
  for (unsigned i = 0; i < PROGRAM_THREADS_MAX; i++) {
    unsigned other = chance(state, i + 1);
    workers[i].number = workers[other].number;
    workers[other].number = i;
    workers[i].repeats = 1 + chance(state, REPEATS_MAX);
    workers[i].pause = chance(state, 2) ? chance(state, PAUSE_MAX) : 0;
  }
}

static void play_round(void) {
  struct map_config config = {
      .capacity_hint = program_capacity(&program), .hash_seed = program.hash_seed, .shrink = program.shrink};
  map = ops->create(&config);
  if (!map)
    abort();
  for (uint32_t key = 0; key < program_prefill(&program); key++)
    ops->put(map, key, key + 1);
  pthread_barrier_wait(&gate);
  pthread_barrier_wait(&gate);
  ops->destroy(map);
}

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *do_nothing(void *arg) { return arg; }

/* So that the workers' numbers differ from run to run. */
static void use_up_numbers(unsigned count) {
  pthread_t thread;
  for (unsigned i = 0; i < count; i++)
    if (pthread_create(&thread, NULL, do_nothing, NULL) == 0)
      pthread_join(thread, NULL);
}

static void play(const struct program *saved, const struct program_rules *rules, double seconds, uint64_t state) {
  use_up_numbers(chance(&state, EARLIER_THREADS_MAX));
  pthread_barrier_init(&gate, NULL, PROGRAM_THREADS_MAX + 1);
  for (unsigned i = 0; i < PROGRAM_THREADS_MAX; i++) {
    workers[i] = (struct worker){.number = i, .fresh = (uint64_t)(i + 1) << 40};
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
      abort();
  }
  for (double end = now_s() + seconds; now_s() < end;) {
    choose_program(saved, rules, &state);
    deal(&state);
    play_round();
  }
  over = true;
  pthread_barrier_wait(&gate);
  for (unsigned i = 0; i < PROGRAM_THREADS_MAX; i++)
    pthread_join(workers[i].thread, NULL);
}

static bool read_input(const char *path, const struct subject *subject, struct program *out) {
  static uint8_t bytes[PROGRAM_BYTES_MAX];
  FILE *file = fopen(path, "rb");
  if (!file)
    return false;
  size_t size = fread(bytes, 1, sizeof bytes, file);
  bool whole = !ferror(file);
  fclose(file);
  subject_decode(subject, bytes, size, out);
  return whole;
}

int main(int argc, char **argv) {
  static struct program saved;
  if (argc != 5 || !(ops = choose(argv[1]))) {
    fprintf(stderr, "usage: racer ID INPUT SECONDS SEED, with an ID of map/mutants.def\n");
    return 2;
  }
  struct subject subject = subject_of(ops, SUBJECT_USE_LAWFUL);
  if (!read_input(argv[2], &subject, &saved)) {
    fprintf(stderr, "racer: %s cannot be read\n", argv[2]);
    return 3;
  }
  play(&saved, &subject.rules, strtod(argv[3], NULL), strtoull(argv[4], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1);
  return 0;
}
