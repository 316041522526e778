/* json.h - finding.json in memory: the one place that knows the names of its members, in both directions. */
#ifndef HEDDLE_FINDING_JSON_H
#define HEDDLE_FINDING_JSON_H

#include <jansson.h>

#include "triage/finding/finding.h"
#include "triage/finding/interleaving.h"

/* A new reference; NULL: no memory.  Bytes that are not UTF-8 become `?`. */
json_t *finding_to_json(const struct finding *finding);
json_t *finding_text_to_json(const char *text);
json_t *finding_interleaving_to_json(const struct finding_interleaving *interleaving);
json_t *finding_clock_to_json(const struct finding_clock *clock, const struct finding_clock *worker);

/* Fills *finding, whose strings then live as long as `document`.  False: the member `*where` is missing or not what
 * FORMAT.md says.  Frames of the stacks are allocated: finding_free_stacks. */
bool finding_from_json(const json_t *document, struct finding *finding, const char **where);
bool finding_clock_from_json(const json_t *object, struct finding_clock *clock, struct finding_clock *worker,
                             const char **where);
void finding_free_stacks(struct finding *finding);
/* The same; on false there is nothing to free.  The caller sets `document`. */
bool finding_interleaving_from_json(const json_t *document, struct finding_interleaving *interleaving,
                                    const char **where);

#endif
