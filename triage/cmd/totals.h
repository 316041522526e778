/* totals.h - what campaigns had run in all, whether they found something or not, into the store.
 *
 * Time without a failure counts as much as a failure does: a campaign that found nothing is a row of the store too, or
 * every MTBF comes out too small.  A campaign is one map in one OUT; its row comes from OUT/campaign.json, which is
 * read once for everything below OUT in a row.  One thread. */
#ifndef HEDDLE_CMD_TOTALS_H
#define HEDDLE_CMD_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/store/store.h"

struct totals;

/* `store` is borrowed. */
struct totals *totals_open(struct store *store);
void totals_close(struct totals *totals); /* NULL is allowed */

enum totals_result {
  TOTALS_TAKEN,
  TOTALS_NONE,  /* there is no campaign.json, or it is none of a campaign's */
  TOTALS_FAILED /* the store did not take it; *error says why */
};

/* Every map of OUT, found or not. */
enum totals_result totals_put_all(struct totals *totals, const char *out, struct finding_error *error);

/* The campaign of a finding below OUT: *id is the store's name for it, 0 with TOTALS_NONE. */
enum totals_result totals_put(struct totals *totals, const char *out, const char *map, int64_t *id,
                              struct finding_error *error);

/* Campaigns taken of which totals_put never spoke. */
size_t totals_without_findings(const struct totals *totals);

#endif
