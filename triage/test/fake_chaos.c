/* A trial that goes wrong as it is told by its map's name, to be put in the place of chaos_<flavour>: hang has two
 * threads that wait for each other's lock, spin one that never comes back, segv and abort die, mute ends before it
 * begins. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "triage/trial/page.h"

static struct trial_page *page;
static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;
static const char *map;

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *work(void *context) {
  unsigned number = *(unsigned *)context;
  struct trial_thread *own = &page->threads[number];
  own->tid = (uint64_t)gettid();
  own->started_ns = own->operation_ns = now_ns();
  own->operations = 7;
  own->latencies[50] = 7;
  own->key = 40 + number;
  own->operation = WORKLOAD_PUTTING;
  if (strcmp(map, "hang") == 0 && number < 2) {
    pthread_mutex_lock(&locks[number]);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&locks[!number]);
  } else if (strcmp(map, "spin") == 0 && number == 1) {
    for (volatile unsigned n = 0;; ++n)
      ;
  }
  own->ended_ns = now_ns();
  return NULL;
}

static void run(unsigned threads) {
  pthread_t all[WORKLOAD_THREADS_MAX];
  unsigned numbers[WORKLOAD_THREADS_MAX];
  pthread_barrier_init(&both, NULL, 2);
  page->stage = TRIAL_RUNNING;
  for (unsigned i = 0; i < threads; ++i) {
    numbers[i] = i;
    pthread_create(&all[i], NULL, work, &numbers[i]);
  }
  for (unsigned i = 0; i < threads; ++i)
    pthread_join(all[i], NULL);
  page->stage = TRIAL_AT_REST;
}

int main(int argc, char **argv) {
  int fd = -1;
  unsigned threads = 0;
  for (int i = 1; i < argc; ++i) {
    if (strncmp(argv[i], "--page=", 7) == 0)
      fd = atoi(argv[i] + 7);
    else if (strncmp(argv[i], "map=", 4) == 0)
      map = argv[i] + 4;
    else if (strncmp(argv[i], "threads=", 8) == 0)
      threads = (unsigned)atoi(argv[i] + 8);
  }
  page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED || strcmp(map, "mute") == 0)
    return 1;
  page->magic = TRIAL_MAGIC;
  run(threads);
  if (strcmp(map, "segv") == 0)
    raise(SIGSEGV);
  if (strcmp(map, "abort") == 0) {
    fputs("fatal error: \x1b[31mred\n", stderr);
    raise(SIGABRT);
  }
  if (strcmp(map, "broken") == 0) {
    page->broken = 1;
    strcpy(page->text, "bucket 3");
  }
  page->stage = TRIAL_ENDED;
  return 0;
}
