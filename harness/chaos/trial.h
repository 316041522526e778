/* trial.h - one trial: threads that run freely on a map until their work is done, time is up or something breaks.
 *
 * Between its start and its join a thread meets nothing of the harness that another thread has written: what it counts
 * is its own, and `stopping` is written only when the trial has failed.  So nothing here orders what the map does. */
#ifndef HEDDLE_CHAOS_TRIAL_H
#define HEDDLE_CHAOS_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "chaos/keys.h"
#include "map/map.h"
#include "triage/trial/page.h"

struct trial {
  struct workload workload;
  uint64_t seed;
  const struct map_ops *ops;
  struct trial_page *page; /* what is known of the trial, whatever becomes of this process */
  struct keys keys;
  struct map *map;
};

/* Runs it to its end, and leaves in the page what came of it.  False: no memory, before the threads started. */
bool trial_run(struct trial *trial);

/* CLOCK_MONOTONIC, in nanoseconds. */
uint64_t trial_now_ns(void);

/* Copies what the map's snapshot says into the page.  At rest, or while nobody writes any more. */
void trial_look(struct trial *trial);

#endif
