/* title.h - one sentence that says what went wrong where. */
#ifndef HEDDLE_CMD_TITLE_H
#define HEDDLE_CMD_TITLE_H

#include "triage/report/report.h"
#include "triage/stack/function.h"

#define TITLE_SIZE (2 * FUNCTION_NAME_SIZE + 64)

/* As `put races with get`, out of the key's stacks.  False where its own title says more than the kind, or the stacks
 * do not say it. */
bool title_make(const struct report_key *key, char title[TITLE_SIZE]);

#endif
