/* names.h - the words for the codes of a program, and what ops.def says of each operation.  Internal to program/. */
#ifndef HEDDLE_PROGRAM_NAMES_H
#define HEDDLE_PROGRAM_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* Static strings; the code is to be in its range. */
const char *names_op(unsigned code);
const char *names_key_choice(unsigned choice);
const char *names_starving(unsigned starving);
const char *names_policy(unsigned policy);
const char *names_granularity(unsigned granularity);

bool names_op_is_bulk(unsigned code); /* repeats over drawn keys */
bool names_op_has_key(unsigned code); /* reads a key, or many */
bool names_op_has_other_key(unsigned code);
uint8_t names_op_reading(unsigned code); /* what stands for it where nothing may be changed */
uint8_t names_op_plain(unsigned code);   /* what stands for it where a map does not have it */

#endif
