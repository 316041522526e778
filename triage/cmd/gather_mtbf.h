/* gather_mtbf.h - a report's estimates, out of the store: the MTBF of each map that has campaigns. */
#ifndef HEDDLE_CMD_GATHER_MTBF_H
#define HEDDLE_CMD_GATHER_MTBF_H

#include "triage/report/report.h"
#include "triage/store/store.h"

struct gathered_mtbf {
  struct mtbf *estimates; /* in the order in which the report's campaigns name the maps */
  size_t count;
  struct gather_mtbf_part *parts; /* what they point to */
};

/* A bug is a group of keys, or a key that is in none, as in the report; the clock is inputs.  A campaign that names no
 * map is passed over.  `store_name`, borrowed, is what the estimates say that they are from.  The caller frees *out in
 * either case. */
bool gather_mtbf(struct store *store, const char *store_name, const struct report_campaign *campaigns, size_t count,
                 struct gathered_mtbf *out, struct finding_error *error);
void gather_mtbf_free(struct gathered_mtbf *gathered);

#endif
