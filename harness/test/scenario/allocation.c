/* Allocation, done well and badly. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

/* Blocks handed from thread to thread through a slot. */
struct exchange {
  pthread_mutex_t lock;
  bool guarded;
  char *slot;
};

static char *swap(struct exchange *exchange, char *mine) {
  if (exchange->guarded)
    pthread_mutex_lock(&exchange->lock);
  char *other = exchange->slot;
  exchange->slot = mine;
  if (exchange->guarded)
    pthread_mutex_unlock(&exchange->lock);
  return other;
}

static void *trade(void *arg) {
  struct exchange *exchange = arg;
  for (int i = 0; i < 4; i++) {
    char *mine = malloc(24);
    assert(mine);
    memset(mine, i, 24);
    char *other = swap(exchange, mine);
    if (other && exchange->guarded) {
      assert(other[0] == other[23]);
      free(other);
    }
  }
  return NULL;
}

void *allocation_exchange(void *guarded) {
  struct exchange exchange = {.lock = PTHREAD_MUTEX_INITIALIZER, .guarded = guarded};
  start_and_join(trade, &exchange, THREADS);
  if (guarded)
    free(exchange.slot);
  return NULL;
}

void *allocation_calls(void *arg) {
  char *a = malloc(10), *b = calloc(3, 7), *c = aligned_alloc(64, 128), *d = strdup("a text"),
       *e = strndup("a text", 3);
  void *f = NULL;
  assert(posix_memalign(&f, 256, 100) == 0 && (uintptr_t)f % 256 == 0);
  assert(posix_memalign(&f, 3, 100) == EINVAL);
  assert(a && b && c && (uintptr_t)c % 64 == 0);
  for (int i = 0; i < 21; i++)
    assert(b[i] == 0);
  assert(strcmp(d, "a text") == 0 && strcmp(e, "a t") == 0);
  memset(a, 'x', 10);
  char *larger = realloc(a, 5000);
  assert(larger && larger[0] == 'x' && larger[9] == 'x');
  char *smaller = realloc(larger, 2);
  assert(smaller && smaller[1] == 'x');
  char *g = realloc(NULL, 4);
  assert(g);
  free(smaller), free(b), free(c), free(d), free(e), free(f), free(g), free(NULL);
  return arg;
}

/* What fresh memory holds is the same in every run and flavour. */
void *allocation_fresh(void *arg) {
  unsigned char *block = malloc(100);
  assert(block);
  *(int *)arg = block[0] + block[50] + block[99]; // NOLINT: what is there is what we want to know
  free(block);
  return NULL;
}

/* Bad. */

void *allocation_leak(void *arg) {
  char *volatile block = malloc(33);
  block = malloc(44);
  free(block); // NOLINT: and the first one stays
  return arg;
}

void *allocation_double_free(void *arg) {
  char *volatile block = malloc(16);
  free(block);
  free(block); // NOLINT: the second time
  return arg;
}

void *allocation_overflow(void *arg) {
  char *volatile block = malloc(16);
  block[16] = 1;
  free(block);
  return arg;
}

void *allocation_underflow(void *arg) {
  char *volatile block = malloc(16);
  block[-1] = 1;
  free(block);
  return arg;
}

void *allocation_use_after_free(void *arg) {
  int *sum = arg;
  char *volatile block = malloc(16);
  for (int i = 0; i < 8; i++)
    block[i] = (char)i;
  free(block);
  *sum = 0;
  for (int i = 0; i < 8; i++)
    *sum += block[i];
  return NULL;
}

static void *free_it(void *arg) {
  free(arg);
  return NULL;
}

static void *use_it(void *arg) {
  char *block = arg;
  block[5]++;
  return NULL;
}

void *allocation_free_and_use(void *arg) {
  char *block = calloc(1, 16);
  pthread_t threads[2];
  start(&threads[0], free_it, block);
  start(&threads[1], use_it, block);
  join(threads[0]);
  join(threads[1]);
  return arg;
}
