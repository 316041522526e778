/* report.h - what was found, as one plain struct, and the forms it is written in.
 *
 * Nothing here reads a store, a log or a source file: the caller fills a struct report and one of the writers turns it
 * into text, JSON, SARIF or HTML.  Every pointer is borrowed and only read.  A pointer to text may be NULL, which means
 * the same as "": not known.  Texts come from logs and may hold anything but NUL: each form makes them harmless in its
 * own way (visible.h).  Times are seconds since 1970, UTC; 0 means not known.
 *
 * The writers write to `out`, flush it and return whether everything was written; false also where memory ran out, and
 * errno then says why.  They keep no state: safe from several threads on different streams. */
#ifndef HEDDLE_REPORT_REPORT_H
#define HEDDLE_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "triage/finding/finding.h"
#include "triage/report/mtbf.h"

#define REPORT_VERSION 1 /* of the JSON form: report.schema.json */

/* STATE(name, text, meaning) */
#define REPORT_STATES(STATE)                                                                                           \
  STATE(NEW, "new", "nobody has looked at it")                                                                         \
  STATE(INCUBATING, "incubating", "seen, but did not come back in fresh runs")                                         \
  STATE(CONFIRMED, "confirmed", "came back in fresh runs")                                                             \
  STATE(FIXED, "fixed", "said to be fixed, not seen since")                                                            \
  STATE(REGRESSED, "regressed", "seen again after it was fixed")                                                       \
  STATE(IGNORED, "ignored", "known and put aside")

enum report_state {
#define STATE(name, text, meaning) REPORT_##name,
  REPORT_STATES(STATE)
#undef STATE
      REPORT_STATE_COUNT
};

struct report_campaign {
  const char *name; /* as a person calls it: its folder */
  const char *map, *target, *flavour, *engine, *build_id;
  int64_t begun_s, ended_s;
  struct finding_span exposure; /* all of it */
};

/* One moment at which a failure was met. */
struct report_moment {
  int64_t time_s;
  size_t campaign; /* index into report.campaigns; REPORT_NO_CAMPAIGN for a log of no campaign */
  struct finding_clock clock;
};
#define REPORT_NO_CAMPAIGN SIZE_MAX

/* The source around a site, or why it is not there.  Shown with the frames of the same file and line. */
struct report_excerpt {
  const char *file;
  uint32_t line;       /* the site's, from 1 */
  uint32_t first_line; /* of lines[0] */
  const char *const *lines;
  size_t line_count;
  const char *missing; /* "" or NULL where there are lines */
};

/* One step of the interleaving that failed, in the order of the run. */
struct report_step {
  uint64_t point;        /* the scheduling point's number */
  int task;              /* 0 is the program's main task */
  bool switched;         /* another task ran before this step and was left for this one */
  bool racing;           /* one of the accesses that the verdict is about */
  const char *operation; /* begun at this step, as `put k17`; "" where the task goes on */
  const char *text;      /* as `store of 8 bytes` */
  const char *place;     /* as `gomap_add map/gomap.c:187` */
};

/* One failure: the occurrences that have one key (triage/stack/key.h). */
struct report_key {
  const char *key;       /* unique in the report */
  const char *kind;      /* as `data-race` */
  const char *oracle;    /* as `ThreadSanitizer` */
  const char *guarantee; /* the letter of the map's promise that it breaks */
  enum report_state state;
  const char *state_note; /* as `until 2027-01-31: reported upstream` */
  const char *title;      /* one sentence */
  const char *location;   /* of the memory */
  const char *map;
  const struct finding_stack *stacks; /* the two that matter most first */
  size_t stack_count;
  uint64_t count; /* times seen */
  struct report_moment first, last;
  const struct report_moment *discoveries; /* the first time in each campaign, in any order */
  size_t discovery_count;
  unsigned failed, runs;          /* of the last confirmation: failed of runs; runs is 0 where there was none */
  const char *program, *schedule; /* printed, of several lines */
  const char *minimized;          /* path of the minimized input */
  const char *command;            /* replays it; `PROGRAM` stands for one that is no target of heddle's */
  const struct report_excerpt *excerpts;
  size_t excerpt_count;
  const struct report_step *steps; /* NULL where the interleaving is not known */
  size_t step_count;
};

/* What counts as one bug: a group of keys, or a key alone. */
struct report_bug {
  const char *title; /* "" takes the first key's */
  enum report_state state;
  const struct report_key *keys; /* at least one, the one to look at first in front */
  size_t key_count;
  const char *const *reasons; /* why the keys belong together */
  size_t reason_count;
};

struct report {
  const char *title;   /* "" takes the campaigns' names */
  const char *version; /* heddle's */
  int64_t generated_s; /* when; given, so that a report of the same facts is the same file */
  const struct report_campaign *campaigns;
  size_t campaign_count;
  const struct report_bug *bugs;
  size_t bug_count;
  const struct mtbf *mtbf; /* an estimate a map; map and subject are set */
  size_t mtbf_count;
};

/* For a terminal: a table of the bugs, then each of them.  `columns` is taken as 80 to 120. */
bool report_write_text(FILE *out, const struct report *report, int columns, bool color);

/* By report.schema.json. */
bool report_write_json(FILE *out, const struct report *report);

/* SARIF 2.1.0 (OASIS, 2020): a result a key, ruleId its kind. */
bool report_write_sarif(FILE *out, const struct report *report);

/* One page that needs no other file and no network.  Nothing from a log becomes markup, and the page's policy lets no
 * script and no style run but its own. */
bool report_write_html(FILE *out, const struct report *report);

const char *report_state_text(enum report_state state);

#endif
