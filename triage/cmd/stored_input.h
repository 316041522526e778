/* stored_input.h - the input that the store has of a key, as a file to replay. */
#ifndef HEDDLE_CMD_STORED_INPUT_H
#define HEDDLE_CMD_STORED_INPUT_H

#include <limits.h>
#include <stdbool.h>

#include "triage/store/store.h"

struct stored_input {
  char key[KEY_TEXT_SIZE];
  char map[64], flavour[32], kind[64]; /* made visible: what is no name is none afterwards either */
  char path[PATH_MAX];                 /* absolute, where it is ours */
  bool ours;                           /* a temporary file, which stored_input_drop removes */
};

/* Of the one key that begins with `digits`: the bytes of its first occurrence that has any in the store, written to a
 * temporary file; else the file of the first one whose file is still there.  CMD_OK, or a line is said and it is
 * CMD_UNREADABLE, CMD_USAGE where the temporary file cannot be written, CMD_NO_TARGET where no target of heddle's met
 * it; then there is nothing to drop. */
int stored_input_take(struct store *store, const char *digits, struct stored_input *input);
void stored_input_drop(const struct stored_input *input);

#endif
