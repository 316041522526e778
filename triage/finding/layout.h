/* layout.h - the names inside OUT, and in OUT/findings (FORMAT.md). */
#ifndef HEDDLE_FINDING_LAYOUT_H
#define HEDDLE_FINDING_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define FINDING_CAMPAIGN "campaign.json" /* beside `findings`: what was run in all */
#define FINDING_ENGINE "libfuzzer"       /* what a campaign fuzzes with */

#define FINDING_INPUT "input"
#define FINDING_MINIMIZED "minimized"
#define FINDING_JSON "finding.json"
#define FINDING_REPORT "report.txt"
#define FINDING_PROGRAM "program.txt"
#define FINDING_SCHEDULE "schedule.txt"
#define FINDING_INTERLEAVING "interleaving.json"
#define FINDING_COUNT "count.json"

/* True for the name of an input's folder, its SHA-1. */
static inline bool finding_is_input_name(const char *name) {
  return strlen(name) == 40 && strspn(name, "0123456789abcdef") == 40;
}

/* Inputs stored under a key; 0 where the folder cannot be read. */
size_t finding_count_inputs(const char *key_folder);

#endif
