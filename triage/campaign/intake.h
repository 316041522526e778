/* intake.h - which failing input is looked at next, and where one goes that does not fail again.  For confirm.c. */
#ifndef HEDDLE_CAMPAIGN_INTAKE_H
#define HEDDLE_CAMPAIGN_INTAKE_H

#include "triage/campaign/confirm.h"

/* Fills *job with an input that is to be replayed, those first that may have a key not seen yet, and the workers in
 * turn; false where none is due.  On the way, inputs all of whose keys have what is kept are removed. */
bool intake_next(struct confirmer *confirmer, const struct worker *workers, size_t worker_count,
                 struct confirm_job *job);

/* Stores the job's input as OUT/unconfirmed/<sha1>/ with info.json and report.txt; false, and a line said, where that
 * does not work. */
bool intake_set_aside(struct confirmer *confirmer, const struct confirm_job *job, const char *end, const char *report);

#endif
