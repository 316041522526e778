/* campaign_state.h - one campaign while it runs; for campaign.c and its parts campaign_begin.c and campaign_tell.c. */
#ifndef HEDDLE_CAMPAIGN_CAMPAIGN_STATE_H
#define HEDDLE_CAMPAIGN_CAMPAIGN_STATE_H

#include "triage/campaign/campaign.h"
#include "triage/campaign/confirm.h"
#include "triage/campaign/exposure.h"
#include "triage/campaign/ledger.h"
#include "triage/campaign/worker.h"

#define CAMPAIGN_LINES_MAX 64 /* different lines passed on from targets */
#define CAMPAIGN_RATE_SAMPLES 6
#define CAMPAIGN_WAITING_SHOWN 100000 /* more are not counted */

struct campaign {
  const struct campaign_options *options;
  int lock;               /* OUT/.lock */
  struct worker *workers; /* first those without a process, then ours */
  size_t worker_count, first_own;
  struct ledger ledger;
  struct exposure exposure;
  struct confirmer confirmer;

  double began_s;         /* process_clock_s of this session */
  double ended_s;         /* when its workers stopped; 0: they run */
  double last_new_s;      /* process_clock_s; below 0: no finding in this session */
  uint64_t known_before;  /* findings of earlier sessions */
  uint64_t inputs_before; /* run in them */

  bool terminal;  /* stderr */
  bool line_open; /* a progress line stands there unfinished */
  struct text_style style;
  double next_line_s, next_save_s;
  struct {
    double at_s;
    uint64_t inputs;
  } rates[CAMPAIGN_RATE_SAMPLES];          /* the last seconds, oldest first */
  uint64_t lines_said[CAMPAIGN_LINES_MAX]; /* their hashes */
  size_t line_count;
  bool save_failed; /* said once */
  bool until_met;   /* what options->until asks for was found */
};

/* campaign_begin.c: everything up to the first process.  CAMPAIGN_NOTHING: go ahead. */
enum campaign_status campaign_begin(struct campaign *campaign, const struct campaign_options *options);
void campaign_free(struct campaign *campaign);

/* campaign_tell.c */
void campaign_say(void *context, const char *line); /* each different line once; adds `heddle: ` where it is missing */
void campaign_say_new(void *context, const struct finding_summary *summary, const struct worker *worker);
void campaign_tell_progress(struct campaign *campaign, bool now);
void campaign_tell_waiting(struct campaign *campaign);
void campaign_tell_end(struct campaign *campaign);
void campaign_clear_line(struct campaign *campaign);

/* campaign.c: the map's totals with this session's. */
struct ledger_totals campaign_totals(const struct campaign *campaign);

#endif
