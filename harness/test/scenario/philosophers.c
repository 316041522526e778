/* Dijkstra's dining philosophers (1965): each takes the fork on the left, then the one on the right. */
#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

#define PHILOSOPHERS 4
#define MEALS 2

static pthread_mutex_t forks[PHILOSOPHERS];
static int meals;

struct seat {
  pthread_mutex_t *left, *right;
};

static void *dine(void *arg) {
  struct seat *seat = arg;
  for (int i = 0; i < MEALS; i++) {
    pthread_mutex_lock(seat->left);
    pthread_mutex_lock(seat->right);
    __atomic_add_fetch(&meals, 1, __ATOMIC_RELAXED);
    pthread_mutex_unlock(seat->right);
    pthread_mutex_unlock(seat->left);
  }
  return NULL;
}

/* Fixed: the last one takes the other fork first. */
void *known_philosophers(void *fixed) {
  struct seat seats[PHILOSOPHERS];
  pthread_t threads[PHILOSOPHERS];
  for (int i = 0; i < PHILOSOPHERS; i++)
    pthread_mutex_init(&forks[i], NULL);
  for (int i = 0; i < PHILOSOPHERS; i++) {
    seats[i] = (struct seat){&forks[i], &forks[(i + 1) % PHILOSOPHERS]};
    if (fixed && i == PHILOSOPHERS - 1)
      seats[i] = (struct seat){&forks[0], &forks[i]};
    start(&threads[i], dine, &seats[i]);
  }
  for (int i = 0; i < PHILOSOPHERS; i++)
    join(threads[i]);
  assert(meals == PHILOSOPHERS * MEALS);
  return NULL;
}
