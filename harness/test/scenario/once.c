/* pthread_once. */
#include <stdlib.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

#define ENTRIES 4

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int table[ENTRIES], made;

static void make_table(void) {
  for (int i = 0; i < ENTRIES; i++)
    table[i] = i * i;
  sleep_ms(1); /* whoever comes meanwhile waits */
  made++;
}

static void *use_table(void *guarded) {
  if (guarded)
    pthread_once(&once, make_table);
  else if (!made)
    make_table();
  for (int i = 0; i < ENTRIES; i++)
    assert(table[i] == i * i || !guarded);
  return NULL;
}

void *once_table(void *guarded) {
  start_and_join(use_table, guarded, THREADS);
  assert(!guarded || made == 1);
  use_table(guarded);
  assert(!guarded || made == 1);
  return NULL;
}

static pthread_once_t circular = PTHREAD_ONCE_INIT;

static void initialise_again(void) { pthread_once(&circular, initialise_again); }

void *once_circular(void *arg) {
  pthread_once(&circular, initialise_again);
  return arg;
}
