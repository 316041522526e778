/* names.h - the words for the codes of a program, and what ops.def says of each operation.  Internal to program/. */
#ifndef HEDDLE_PROGRAM_NAMES_H
#define HEDDLE_PROGRAM_NAMES_H

#include <stdbool.h>

/* Static strings; the code is to be in its range. */
const char *names_op(unsigned code);
const char *names_key_choice(unsigned choice);
const char *names_policy(unsigned policy);
const char *names_granularity(unsigned granularity);

bool names_op_is_bulk(unsigned code); /* repeats over drawn keys */
bool names_op_has_key(unsigned code); /* reads a key, or many */

#endif
