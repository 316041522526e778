/* Threads: create, join, detach, exit, and what they have to themselves. */
#include <errno.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

/* Creation and end of a thread order what its creator did before and its joiner does after. */
struct work {
  int input, output;
};

static void *square(void *arg) {
  struct work *work = arg;
  work->output = work->input * work->input;
  return work;
}

void *threads_join(void *guarded) {
  struct work works[THREADS];
  pthread_t threads[THREADS];
  void *result;
  for (int i = 0; i < THREADS; i++) {
    works[i].input = i + 2;
    start(&threads[i], square, &works[i]);
  }
  int sum = 0;
  for (int i = 0; i < THREADS; i++) {
    if (guarded) {
      assert(pthread_join(threads[i], &result) == 0);
      assert(result == &works[i]);
    }
    sum += works[i].output;
  }
  assert(sum == 4 + 9 + 16 || !guarded);
  for (int i = 0; i < THREADS && !guarded; i++)
    join(threads[i]);
  return NULL;
}

/* A detached thread says by a semaphore that it is done. */
static sem_t detached_done;
static int detached_value;

static void *work_detached(void *arg) {
  detached_value += 5;
  sem_post(&detached_done);
  return arg;
}

void *threads_detach(void *guarded) {
  pthread_t thread;
  sem_init(&detached_done, 0, 0);
  start(&thread, work_detached, NULL);
  assert(pthread_detach(thread) == 0);
  if (guarded)
    sem_wait(&detached_done);
  int first = detached_value;
  assert(first == 5 || !guarded);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  assert(pthread_create(&thread, &attributes, work_detached, NULL) == 0);
  pthread_attr_destroy(&attributes);
  if (guarded)
    sem_wait(&detached_done);
  assert(detached_value == 10 || !guarded);
  return NULL;
}

static void leave_early(int depth) {
  if (depth == 0)
    pthread_exit((void *)(uintptr_t)42);
  leave_early(depth - 1);
}

static void *exit_deep(void *arg) {
  leave_early(3);
  return arg;
}

void *threads_exit(void *arg) {
  pthread_t thread;
  void *result;
  start(&thread, exit_deep, NULL);
  assert(pthread_join(thread, &result) == 0);
  assert(result == (void *)(uintptr_t)42);
  return arg;
}

struct identity {
  pthread_t self;
};

static void *note_self(void *arg) {
  struct identity *identity = arg;
  identity->self = pthread_self();
  return NULL;
}

void *threads_self(void *arg) {
  struct identity identities[2];
  pthread_t threads[2];
  for (int i = 0; i < 2; i++)
    start(&threads[i], note_self, &identities[i]);
  for (int i = 0; i < 2; i++) {
    join(threads[i]);
    assert(pthread_equal(identities[i].self, threads[i]));
  }
  assert(!pthread_equal(threads[0], threads[1]));
  assert(!pthread_equal(threads[0], pthread_self()));
  assert(pthread_join(pthread_self(), NULL) == EDEADLK);
  return arg;
}

static void *nest(void *arg) {
  int *depth = arg;
  if (++*depth < 5)
    start_and_join(nest, depth, 1);
  return NULL;
}

void *threads_nested(void *arg) {
  int depth = 0;
  start_and_join(nest, &depth, 1);
  assert(depth == 5);
  return arg;
}

static void *nothing(void *arg) { return arg; }

/* As many as there can be at a time; then no more, and no harm. */
void *threads_too_many(void *arg) {
  enum { MORE = 80 };
  pthread_t threads[MORE];
  int made = 0, error;
  while (made < MORE && (error = pthread_create(&threads[made], NULL, nothing, NULL)) == 0)
    made++;
  assert(made < MORE && error == EAGAIN);
  for (int i = 0; i < made; i++)
    join(threads[i]);
  return arg;
}

/* Keys: a value a thread; destructors at its end, again while they set values. */
static pthread_key_t plain_key, counted_key;
static int destroyed, destroyed_again;

static void destroy_value(void *value) {
  free(value);
  __atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
}

static void destroy_and_set_again(void *value) {
  __atomic_add_fetch(&destroyed_again, 1, __ATOMIC_RELAXED);
  if ((uintptr_t)value > 1)
    pthread_setspecific(counted_key, (void *)((uintptr_t)value - 1));
}

static void *use_keys(void *arg) {
  assert(!pthread_getspecific(plain_key) && !pthread_getspecific(counted_key));
  int *value = malloc(sizeof *value);
  assert(value);
  *value = (int)(uintptr_t)arg;
  pthread_setspecific(plain_key, value);
  pthread_setspecific(counted_key, (void *)2);
  sched_yield();
  assert(pthread_getspecific(plain_key) == value && *value == (int)(uintptr_t)arg);
  if ((uintptr_t)arg == 2)
    pthread_exit(NULL);
  return NULL;
}

void *threads_keys(void *arg) {
  pthread_t threads[THREADS];
  assert(pthread_key_create(&plain_key, destroy_value) == 0);
  assert(pthread_key_create(&counted_key, destroy_and_set_again) == 0);
  assert(plain_key != counted_key);
  for (int i = 0; i < THREADS; i++)
    start(&threads[i], use_keys, (void *)(uintptr_t)(i + 1));
  assert(!pthread_getspecific(plain_key));
  for (int i = 0; i < THREADS; i++)
    join(threads[i]);
  assert(destroyed == THREADS && destroyed_again == 2 * THREADS);
  assert(pthread_key_delete(plain_key) == 0 && pthread_key_delete(counted_key) == 0);
  assert(pthread_setspecific(plain_key, arg) == EINVAL);
  return arg;
}

/* thread_local: a variable a thread, with its first value in each, and every run. */
static _Thread_local int own = 7;
static _Thread_local char own_text[16];
static int shared = 7;

static void *change_own(void *guarded) {
  int *variable = guarded ? &own : &shared;
  assert(*variable == 7 || !guarded);
  for (int i = 0; i < 4; i++)
    ++*variable;
  assert(*variable == 11 || !guarded);
  assert(own_text[0] == '\0');
  own_text[0] = 'x';
  return NULL;
}

void *threads_local(void *guarded) {
  start_and_join(change_own, guarded, THREADS);
  assert(own == 7 && own_text[0] == '\0');
  own = 8;
  own_text[0] = 'y';
  return NULL;
}

/* Misuse. */

void *threads_join_twice(void *arg) {
  pthread_t thread;
  start(&thread, nothing, NULL);
  join(thread);
  pthread_join(thread, NULL);
  return arg;
}

void *threads_join_detached(void *arg) {
  pthread_t thread;
  start(&thread, nothing, NULL);
  pthread_detach(thread);
  pthread_join(thread, NULL);
  return arg;
}

void *threads_detach_twice(void *arg) {
  pthread_t thread;
  start(&thread, nothing, NULL);
  pthread_detach(thread);
  pthread_detach(thread);
  return arg;
}

void *threads_join_unknown(void *arg) {
  pthread_t thread = {0};
  pthread_join(thread, NULL);
  return arg;
}

static pthread_t first, second;
static bool both_made;

static void *join_other(void *arg) {
  await_flag(&both_made);
  pthread_join(arg ? first : second, NULL);
  return NULL;
}

void *threads_join_circle(void *arg) {
  start(&first, join_other, NULL);
  start(&second, join_other, &first);
  raise_flag(&both_made);
  sleep_ms(100);
  return arg;
}
