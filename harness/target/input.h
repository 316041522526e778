/* input.h - an input's bytes, from a file. */
#ifndef HEDDLE_TARGET_INPUT_H
#define HEDDLE_TARGET_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_SIZE_MAX ((size_t)64 << 20) /* bytes; a program is a thousandth of this */

struct input {
  uint8_t *bytes; /* owned */
  size_t size;
};

/* False, and one line on stderr, where `path` cannot be read. */
bool input_read(const char *path, struct input *out);
void input_free(struct input *input);

#endif
