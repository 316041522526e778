/* progress.h - how a campaign is told while it runs and when it is over. */
#ifndef HEDDLE_CAMPAIGN_PROGRESS_H
#define HEDDLE_CAMPAIGN_PROGRESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "triage/campaign/text.h"
#include "triage/finding/list.h"

struct progress {
  double elapsed_s;
  double limit_s; /* 0: none */
  double inputs_per_s;
  uint64_t inputs;
  unsigned corpus, coverage; /* 0: not known yet */
  size_t findings;           /* unique */
  double since_new_s;        /* below 0: no finding yet */
};

/* One line without a newline, in at most `width` columns: what matters least is left out where it does not fit. */
void progress_print(const struct progress *progress, struct text_style style, int width, char *line, size_t size);

/* A finding at its first appearance: one line. */
void progress_print_new(FILE *out, const struct finding_summary *summary, struct text_style style);

/* The table of findings: below each line its sites and the command that replays its smallest input. */
void progress_print_table(FILE *out, const struct finding_summary *const summaries[], size_t count,
                          struct text_style style);

#endif
