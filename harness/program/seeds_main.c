/* seeds_main.c - writes the seed inputs into a folder, a file each: corpus/seeds/<map>/ are its output. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "program/seeds.h"

static int complain(const char *what) {
  fprintf(stderr, "seeds: %s: %s; give a folder that can be written to\n", what, strerror(errno));
  return 1;
}

static int write_seed(const char *folder, const char *name, const uint8_t *bytes, size_t size) {
  char path[4096];
  int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  if (length < 0 || (size_t)length >= sizeof path) {
    errno = ENAMETOOLONG;
    return complain(folder);
  }
  FILE *file = fopen(path, "wb");
  if (file == NULL)
    return complain(path);
  size_t written = fwrite(bytes, 1, size, file);
  if (fclose(file) != 0 || written != size)
    return complain(path);
  return 0;
}

int main(int argc, char **argv) {
  static struct program program;
  static uint8_t bytes[PROGRAM_BYTES_MAX];
  if (argc != 2) {
    fprintf(stderr, "usage: seeds FOLDER\n");
    return 2;
  }
  const char *name;
  for (size_t i = 0; (name = seeds_at(i, &program)) != NULL; i++) {
    size_t size = program_encode(&program, bytes, sizeof bytes);
    if (write_seed(argv[1], name, bytes, size) != 0)
      return 1;
  }
  return 0;
}
