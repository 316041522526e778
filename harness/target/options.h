/* options.h - the target's own command line: --heddle_NAME[=VALUE], as PROTOCOL.md has it.  libFuzzer ignores these. */
#ifndef HEDDLE_TARGET_OPTIONS_H
#define HEDDLE_TARGET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "carrier/carrier.h"
#include "target/subject.h"

enum target_mode { MODE_FUZZ, MODE_REPLAY, MODE_SHOW, MODE_MINIMIZE, MODE_MUTANTS };

/* Exit statuses, the same for every mode and for the command. */
enum target_exit { EXIT_NOTHING = 0, EXIT_FOUND = 1, EXIT_USAGE = 2, EXIT_UNREADABLE = 3, EXIT_NO_START = 4 };

/* Strings point into argv; NULL where not given. */
struct options {
  enum target_mode mode;
  enum carrier_kind carrier;
  enum subject_use use;
  const char *input, *output, *out, *worker, *key, *findings, *clock, *chrome, *mutant;
  bool json, trace, color, keep_all;
  uint64_t check_every; /* inputs; 0: never */
  uint64_t break_at;    /* points; 0: nowhere */
};

/* Ends the process with one line and EXIT_USAGE where an option is not known or has no such value. */
void options_parse(int argc, char **argv, struct options *out);

/* The help of these options, for -help=1's reader. */
void options_print(void);

#endif
