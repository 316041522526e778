/* mtbf_source.h - the times behind an MTBF: out of a CSV file, or out of the store. */
#ifndef HEDDLE_CMD_MTBF_SOURCE_H
#define HEDDLE_CMD_MTBF_SOURCE_H

#include "triage/cmd/cmd_store.h"
#include "triage/cmd/times_csv.h"
#include "triage/report/mtbf.h"

/* On what clock; CLOCK(name, --clock, unit, what it counts) */
#define MTBF_CLOCKS(CLOCK)                                                                                             \
  CLOCK(INPUTS, "inputs", "inputs", "inputs run, over all workers")                                                    \
  CLOCK(OPS, "ops", "operations", "map operations run, over all workers")                                              \
  CLOCK(CPU, "cpu", "CPU seconds", "processor time, over all workers")                                                 \
  CLOCK(WALL, "wall", "seconds", "time on the wall, while campaigns ran")

enum mtbf_clock {
#define CLOCK(name, ...) MTBF_##name,
  MTBF_CLOCKS(CLOCK)
#undef CLOCK
      MTBF_CLOCK_COUNT
};

/* What counts as one failure. */
enum mtbf_per {
  MTBF_PER_GROUP,    /* a bug: the first time of a group of keys, or of a key that is in none */
  MTBF_PER_BUG,      /* the first time of a key */
  MTBF_PER_CAMPAIGN, /* the first failure of a campaign; one without any is censored */
  MTBF_PER_COUNT
};

struct mtbf_request {
  const char *map; /* NULL: the only one there is */
  enum mtbf_clock clock;
  enum mtbf_per per;
};

const char *mtbf_clock_name(enum mtbf_clock clock);
const char *mtbf_per_name(enum mtbf_per per);

/* Times and their words; owns both. */
struct mtbf_source {
  bool arrived;
  struct times_csv times;                /* lives, or arrivals in rising order */
  double end;                            /* of watching, for arrivals; NAN: with the last of them */
  double f1, f2;                         /* NAN: not counted */
  size_t untimed;                        /* bugs left out: they are from logs, which do not say when they came */
  struct discovery_sightings *sightings; /* of each arrival's bug, and the key that stands for it; NULL: not known */
  char (*keys)[KEY_TEXT_SIZE];
  const char **key_texts; /* the same, as pointers */
  double *begins;         /* of the second and later campaigns */
  size_t begin_count;
  double failing; /* as struct mtbf has it */
  const char *unit, *clock, *workload, *event, *unit_kind;
  char *subject;
  char *map; /* NULL: a file does not say */
};

/* Campaigns one after the other, in the order in which they came into the store, are taken as one long one.  False, and
 * a line in *error, where the store has nothing of the kind. */
bool mtbf_source_from_store(struct store *store, const struct mtbf_request *request, struct mtbf_source *source,
                            struct finding_error *error);

/* `-` is stdin.  `end` is NAN where it was not given.  Arrivals are put in order.  False, and a line in *error, where
 * the file cannot be read or has no times in which something could have failed. */
bool mtbf_source_from_file(const char *path, enum times_csv_kind kind, double end, struct mtbf_source *source,
                           struct finding_error *error);

void mtbf_source_free(struct mtbf_source *source);

/* The estimate, and what it is of; `mtbf` borrows from both. */
void mtbf_source_estimate(const struct mtbf_source *source, double confidence, struct estimate *estimate,
                          struct mtbf *mtbf);

#endif
