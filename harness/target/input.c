/* input.c - see input.h. */
#include "target/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool fail(const char *path, const char *reason) {
  fprintf(stderr, "heddle: %s: %s; give a saved input\n", path, reason);
  return false;
}

bool input_read(const char *path, struct input *out) {
  struct stat about;
  if (stat(path, &about))
    return fail(path, strerror(errno));
  if (S_ISDIR(about.st_mode))
    return fail(path, "it is a folder");
  if (!S_ISREG(about.st_mode))
    return fail(path, "it is no plain file");
  if ((uint64_t)about.st_size > INPUT_SIZE_MAX)
    return fail(path, "it is larger than any input (64 MiB)");
  FILE *file = fopen(path, "rb");
  if (!file)
    return fail(path, strerror(errno));
  out->bytes = malloc((size_t)about.st_size + 1);
  if (!out->bytes)
    abort();
  out->size = fread(out->bytes, 1, (size_t)about.st_size, file);
  bool failed = ferror(file);
  fclose(file);
  if (!failed)
    return true;
  input_free(out);
  return fail(path, "it cannot be read");
}

void input_free(struct input *input) {
  free(input->bytes);
  *input = (struct input){0};
}
