/* json_text.h - what the JSON forms share.  The json_t are new references; NULL: no memory. */
#ifndef HEDDLE_REPORT_JSON_TEXT_H
#define HEDDLE_REPORT_JSON_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "triage/report/mtbf.h"

/* Bytes that are no UTF-8 become U+FFFD. */
json_t *json_text(const char *text);
/* The empty text is null: not known. */
json_t *json_known(const char *text);

/* An estimate, as `heddle mtbf --json` has it and report.schema.json describes it. */
json_t *json_mtbf(const struct mtbf *mtbf);

/* Writes the value, which it takes, on one line and in ASCII, so that a terminal can show it; where `members`, without
 * the braces around it.  False also for NULL: with no memory for the value errno is ENOMEM. */
bool json_write(FILE *out, json_t *value, bool members);

#endif
