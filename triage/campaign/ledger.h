/* ledger.h - what a campaign knows and must not forget: OUT/campaign.json, and the keys with their counts.
 *
 * campaign.json: {"version": 1,
 *   "maps": {MAP: {"sessions", "wall_s", "inputs", "operations", "points", "switches", "cpu_s", "failing_inputs",
 *                  "divergences", "unconfirmed", "last_failure_s"}},      totals since the first session
 *   "raw": {RAW: KEY},         the target's names for failures, beside those that stored findings tell
 *   "uncounted": {KEY: N}}     seen N times by processes that died of it and could not count
 * Times seen of a key = uncounted + the workers' counters of its raw names.  The file is replaced in one step. */
#ifndef HEDDLE_CAMPAIGN_LEDGER_H
#define HEDDLE_CAMPAIGN_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/finding/list.h"

struct ledger_key {
  struct finding_summary summary;
  uint64_t uncounted;
  uint64_t counted;       /* by the workers, at the last ledger_count_end */
  uint64_t floor;         /* what count.json said at first: a count never falls, also where campaign.json was lost */
  uint64_t written_count; /* what count.json says now */
};

struct ledger_totals {
  struct finding_span span; /* wall_s: of all sessions */
  uint64_t points, switches, failing_inputs, divergences, unconfirmed;
  double last_failure_s; /* below 0: never */
};

struct ledger {
  const char *out, *map; /* borrowed */
  struct ledger_key *keys;
  size_t key_count;
  struct ledger_raw {
    uint64_t raw; /* 0: free */
    size_t key;
  } *raws; /* open addressing, at most half full */
  size_t raw_capacity, raw_count;
  struct ledger_totals before; /* of the sessions before this one */
  uint64_t sessions;           /* with this one */
  json_t *maps;                /* the other maps' totals, passed on as they are */
};

/* Reads OUT's campaign.json and findings, which need not be there.  What cannot be read is told to `complain` and left
 * alone: a corrupt campaign.json is kept aside as campaign.json.corrupt. */
void ledger_open(struct ledger *ledger, const char *out, const char *map, finding_complain_fn complain, void *context);
void ledger_close(struct ledger *ledger);

/* A replay showed `key`; `raw` is the target's name for it, 0 where it has none.  Reads the key's folder anew and
 * returns the key; *fresh tells whether it was unknown.  NULL where the folder holds nothing readable.  Learning
 * another key moves them all in memory. */
struct ledger_key *ledger_learn(struct ledger *ledger, uint64_t raw, const char *key, bool *fresh,
                                finding_complain_fn complain, void *context);

/* The key of a raw name, NULL where it is not known. */
struct ledger_key *ledger_find_raw(const struct ledger *ledger, uint64_t raw);

/* Counts anew: begin, then every counter of every worker, then end.  end writes the count.json of those that changed
 * and returns 0 or an errno. */
void ledger_count_begin(struct ledger *ledger);
void ledger_count(struct ledger *ledger, uint64_t raw, uint64_t count);
int ledger_count_end(struct ledger *ledger, bool durable);

/* Keys of this ledger's map. */
size_t ledger_findings(const struct ledger *ledger);

/* Replaces campaign.json; 0 or an errno. */
int ledger_save(const struct ledger *ledger, const struct ledger_totals *totals, bool durable);

#endif
