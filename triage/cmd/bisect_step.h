/* bisect_step.h - one commit of a bisect: built and replayed. */
#ifndef HEDDLE_CMD_BISECT_STEP_H
#define HEDDLE_CMD_BISECT_STEP_H

#include "triage/cmd/cmd.h"

/* As `git bisect run` understands exit statuses. */
enum bisect_verdict { BISECT_GOOD = 0, BISECT_BAD = 1, BISECT_SKIP = 125 };

struct bisect_step {
  const struct cmd_common *common;
  const char *build; /* a command for sh; it runs here */
  const char *input; /* path */
  const char *key, *map, *flavour;
  int runs; /* at most; the first one that shows the key is enough */
};

/* Builds what is checked out, replays, and tells on stderr what came of it.  BISECT_SKIP where it cannot be built or
 * does not replay. */
enum bisect_verdict bisect_step(const struct bisect_step *step);

#endif
