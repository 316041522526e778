/* campaign.h - runs fuzzing processes of one map side by side, and keeps what they find.
 *
 *   workers   `jobs` processes, dealt out to the flavours in turn; never fewer than one a flavour, so that with fewer
 *             jobs than flavours the machine is shared.  One that dies is started again, after a pause if it died at
 *             once; one that dies WORKER_BARREN_DEATHS times before its first input ends the campaign.
 *   corpus    OUT/corpus/<map>, shared by all; seeds are copied into it.
 *   findings  confirm.h.
 *   memory    ledger.h: the next campaign on the same OUT goes on where this one ended, however it ended.
 *   the end   after `time_s`, or at SIGINT, SIGTERM or SIGHUP: workers stop, inputs that still wait are confirmed.  At
 *             a second signal everything stops at once; what waits is confirmed by the next campaign. */
#ifndef HEDDLE_CAMPAIGN_CAMPAIGN_H
#define HEDDLE_CAMPAIGN_CAMPAIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "triage/campaign/text.h"

#define CAMPAIGN_FLAVOURS_MAX 8
#define CAMPAIGN_JOBS_MAX 256

enum campaign_status {
  CAMPAIGN_NOTHING = 0,
  CAMPAIGN_FINDINGS = 1,
  CAMPAIGN_USAGE = 2,    /* OUT cannot be used */
  CAMPAIGN_NO_TARGET = 4 /* a target is missing or does not start */
};

struct campaign_options {
  const char *map;
  const char *flavours[CAMPAIGN_FLAVOURS_MAX];
  int flavour_count;
  int jobs;
  double time_s; /* 0: until a signal */
  const char *out;
  const char *bin_dir;       /* NULL: beside heddle */
  const char *seeds;         /* a folder; NULL: corpus/seeds/<map> where there is one */
  const char *dict;          /* a file; NULL: dict/heddle_<map>.dict where there is one */
  const char *carrier;       /* NULL: the target's own choice */
  const char *use;           /* likewise */
  int64_t check_determinism; /* every Nth input is run twice; below 0: the target's own choice */
  bool keep_all;
  const char *until; /* end with the first finding of one of these oracles or kinds, with commas; NULL: go on */
  bool json;         /* the findings at the end as JSON on stdout, not as a table */
  enum text_color_mode color;
};

/* Runs until the end.  Progress goes to stderr, the findings at the end to stdout. */
enum campaign_status campaign_run(const struct campaign_options *options);

#endif
