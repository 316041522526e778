/* report_text.c - see report_text.h. */
#define _GNU_SOURCE
#include "target/report_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target/symbols.h"

struct place {
  const char *start, *end; /* of `(binary+0x1a2b)` */
  uint64_t offset;
};

/* True where the line is a frame of this binary: `    #3 ... (binary+0x1a2b)`. */
static bool find_place(const char *line, const char *end, struct place *place) {
  const char *hash = line + strspn(line, " ");
  if (hash >= end || *hash != '#')
    return false;
  for (const char *at = hash; at < end; at++) {
    if (strncmp(at, "+0x", 3) != 0)
      continue;
    char *after;
    place->offset = strtoull(at + 1, &after, 16);
    const char *open = memrchr(line, '(', (size_t)(at - line));
    if (!open || *after != ')')
      return false;
    place->start = open;
    place->end = after + 1;
    return memmem(open, (size_t)(at - open), symbols_binary_name(), strlen(symbols_binary_name())) != NULL;
  }
  return false;
}

static void print_frame(FILE *out, const char *line, const struct place *place) {
  struct frame frames[8];
  size_t count = symbols_at_offset(place->offset, frames, 8);
  int number = atoi(line + strspn(line, " #"));
  for (size_t i = 0; i < count; i++) {
    fprintf(out, "    #%d %s", number, *frames[i].function ? frames[i].function : "<unknown>");
    if (*frames[i].file)
      fprintf(out, " %s", frames[i].file);
    if (frames[i].line)
      fprintf(out, ":%" PRIu32 ":%" PRIu32, frames[i].line, frames[i].column);
    fprintf(out, " (%s+0x%" PRIx64 ")%s\n", symbols_binary_name(), place->offset, i + 1 < count ? " [inlined]" : "");
  }
}

char *report_text_with_names(const char *text) {
  char *result = NULL;
  size_t size;
  FILE *out = open_memstream(&result, &size);
  if (!out)
    abort();
  while (*text) {
    const char *end = strchrnul(text, '\n');
    struct place place;
    if (find_place(text, end, &place))
      print_frame(out, text, &place);
    else
      fprintf(out, "%.*s\n", (int)(end - text), text);
    text = *end ? end + 1 : end;
  }
  fclose(out);
  return result;
}
