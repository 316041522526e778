/* inputs.h - inputs that fuzzing engines left behind, and the reports that name them.
 *
 * A report names its input as libFuzzer's `Test unit written to` and honggfuzz's FUZZ_FNAME do, or its log is called
 * after the input, as id:000000,sig:06 and id:000000,sig:06.log.  Where that file lies now is looked for beside the log
 * and in what was given to be read, nowhere else: whoever wrote a log does not choose what is read.
 *
 * Memory: some bytes for each input that a report named.  One thread. */
#ifndef HEDDLE_CMD_INPUTS_H
#define HEDDLE_CMD_INPUTS_H

#include <limits.h>
#include <stdbool.h>

#include "triage/cmd/cmd.h"

struct inputs;

/* `paths` are those that are read; borrowed. */
struct inputs *inputs_open(const struct cmd_words *paths);
void inputs_close(struct inputs *inputs); /* NULL is allowed */

/* The input of a report in `log`, as the report has it, "" where it names none.  False where it is not there.  It
 * counts as one with a report from then on. */
bool inputs_claim(struct inputs *inputs, const char *log, const char *named, char path[PATH_MAX]);

/* Says on stdout which inputs below the paths no report has named, and what to do about them; nothing where there are
 * none. */
void inputs_tell_others(const struct inputs *inputs);

#endif
