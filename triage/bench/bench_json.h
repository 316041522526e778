/* Where the programs of this folder leave their figures: build/bench/NAME.json, beside the folder they are in. */
#ifndef TRIAGE_BENCH_BENCH_JSON_H
#define TRIAGE_BENCH_BENCH_JSON_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* NULL, and a line that says why, where it cannot be written. */
static inline FILE *bench_json_open(const char *program, const char *name) {
  char path[4096];
  const char *slash = strrchr(program, '/');
  int length = slash ? (int)(slash - program) : 1;
  const char *folder = slash ? program : ".";
  (void)snprintf(path, sizeof path, "%.*s/../bench", length, folder);
  FILE *json = NULL;
  if (mkdir(path, 0777) == 0 || errno == EEXIST) {
    (void)snprintf(path, sizeof path, "%.*s/../bench/%s.json", length, folder, name);
    json = fopen(path, "w");
  }
  if (!json)
    perror(path);
  return json;
}

#endif
