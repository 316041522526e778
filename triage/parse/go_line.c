#include "triage/parse/go_line.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

bool go_take_function(struct builder *builder, char *line) {
  size_t length = strlen(line);
  char *arguments = strrchr(line, '(');
  if (length == 0 || line[length - 1] != ')' || !arguments || arguments == line || strchr(" \t(", *line))
    return false;
  *arguments = '\0';
  /* Of the runtime's own, `panic(...)` alone is printed without its package. */
  if (!strchr(line, '.') && strcmp(line, "panic") != 0)
    return false;
  /* Spaces are in type arguments alone. */
  if (line[strcspn(line, " [")] == ' ')
    return false;
  builder_frame(builder, &(struct frame){.function = line, .file = "", .module = ""});
  return true;
}

bool go_take_place(struct builder *builder, char *line) {
  line += strspn(line, " \t");
  char *past = strstr(line, " +0x");
  if (!past)
    past = strstr(line, " fp=0x");
  if (past)
    *past = '\0';
  char *colon = strrchr(line, ':'), *end;
  if (!colon || colon == line || colon[1] < '0' || colon[1] > '9')
    return false;
  unsigned long number = strtoul(colon + 1, &end, 10);
  if (*end || number > UINT32_MAX)
    return false;
  *colon = '\0';
  builder_place(builder, line, (uint32_t)number);
  return true;
}

int go_number(const char *text, const char *word, const char **end) {
  size_t length = strlen(word);
  if (strncmp(text, word, length) != 0 || text[length] < '0' || text[length] > '9')
    return -1;
  char *past;
  unsigned long number = strtoul(text + length, &past, 10);
  *end = past;
  return number > INT_MAX ? -1 : (int)number;
}
