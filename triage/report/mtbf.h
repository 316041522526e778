/* mtbf.h - a mean time between failures, as people and programs read it.
 *
 * The figures come from triage/reliability/estimate.h; here they get their words: every form says what quantity it is,
 * on which clock, under which workload, from how many events in how much exposure, and what was censored.  Pointers are
 * borrowed and only read; texts may hold anything but NUL, and may be NULL where nothing is known.  The writers flush
 * `out` and return whether everything was written; they keep no state. */
#ifndef HEDDLE_REPORT_MTBF_H
#define HEDDLE_REPORT_MTBF_H

#include <stdbool.h>
#include <stdio.h>

#include "triage/campaign/text.h"
#include "triage/reliability/estimate.h"

struct mtbf {
  const struct estimate *estimate;
  const char *source;    /* where the times are from, as `heddle.db` */
  const char *map;       /* whose failures, as `gomap`; "" where a file does not say */
  const char *subject;   /* what fails, as `new bugs of gomap` */
  const char *unit;      /* of the figures, as `inputs`, `CPU seconds` */
  const char *clock;     /* what was counted, as `inputs run by all workers` */
  const char *workload;  /* as `a fuzzer's inputs, which are not production's` */
  const char *event;     /* what an event is, in the plural, as `failures`, `new bugs` */
  const char *unit_kind; /* what was watched, in the plural, as `units`, `campaigns`; "" for arrivals */
  double failing;        /* all failures seen in the exposure, the same ones again included; NAN: not known */

  /* The series that the estimate is of. */
  struct arrivals arrivals; /* where estimate->arrived */
  struct times lives;       /* else */
  /* Of each arrival how often its bug was seen, and the key that stands for the bug; NULL where that is not known. */
  const struct discovery_sightings *sightings;
  const char *const *keys;
  const double *begins; /* when the second and later campaigns began on the clock */
  size_t begin_count;
};

/* One object; report.schema.json describes it.  Numbers have 17 digits; null stands for what is not defined
 * and for what no number bounds. */
bool mtbf_write_json(FILE *out, const struct mtbf *mtbf);

/* For a terminal, with a picture (plot.h), which is plain ASCII without `unicode`; `columns` is that one's width. */
bool mtbf_write_text(FILE *out, const struct mtbf *mtbf, int columns, bool color, bool unicode);

/* ---- the words that all forms have in common ---- */

#define MTBF_WORDS_SIZE 512 /* room for one phrase */

/* Four digits that count, as `241,000`; `none` for NAN, `no bound` for INFINITY; returns `text`. */
const char *mtbf_figure(double value, char text[TEXT_SIZE]);

/* `19.89 to 84.34 hours`, or what there is to say in its place; `unit` may be ""; returns `text`. */
const char *mtbf_range(struct interval interval, double estimate, const char *unit, char text[MTBF_WORDS_SIZE]);

/* The figure to read first: for arrivals what headline.h chose, for lives the mean of the distribution. */
struct mtbf_first {
  double value;             /* INFINITY: there is no estimate, only a bound */
  struct interval interval; /* NAN where there is none */
  const char *quantity;     /* what it is, in words; NULL: there is neither estimate nor bound */
};
struct mtbf_first mtbf_first(const struct mtbf *mtbf);

/* The estimate and its interval, as `241,000 inputs`, `no estimate`, and `95 %: 103,000 to 883,000 inputs`; each
 * returns `text`. */
const char *mtbf_words_value(const struct mtbf *mtbf, char text[MTBF_WORDS_SIZE]);
const char *mtbf_words_interval(const struct mtbf *mtbf, char text[MTBF_WORDS_SIZE]);
/* From what, as `12 new bugs in 512,000 inputs, watched until a time set beforehand`. */
const char *mtbf_words_events(const struct mtbf *mtbf, char text[MTBF_WORDS_SIZE]);
/* All of it in a sentence: `MTBF 241,000 inputs (95 %: 103,000 to 883,000 inputs): time to the next new bug ...`. */
const char *mtbf_words(const struct mtbf *mtbf, char text[MTBF_WORDS_SIZE]);

#endif
