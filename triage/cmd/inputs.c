/* inputs.c - see inputs.h. */
#include "triage/cmd/inputs.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "triage/campaign/text.h"
#include "triage/parse/folder.h"
#include "triage/report/visible.h"

#define SUFFIXES_MAX 3 /* input.asan.symbolized.log */
#define ENGINES_MAX 8

struct inputs {
  const struct cmd_words *paths;
  void *claimed; /* tsearch: struct file */
};

struct file {
  dev_t device;
  ino_t inode;
};

struct inputs *inputs_open(const struct cmd_words *paths) {
  struct inputs *inputs = calloc(1, sizeof *inputs);
  if (!inputs)
    abort();
  inputs->paths = paths;
  return inputs;
}

void inputs_close(struct inputs *inputs) {
  if (!inputs)
    return;
  tdestroy(inputs->claimed, free);
  free(inputs);
}

static int by_file(const void *a, const void *b) {
  const struct file *p = a, *q = b;
  int order = (p->device > q->device) - (p->device < q->device);
  return order ? order : (p->inode > q->inode) - (p->inode < q->inode);
}

/* True where it was not in the set. */
static bool add(void **files, const struct stat *status) {
  struct file *file = malloc(sizeof *file);
  if (!file)
    abort();
  *file = (struct file){status->st_dev, status->st_ino};
  const void *node = tsearch(file, files, by_file);
  if (!node)
    abort();
  bool fresh = *(struct file *const *)node == file;
  if (!fresh)
    free(file);
  return fresh;
}

/* ---- where an input lies ---- */

static const char *name_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool is_input(const char *path) {
  struct folder_file file;
  return folder_classify(path, &file) && file.sort == FOLDER_INPUT;
}

static bool is_below(const char *path, const char *folder) {
  size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || folder[length - 1] == '/');
}

static bool was_given(const struct inputs *inputs, const char *path) {
  char given[PATH_MAX];
  for (size_t i = 0; i < inputs->paths->count; i++)
    if (realpath(inputs->paths->texts[i], given) && (strcmp(path, given) == 0 || is_below(path, given)))
      return true;
  return false;
}

/* FOLDER/NAME, where it is an input and lies beside the log or in what was given. */
static bool try(struct inputs *inputs, const char *log_folder, const char *folder, const char *name,
                char path[PATH_MAX]) {
  char joined[PATH_MAX];
  struct stat status;
  if (snprintf(joined, sizeof joined, "%s%s%s", folder, *folder ? "/" : "", name) >= (int)sizeof joined ||
      !realpath(joined, path) || stat(path, &status) < 0 || !S_ISREG(status.st_mode) || !is_input(path))
    return false;
  if (!is_below(path, log_folder) && !was_given(inputs, path))
    return false;
  add(&inputs->claimed, &status);
  return true;
}

/* As the report has it, seen from the log's folder; by its name there; by its name in what was given. */
static bool find(struct inputs *inputs, const char *log_folder, const char *named, char path[PATH_MAX]) {
  const char *name = name_of(named);
  if (!is_input(name))
    return false;
  if (try(inputs, log_folder, *named == '/' ? "" : log_folder, named, path) ||
      try(inputs, log_folder, log_folder, name, path))
    return true;
  for (size_t i = 0; i < inputs->paths->count; i++) {
    const char *given = inputs->paths->texts[i];
    if (try(inputs, log_folder, given, name, path) ||
        (strcmp(name_of(given), name) == 0 && try(inputs, log_folder, "", given, path)))
      return true;
  }
  return false;
}

bool inputs_claim(struct inputs *inputs, const char *log, const char *named, char path[PATH_MAX]) {
  char folder[PATH_MAX], name[PATH_MAX];
  const char *own = name_of(log);
  snprintf(folder, sizeof folder, "%.*s", own > log ? (int)(own - log) - 1 : 1, own > log ? log : ".");
  if (!*folder)
    snprintf(folder, sizeof folder, "/");
  if (*named && find(inputs, folder, named, path))
    return true;
  snprintf(name, sizeof name, "%s", own);
  for (int i = 0; i < SUFFIXES_MAX; i++) {
    char *dot = strrchr(name, '.');
    if (!dot || dot == name)
      return false;
    *dot = '\0';
    if (find(inputs, folder, name, path))
      return true;
  }
  return false;
}

/* ---- those that nobody names ---- */

struct others {
  const struct inputs *inputs;
  void *seen; /* tsearch: struct file */
  uint64_t count;
  struct {
    const char *name;
    uint64_t count;
  } engines[ENGINES_MAX];
  char first[PATH_MAX];
};

static void count_input(void *context, const struct folder_file *file) {
  struct others *others = context;
  struct stat status;
  if (file->sort != FOLDER_INPUT || stat(file->path, &status) < 0)
    return;
  struct file id = {status.st_dev, status.st_ino};
  if (tfind(&id, &others->inputs->claimed, by_file) || !add(&others->seen, &status))
    return;
  if (others->count++ == 0)
    snprintf(others->first, sizeof others->first, "%s", file->path);
  size_t i = 0;
  while (i + 1 < ENGINES_MAX && others->engines[i].name && strcmp(others->engines[i].name, file->engine) != 0)
    i++;
  others->engines[i].name = file->engine;
  others->engines[i].count++;
}

/* What cannot be read was told when the reports were looked for. */
static void ignore(void *context, const char *line) {
  (void)context;
  (void)line;
}

static void print_visible(const char *text) {
  struct visible shown;
  while (*text) {
    text = visible_next(text, &shown);
    fputs(shown.text, stdout);
  }
}

void inputs_tell_others(const struct inputs *inputs) {
  struct others others = {.inputs = inputs};
  const struct folder_reader reader = {count_input, ignore, &others};
  char text[TEXT_SIZE];
  for (size_t i = 0; i < inputs->paths->count; i++)
    folder_walk(inputs->paths->texts[i], &reader);
  tdestroy(others.seen, free);
  if (others.count == 0)
    return;
  printf("%s without a report (", text_things(others.count, "input", text));
  for (size_t i = 0; i < ENGINES_MAX && others.engines[i].name; i++)
    printf("%s%s %s", i ? ", " : "", others.engines[i].name, text_count(others.engines[i].count, text));
  char *quoted = cmd_quote(others.first);
  fputs("): run the program on each and ingest what it says, as in `PROGRAM ", stdout);
  print_visible(quoted);
  fputs(" 2>", stdout);
  print_visible(quoted);
  fputs(".log`; an input of heddle's own: heddle repro --map=MAP ", stdout);
  print_visible(quoted);
  putchar('\n');
  free(quoted);
}
