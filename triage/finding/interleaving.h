/* interleaving.h - the steps of the run that failed, as they lie beside finding.json (FORMAT.md: interleaving.json).
 *
 * Who writes owns the steps and their texts; after finding_read_interleaving they belong to the struct and go with
 * finding_free_interleaving.  No global state. */
#ifndef HEDDLE_FINDING_INTERLEAVING_H
#define HEDDLE_FINDING_INTERLEAVING_H

#include "triage/finding/finding.h"

#define FINDING_INTERLEAVING_VERSION 1
#define FINDING_STEPS_MAX 2000 /* of one interleaving */

/* A text that is not known is NULL or "" when written, and "" when read. */
struct finding_step {
  uint64_t point;        /* the scheduling point's number in the run; never falls from one step to the next */
  int task;              /* 0 is the program's main task */
  bool racing;           /* one of the accesses, frees or waits that the verdict of this finding is about */
  const char *operation; /* begun at this step, as `put k17`; "" where the task goes on */
  const char *text;      /* as `store of 8 bytes` */
  const char *place;     /* as `gomap_add map/gomap.c:187` */
};

struct finding_interleaving {
  const struct finding_step *steps; /* in the order in which they were taken */
  size_t step_count;                /* at most FINDING_STEPS_MAX */
  uint64_t left_out;                /* steps up to the failure that are not among them */
  void *document;                   /* what the texts live in, where it was read */
};

/* Reads interleaving.json of a finding's folder.  On false *error names the file and what is wrong, and there is
 * nothing to free: no finding needs one. */
bool finding_read_interleaving(const char *folder, struct finding_interleaving *interleaving,
                               struct finding_error *error);
void finding_free_interleaving(struct finding_interleaving *interleaving);

#endif
