/* mtbf_choice.h - the options that say where times are from: the store, or a file of them. */
#ifndef HEDDLE_CMD_MTBF_CHOICE_H
#define HEDDLE_CMD_MTBF_CHOICE_H

#include "triage/cmd/mtbf_source.h"

/* A child parser whose input is this struct; --store is among its options, and FILE is its argument. */
struct mtbf_choice {
  struct cmd_store place;
  const char *data; /* NULL: the store */
  bool arrivals;
  double end;      /* NAN: not given */
  const char *map; /* NULL: the only one there is */
};
extern const struct argp mtbf_choice_argp;

/* The times of the file, or of the store on this clock.  False, and a line said, where there are none: then *status is
 * what the command returns. */
bool mtbf_choice_take(const struct mtbf_choice *choice, enum mtbf_clock clock, enum mtbf_per per,
                      struct mtbf_source *source, int *status);

/* Where they are from, for people. */
const char *mtbf_choice_name(const struct mtbf_choice *choice);

/* A number above 0, or an error by argp, which ends the process with status 2. */
double mtbf_choice_real(const struct argp_state *state, const char *option, const char *text);

/* The confidence, between 0 and 1, likewise. */
double mtbf_choice_confidence(const struct argp_state *state, const char *text);

#endif
