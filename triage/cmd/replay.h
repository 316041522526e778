/* replay.h - an input run in fresh processes of a target, and how often a key shows.  One thread; every text that is
 * passed in is borrowed. */
#ifndef HEDDLE_CMD_REPLAY_H
#define HEDDLE_CMD_REPLAY_H

#include <stdbool.h>

#include "triage/campaign/process.h"
#include "triage/finding/finding.h"

#define REPLAY_KEYS_MAX 64

struct replay_plan {
  const char *target, *input; /* paths */
  const char *carrier;        /* NULL: the target's own choice */
  int runs;                   /* at most so many, */
  int enough;                 /* and no more once the key showed so often; 0: all */
  bool held;                  /* replay_hold_signals was called: a signal ends the replays */
  const char *label;          /* what a progress line on stderr, after two seconds, calls it; NULL: no such line */
};

struct replay_tally {
  int runs, reproduced;    /* runs that ended, and those that showed the key */
  bool stopped;            /* by a signal */
  char key[KEY_TEXT_SIZE]; /* the one looked for; where it was "", the first one that was seen */
  char *kind;              /* of it; NULL where it was not seen; owned */
  char sites[2 * FINDING_SITE_SIZE];
  char keys[REPLAY_KEYS_MAX][KEY_TEXT_SIZE]; /* all that were seen, sorted */
  int key_count;
  char digest[KEY_TEXT_SIZE]; /* of the first run that told one */
  bool digests_equal;
};

/* Replays; *tally is filled whatever comes of it, and replay_free ends it.  A run that takes longer than
 * TARGET_TIMEOUT_S, and one that dies without a word, fail with a key of their own (crash_key).  CMD_OK, or a line is
 * said and it is CMD_UNREADABLE or CMD_NO_TARGET. */
int replay_run(const struct replay_plan *plan, const char *key, struct replay_tally *tally);
void replay_free(struct replay_tally *tally);

/* The command line of one replay, to which options may be added. */
struct arguments replay_arguments(const struct replay_plan *plan);

/* From now on SIGINT, SIGTERM and SIGHUP end nothing by themselves; replay_stop_asked says whether one came. */
void replay_hold_signals(void);
bool replay_stop_asked(void);

#endif
