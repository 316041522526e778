/* gather.h - a report's facts, out of the store and what lies beside it. */
#ifndef HEDDLE_CMD_GATHER_H
#define HEDDLE_CMD_GATHER_H

#include "triage/report/report.h"
#include "triage/store/store.h"

struct gathered {
  struct report report;
  struct gather_memory *memory; /* what the report points to */
};

struct gather_options {
  const struct store_filter *filter; /* NULL: every key */
  const char *store_name;            /* what the estimates are said to be from */
  const char *source_root;           /* where the files that stacks name lie; NULL: the current folder */
  int64_t now_s;
};

/* Groups that people have accepted are one bug each, the other keys are alone.  Of each key what its first occurrence
 * that has texts says.  The caller frees *out in either case. */
bool gather(struct store *store, const struct gather_options *options, struct gathered *out,
            struct finding_error *error);
void gather_free(struct gathered *gathered);

#endif
