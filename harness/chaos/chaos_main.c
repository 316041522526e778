/* chaos_main.c - one trial of the maps as they are, without a scheduler: bin/chaos_<flavour> SETTING=VALUE...
 *
 * `heddle chaos` starts it and hands it a page (triage/trial/page.h) by --page=FD, in which everything is told.  By
 * hand, in a debugger for instance, the page is its own, and what came of the trial is its exit status. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "chaos/trial.h"

static struct trial trial;

static int refuse(const char *what, const char *advice) {
  fprintf(stderr, "chaos: %.256s: %s\n", what, advice);
  return TRIAL_EXIT_USAGE;
}

static struct trial_page *map_page(int fd) {
  int flags = fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
  void *page = mmap(NULL, sizeof(struct trial_page), PROT_READ | PROT_WRITE, flags, fd, 0);
  return page != MAP_FAILED ? page : NULL;
}

int main(int argc, char **argv) {
  char error[WORKLOAD_ERROR];
  int fd = -1;
  workload_init(&trial.workload);
  for (int i = 1; i < argc; i++) {
    if (strncmp(argv[i], "--page=", 7) == 0)
      fd = (int)strtol(argv[i] + 7, NULL, 10);
    else if (strncmp(argv[i], "--seed=", 7) == 0)
      trial.seed = strtoull(argv[i] + 7, NULL, 10);
    else if (!workload_take(&trial.workload, argv[i], error))
      return refuse(error, "triage/trial/workload.def has the settings");
  }
  trial.ops = map_find(trial.workload.map);
  if (trial.ops == NULL)
    return refuse(trial.workload.map, "no such map: map/registry.def has them");
  if (trial.workload.operations == 0 && trial.workload.duration_s == 0)
    return refuse("operations=0 and duration=0", "a trial must end: give one of them");
  trial.page = map_page(fd);
  if (trial.page == NULL)
    return refuse("no page", strerror(errno));
  trial.page->magic = TRIAL_MAGIC;
  if (!trial_run(&trial)) {
    fprintf(stderr, "chaos: no memory for the map, its keys or its threads: give fewer keys or threads\n");
    return TRIAL_EXIT_NO_MEMORY;
  }
  return TRIAL_EXIT_ENDED;
}
