#include "triage/cmd/excerpt.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "triage/finding/files.h"

#define SOURCE_LIMIT ((size_t)16 << 20)

__attribute__((format(printf, 1, 2))) static char *print(const char *format, ...) {
  char *text = NULL;
  va_list values;
  va_start(values, format);
  if (vasprintf(&text, format, values) < 0)
    abort();
  va_end(values);
  return text;
}

static bool is_below(const char *path, const char *folder) {
  size_t length = strlen(folder);
  return strcmp(folder, "/") == 0 || (strncmp(path, folder, length) == 0 && path[length] == '/');
}

/* NULL and where the file really is, or why it is not shown. */
static char *find(const char *root, const char *file, char path[PATH_MAX]) {
  char folder[PATH_MAX], joined[PATH_MAX];
  struct stat status;
  if (!realpath(root, folder))
    return print("no folder %s (%s): --root=DIR says where the sources are", root, strerror(errno));
  if (snprintf(joined, sizeof joined, "%s%s%s", *file == '/' ? "" : folder, *file == '/' ? "" : "/", file) >=
      (int)sizeof joined)
    return print("its name is too long");
  if (!realpath(joined, path))
    return errno == ENOENT || errno == ENOTDIR
               ? print("no such file below %s: --root=DIR says where the sources are", root)
               : print("it cannot be read (%s)", strerror(errno));
  if (!is_below(path, folder))
    return print("it lies outside of %s, which --root=DIR names", root);
  return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? NULL : print("it is no file");
}

/* Returns how many lines the text has, up to those that are wanted. */
static uint32_t cut(char *text, const struct frame *frame, struct report_excerpt *excerpt, const char **lines) {
  uint32_t number = 1;
  excerpt->first_line = frame->line > EXCERPT_LINES / 2 ? frame->line - EXCERPT_LINES / 2 : 1;
  for (char *line = text; line && *line && excerpt->line_count < EXCERPT_LINES; number++) {
    char *end = strchr(line, '\n');
    if (end)
      *end = '\0';
    if (number >= excerpt->first_line)
      lines[excerpt->line_count++] = line;
    line = end ? end + 1 : NULL;
  }
  return number - 1;
}

bool excerpt_read(const char *root, const struct frame *frame, struct report_excerpt *excerpt,
                  struct excerpt_memory *memory) {
  char path[PATH_MAX];
  size_t size;
  *memory = (struct excerpt_memory){.text = NULL};
  *excerpt = (struct report_excerpt){.file = frame->file, .line = frame->line};
  if (!*frame->file || frame->line == 0)
    return false;
  root = root ? root : ".";
  memory->missing = find(root, frame->file, path);
  if (!memory->missing && !(memory->text = files_read(path, SOURCE_LIMIT, &size)))
    memory->missing = print("it cannot be read (%s)", strerror(errno));
  if (memory->text) {
    memory->lines = calloc(EXCERPT_LINES, sizeof *memory->lines);
    if (!memory->lines)
      abort();
    excerpt->lines = memory->lines;
    uint32_t count = cut(memory->text, frame, excerpt, memory->lines);
    if (count < frame->line) {
      excerpt->line_count = 0;
      memory->missing = print("it has no such line: below %s lies another version", root);
    }
  }
  if (memory->missing)
    excerpt->first_line = 0;
  excerpt->missing = memory->missing;
  return true;
}
