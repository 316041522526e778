/* chaos.h - what the files of `heddle chaos` share: a plan of experiments, how it is carried out and how it is told. */
#ifndef HEDDLE_CMD_CHAOS_H
#define HEDDLE_CMD_CHAOS_H

#include <jansson.h>

#include "triage/cmd/cmd_store.h"
#include "triage/experiment/results.h"

#define CHAOS_CELLS_MAX 256
#define CHAOS_MACHINE 512

/* One experiment of the plan. */
struct chaos_cell {
  struct workload workload;
  char program[PATH_MAX];         /* chaos_<flavour>; virtual: the target */
  char build_id[FILES_SHA1_SIZE]; /* of its bytes */
  int64_t id;                     /* in the store */
  struct results results;
};

struct chaos_plan {
  const char *flavour;
  uint64_t slice;           /* virtual: points from switch to switch, on the average; 0: real threads and their clock */
  char generator[PATH_MAX]; /* virtual: chaos_input */
  char machine[CHAOS_MACHINE];
  uint64_t seed, trials; /* trials of each cell */
  double timeout_s;
  struct chaos_cell *cells;
  size_t count;
  bool stopped;           /* by a signal: not all trials were made */
  bool sensitivity;       /* the cells are those of chaos_vary */
  double slo_threshold_s; /* the MTBF that a promised availability asks for; 0: none was promised */
  const char *command;    /* as it was typed, for what to type next */
};

/* Makes the trials that the store does not have yet, one after the other: number 0 of every cell, then number 1 ...;
 * each is in the store before the next begins.  A signal ends it after the trial before: see `stopped`.  CMD_OK, or a
 * line is said. */
int chaos_run(struct chaos_plan *plan, struct store *store);

/* The results as people read them, and as one object; a new reference. */
void chaos_print(const struct chaos_plan *plan, struct text_style style);
json_t *chaos_json(const struct chaos_plan *plan);

/* What time is measured by: seconds, or operations. */
results_number_fn chaos_clock(const struct chaos_plan *plan);

/* Whether a setting is the same in all cells. */
bool chaos_setting_is_common(const struct chaos_plan *plan, enum workload_setting setting);

#endif
