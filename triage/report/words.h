/* words.h - what all the forms that people read say alike. */
#ifndef HEDDLE_REPORT_WORDS_H
#define HEDDLE_REPORT_WORDS_H

#include "triage/report/report.h"

#define WORDS_SIZE 512 /* room for one phrase */
#define WORDS_ROWS_MAX 160

static inline const char *words_or(const char *text, const char *otherwise) { return text && *text ? text : otherwise; }

/* As `2026-11-24 13:05 UTC`, `not known` for 0; returns `text`. */
const char *words_date(int64_t time_s, char text[WORDS_SIZE]);
/* By RFC 3339, as `2026-11-24T13:05:09Z`, for machines; "" for 0 and for years past 9999. */
const char *words_timestamp(int64_t time_s, char text[WORDS_SIZE]);
/* The date, and the campaign's own clock where it is known. */
const char *words_moment(const struct report_moment *moment, char text[WORDS_SIZE]);

/* What a stack shows, as `write of 8 bytes`, `memory allocated`; then who was at it, as `T2 in put k0`, "" where that
 * is not known.  The second may hold anything: it quotes the operation. */
const char *words_stack(const struct finding_stack *stack, char text[WORDS_SIZE]);
const char *words_task(const struct finding_stack *stack, char text[WORDS_SIZE]);

/* The sites of the first two stacks, as `gomap_add map/gomap.c:187`; equal ones once; returns how many
 * there are, 0 to 2. */
size_t words_sites(const struct report_key *key, char sites[2][FINDING_SITE_SIZE]);

/* Exposure, as `1,204,331 inputs in 20 min 3 s`. */
const char *words_exposure(const struct finding_span *span, char text[WORDS_SIZE]);

const char *words_title(const struct report_bug *bug);
uint64_t words_count(const struct report_bug *bug); /* times seen, all keys */

/* The part of an interleaving that says something: its ends, where operations begin, both sides of every switch, and
 * what races.  Returns how many rows there are.  Where even those are too many, the middle is left out. */
struct words_row {
  const struct report_step *step;
  size_t left_out; /* steps passed over right before this one */
};
size_t words_rows(const struct report_key *key, struct words_row rows[WORDS_ROWS_MAX]);

#endif
