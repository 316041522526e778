/* Small hash tables that nobody guards, in variables, on a stack and in thread_local storage: full of races, and what
 * one sees of them depends on what ran before, unless all is put back. */
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

#define SLOTS 16

struct table {
  uint32_t keys[SLOTS]; /* 0: empty */
  uint16_t values[SLOTS];
  uint8_t tags[SLOTS];
  uint32_t count, generation;
  bool busy;
};

static uint32_t next(uint32_t *random) { return *random = *random * 1664525u + 1013904223u; }

static uint32_t slot_of(const struct table *table, uint32_t key) {
  uint32_t slot = key * 7 % SLOTS;
  for (int i = 0; i < SLOTS && table->keys[slot] && table->keys[slot] != key; i++)
    slot = (slot + 1) % SLOTS;
  return slot;
}

static void put(struct table *table, uint32_t key, uint16_t value) {
  table->busy = true;
  uint32_t slot = slot_of(table, key);
  if (!table->keys[slot]) {
    table->keys[slot] = key;
    table->count++;
  }
  table->tags[slot] = (uint8_t)key;
  table->values[slot] = value;
  table->busy = false;
}

static uint16_t get(const struct table *table, uint32_t key) {
  uint32_t slot = slot_of(table, key);
  return table->keys[slot] == key && table->tags[slot] == (uint8_t)key ? table->values[slot] : 0;
}

static void clear(struct table *table) {
  for (int i = 0; i < SLOTS; i++)
    table->keys[i] = 0;
  table->count = 0;
  table->generation++;
}

struct user {
  struct table *table;
  uint32_t random;
};

static thread_local uint32_t done;

static void *use(void *arg) {
  struct user *user = arg;
  for (int i = 0; i < 5; i++, done++) {
    uint32_t choice = next(&user->random) >> 16, key = 1 + choice % 11;
    if (choice % 64 == 0)
      clear(user->table);
    else if (choice / 64 % 2)
      put(user->table, key, (uint16_t)choice);
    else
      get(user->table, key);
  }
  assert(done == 5);
  return NULL;
}

static void use_by_many(struct table *table, uint32_t random) {
  struct user users[THREADS_MOST];
  pthread_t threads[THREADS_MOST];
  int count = 2 + (int)(next(&random) >> 16) % (THREADS_MOST - 2);
  for (int i = 0; i < count; i++) {
    users[i] = (struct user){table, next(&random)};
    start(&threads[i], use, &users[i]);
  }
  for (int i = 0; i < count; i++)
    join(threads[i]);
  assert(table->count <= 5 * THREADS_MOST);
}

static struct table filled = {.keys = {[3] = 3}, .tags = {[3] = 3}, .count = 1}, empty;

void *verdict_globals(void *seed) {
  use_by_many(*(uint32_t *)seed % 2 ? &filled : &empty, *(uint32_t *)seed);
  return NULL;
}

void *verdict_stack(void *seed) {
  struct table table = {.count = 0};
  use_by_many(&table, *(uint32_t *)seed);
  return NULL;
}

void *verdict_heap(void *seed) {
  struct table *table = calloc(1, sizeof *table);
  assert(table);
  use_by_many(table, *(uint32_t *)seed);
  free(table);
  return NULL;
}
