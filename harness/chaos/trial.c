/* trial.c - see trial.h. */
#include "chaos/trial.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "chaos/death.h"
#include "chaos/draw.h"

#define VALUE_OF(number) ((number) + 1)
#define SPINS 1000 /* before the processor is offered to another thread */

static unsigned awake; /* threads past the barrier */

struct worker {
  struct trial *trial;
  struct trial_thread *own; /* in the page */
  pthread_barrier_t *start;
  pthread_t thread;
  unsigned number;
  uint32_t *draws;
  uint64_t draw_count;
  uint64_t share;       /* operations; UINT64_MAX: no bound */
  uint64_t deadline_ns; /* UINT64_MAX: none */
  uint64_t done, last_ns;
};

uint64_t trial_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void trial_look(struct trial *trial) {
  struct map_snapshot snapshot = {0};
  trial->ops->snapshot(trial->map, &snapshot);
#define STATE(field) trial->page->state.field = snapshot.field;
  TRIAL_STATE(STATE)
#undef STATE
  trial->page->state_known = 1;
}

/* ---- a thread ---- */

static bool goes_on(const struct worker *worker) {
  return worker->done < worker->share && worker->last_ns < worker->deadline_ns && !death_stops();
}

static void begin(struct worker *worker, enum workload_operation operation, uint64_t key) {
  worker->own->operation = operation;
  worker->own->key = key;
  __atomic_store_n(&worker->own->operation_ns, worker->last_ns, __ATOMIC_RELEASE);
}

/* One clock reading an operation: its end is the next one's beginning. */
static void complete(struct worker *worker) {
  const struct workload *workload = &worker->trial->workload;
  uint64_t now_ns = trial_now_ns();
  worker->own->latencies[latency_bucket(now_ns - worker->last_ns)]++;
  worker->last_ns = now_ns;
#ifndef HEDDLE_FLAVOUR_PLAIN
  worker->own->recent_ns[worker->done % TRIAL_RECENT] = now_ns;
#endif
  worker->done++;
  __atomic_store_n(&worker->own->operations, worker->done, __ATOMIC_RELEASE);
  if (workload->jitter_every && worker->done % workload->jitter_every == 0) {
    struct timespec pause = {.tv_sec = workload->jitter_ms / 1000,
                             .tv_nsec = (long)(workload->jitter_ms % 1000) * 1000000};
    nanosleep(&pause, NULL);
    worker->last_ns = trial_now_ns();
  }
}

static void touch_keys(struct worker *worker) {
  const struct trial *trial = worker->trial;
  for (uint64_t at = 0; goes_on(worker); at = at + 1 < worker->draw_count ? at + 1 : 0) {
    uint64_t number = worker->draws[at] & ~DRAW_PUT;
    bool puts = worker->draws[at] & DRAW_PUT;
    begin(worker, puts ? WORKLOAD_PUTTING : WORKLOAD_DELETING, number);
    uint64_t key = keys_at(&trial->keys, number);
    if (puts)
      trial->ops->put(trial->map, key, VALUE_OF(number));
    else
      trial->ops->del(trial->map, key);
    complete(worker);
  }
}

static enum map_visit_result visit(void *context, uint64_t key, uint64_t value) {
  struct worker *worker = context;
  (void)key;
  complete(worker);
  if (!goes_on(worker))
    return MAP_VISIT_STOP;
  begin(worker, WORKLOAD_ITERATING, value - VALUE_OF(0));
  return MAP_VISIT_NEXT;
}

/* Each entry shown is an operation, and so is the end of an iteration. */
static void iterate(struct worker *worker) {
  const struct trial *trial = worker->trial;
  while (goes_on(worker)) {
    begin(worker, WORKLOAD_ITERATING, 0);
    trial->ops->iterate(trial->map, false, trial->seed + worker->done, visit, worker);
    if (goes_on(worker))
      complete(worker);
  }
}

static void bind(const struct worker *worker) {
  const struct workload *workload = &worker->trial->workload;
  cpu_set_t allowed, one;
  CPU_ZERO(&one);
  if (workload->processor_count) {
    CPU_SET(workload->processors[worker->number % workload->processor_count], &one);
  } else if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    unsigned which = worker->number % (unsigned)CPU_COUNT(&allowed);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
      if (CPU_ISSET(cpu, &allowed) && which-- == 0)
        CPU_SET(cpu, &one);
  }
  /* Without that processor the trial would be another one. */
  if (sched_setaffinity(0, sizeof one, &one) != 0) {
    fprintf(stderr, "chaos: thread %u cannot be bound to its processor: give --pin processors that are there\n",
            worker->number);
    _exit(TRIAL_EXIT_USAGE);
  }
}

/* A barrier lets its last comer run while the others still wake up, which takes as long as a thousand operations.  So
 * nobody begins before there is a thread for every processor. */
static void meet(const struct worker *worker) {
  const struct workload *workload = &worker->trial->workload;
  cpu_set_t allowed;
  unsigned processors = workload->processor_count;
  if (processors == 0)
    processors = sched_getaffinity(getpid(), sizeof allowed, &allowed) == 0 ? (unsigned)CPU_COUNT(&allowed) : 1;
  unsigned wanted = processors < workload->threads ? processors : workload->threads;
  pthread_barrier_wait(worker->start);
  __atomic_add_fetch(&awake, 1, __ATOMIC_RELAXED);
  for (unsigned spins = 1; __atomic_load_n(&awake, __ATOMIC_RELAXED) < wanted; spins++)
    if (spins % SPINS == 0)
      sched_yield();
}

static void *work(void *context) {
  struct worker *worker = context;
  const struct workload *workload = &worker->trial->workload;
  if (workload->pinned)
    bind(worker);
  worker->own->tid = (uint64_t)gettid();
  meet(worker);
  worker->last_ns = trial_now_ns();
  worker->deadline_ns =
      workload->duration_s > 0 ? worker->last_ns + (uint64_t)(workload->duration_s * 1e9) : UINT64_MAX;
  __atomic_store_n(&worker->own->started_ns, worker->last_ns, __ATOMIC_RELEASE);
  if (workload->mix == WORKLOAD_ITERATE_DELETE && worker->number % 2 == 0)
    iterate(worker);
  else
    touch_keys(worker);
  while (death_stops()) /* what has failed is looked at while nothing moves */
    pause();
  __atomic_store_n(&worker->own->ended_ns, trial_now_ns(), __ATOMIC_RELEASE);
  return NULL;
}

/* ---- a trial ---- */

static bool set_up(struct trial *trial) {
  struct map_config config = {.capacity_hint = trial->workload.capacity, .hash_seed = trial->seed};
  if (!keys_init(&trial->keys, trial->workload.key, trial->workload.keys))
    return false;
  trial->map = trial->ops->create(&config);
  if (trial->map == NULL)
    return false;
  for (uint64_t number = 0; number < trial->workload.keys; number++)
    if (trial->ops->put(trial->map, keys_at(&trial->keys, number), VALUE_OF(number)) != MAP_DONE)
      return false;
  return true;
}

static bool draw_all(struct trial *trial, struct worker *workers, pthread_barrier_t *start) {
  for (unsigned i = 0; i < trial->workload.threads; i++) {
    struct worker *worker = &workers[i];
    *worker = (struct worker){.trial = trial, .own = &trial->page->threads[i], .start = start, .number = i};
    worker->share = trial->workload.operations ? draw_share(&trial->workload, i) : UINT64_MAX;
    worker->draws = draw_keys(&trial->workload, trial->seed, i, &worker->draw_count);
    if (worker->draws == NULL)
      return false;
  }
  return true;
}

/* A map without a single thread on it. */
static void judge(struct trial *trial) {
  struct map_fault fault = {0};
  trial->page->stage = TRIAL_AT_REST;
  if (trial->ops->check(trial->map, &fault) != MAP_SOUND) {
    snprintf(trial->page->text, sizeof trial->page->text, "%s", fault.text);
    trial->page->broken = fault.broken;
  }
  trial_look(trial);
}

bool trial_run(struct trial *trial) {
  static struct worker workers[WORKLOAD_THREADS_MAX];
  pthread_barrier_t start;
  trial->page->guarded = trial->ops->concurrency == MAP_READERS_AND_WRITERS;
  if (!set_up(trial) || !draw_all(trial, workers, &start))
    return false;
  pthread_barrier_init(&start, NULL, trial->workload.threads);
  trial->page->stage = TRIAL_RUNNING;
  death_watch(trial);
  for (unsigned i = 0; i < trial->workload.threads; i++)
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
      return false; /* those that were created wait at the barrier; the process ends */
  for (unsigned i = 0; i < trial->workload.threads; i++)
    pthread_join(workers[i].thread, NULL);
  judge(trial);
  /* What is broken may die of being taken apart, which would tell of a second thing. */
  if (!trial->page->broken)
    trial->ops->destroy(trial->map);
  trial->page->stage = TRIAL_ENDED;
  pthread_barrier_destroy(&start);
  for (unsigned i = 0; i < trial->workload.threads; i++)
    free(workers[i].draws);
  keys_free(&trial->keys);
  return true;
}
