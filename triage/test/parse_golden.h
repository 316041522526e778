/* parse_golden.h - for tests of the parsers: what they make of a log, a line a report, as the .expect files have it:
 *
 *   KIND KEY | SITE | SITE | at LOCATION | ROLE@TASK ACCESS SIZE xFRAMES | ... | file ARTIFACT
 *
 * `truncated ` stands first where it is.  UPDATE_GOLDENS=1 in the environment writes the .expect files anew. */
#ifndef HEDDLE_TRIAGE_TEST_PARSE_GOLDEN_H
#define HEDDLE_TRIAGE_TEST_PARSE_GOLDEN_H

#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/parse/parse.h"

#define GOLDEN_REPORTS_MAX 64
#define GOLDEN_LINE_MAX 4096

struct golden {
  size_t count;
  char lines[GOLDEN_REPORTS_MAX][GOLDEN_LINE_MAX];
};

__attribute__((format(printf, 2, 3))) static inline void golden_add(char *line, const char *format, ...) {
  size_t used = strlen(line);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line + used, GOLDEN_LINE_MAX - used, format, arguments);
  va_end(arguments);
}

static inline void golden_tell(void *context, const struct parse_report *report) {
  struct golden *golden = *(struct golden **)context;
  const struct finding *finding = &report->finding;
  if (golden->count == GOLDEN_REPORTS_MAX)
    return;
  char *line = golden->lines[golden->count++], sites[FINDING_STACKS_MAX][FINDING_SITE_SIZE];
  *line = '\0';
  golden_add(line, "%s%s %s", report->truncated ? "truncated " : "", finding->kind, finding->key);
  size_t count = finding_sites(finding, sites, FINDING_STACKS_MAX);
  for (size_t i = 0; i < count; i++)
    golden_add(line, " | %s", sites[i]);
  if (*finding->location)
    golden_add(line, " | at %s", finding->location);
  for (size_t i = 0; i < finding->stack_count; i++) {
    const struct finding_stack *stack = &finding->stacks[i];
    golden_add(line, " | %s@%d", finding_role_text(stack->role), stack->task);
    if (stack->access)
      golden_add(line, " %s %u", finding_access_text(stack->access), stack->size);
    golden_add(line, " x%zu", stack->frame_count);
  }
  if (*report->artifact)
    golden_add(line, " | file %s", report->artifact);
}

/* The file's bytes, `*size` of them and a 0; the caller frees them. */
static inline char *golden_read(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return NULL;
  char *bytes = malloc((size_t)1 << 20);
  if (!bytes)
    abort();
  *size = fread(bytes, 1, ((size_t)1 << 20) - 1, file);
  bytes[*size] = '\0';
  fclose(file);
  return bytes;
}

/* What the parser makes of the bytes, given to it in chunks. */
static inline void golden_parse(struct golden *golden, const char *bytes, size_t size, size_t chunk) {
  static struct golden *told;
  static struct parser *parser; /* one for all: also what it keeps from one log to the next is tested */
  struct parse_options options = {0};
  if (!parser && !(parser = parse_open(&options, golden_tell, &told)))
    abort();
  told = golden;
  golden->count = 0;
  for (size_t at = 0; at < size; at += chunk)
    parse_feed(parser, bytes + at, size - at < chunk ? size - at : chunk);
  parse_end(parser);
}

static inline void golden_write(const char *path, const struct golden *golden) {
  FILE *file = fopen(path, "w");
  if (!file)
    abort();
  for (size_t i = 0; i < golden->count; i++)
    fprintf(file, "%s\n", golden->lines[i]);
  fclose(file);
}

/* The expectation of a log, in the form of golden_parse's. */
static inline void golden_expected(struct golden *golden, const char *log) {
  char path[4096];
  snprintf(path, sizeof path, "%.*s.expect", (int)(strlen(log) - 4), log);
  if (getenv("UPDATE_GOLDENS")) {
    size_t size;
    char *bytes = golden_read(log, &size);
    golden_parse(golden, bytes, size, size ? size : 1);
    free(bytes);
    golden_write(path, golden);
  }
  golden->count = 0;
  FILE *file = fopen(path, "r");
  if (!file)
    return;
  while (golden->count < GOLDEN_REPORTS_MAX && fgets(golden->lines[golden->count], GOLDEN_LINE_MAX, file)) {
    char *line = golden->lines[golden->count++];
    line[strcspn(line, "\n")] = '\0';
  }
  fclose(file);
}

/* Calls `look` with each log of triage/test/golden/FOLDER; returns how many. */
static inline size_t golden_each(const char *folder, void (*look)(const char *log)) {
  char path[4096];
  struct dirent **entries;
  size_t logs = 0;
  snprintf(path, sizeof path, "%s/triage/test/golden/%s", HEDDLE_SOURCE_DIR, folder);
  int count = scandir(path, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    size_t length = strlen(entries[i]->d_name);
    if (length > 4 && strcmp(entries[i]->d_name + length - 4, ".log") == 0) {
      char log[8192];
      snprintf(log, sizeof log, "%s/%s", path, entries[i]->d_name);
      look(log);
      logs++;
    }
    free(entries[i]);
  }
  if (count >= 0)
    free(entries);
  return logs;
}

static inline void golden_each_sanitizer(void (*look)(const char *log)) {
  static const char *const folders[] = {"tsan", "asan", "lsan", "msan", "ubsan", "libfuzzer"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (golden_each(folders[i], look) < 2) {
      fprintf(stderr, "too few logs in triage/test/golden/%s\n", folders[i]);
      abort();
    }
}

#endif
