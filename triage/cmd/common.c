/* common.c - see cmd.h. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/campaign/target.h"
#include "triage/cmd/cmd.h"
#include "triage/finding/files.h"
#include "triage/finding/layout.h"
#include "triage/report/visible.h"

#define DEFAULT_MAP "gomap"
#define DEFAULT_FLAVOUR "tsan"
#define INFO_LIMIT (1u << 20)

enum { KEY_COLOR = 0x300, KEY_BIN_DIR, KEY_MAP, KEY_FLAVOUR };

static const struct argp_option common_options[] = {
    {"color", KEY_COLOR, "WHEN", 0, "colours: auto (default: on a terminal), always or never", 90},
    {"bin-dir", KEY_BIN_DIR, "DIR", 0, "where the targets heddle_MAP_FLAVOUR lie (default: beside heddle)", 90},
    {0}};

static error_t parse_common(int key, char *value, struct argp_state *state) {
  struct cmd_common *common = state->input;
  switch (key) {
  case KEY_COLOR:
    if (strcmp(value, "auto") == 0)
      common->color = TEXT_COLOR_AUTO;
    else if (strcmp(value, "always") == 0)
      common->color = TEXT_COLOR_ALWAYS;
    else if (strcmp(value, "never") == 0)
      common->color = TEXT_COLOR_NEVER;
    else
      argp_error(state, "--color=%s: give auto, always or never", value);
    return 0;
  case KEY_BIN_DIR:
    common->bin_dir = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option choice_options[] = {
    {"map", KEY_MAP, "NAME", 0, "the map (default: the finding's, else gomap)", 1},
    {"flavour", KEY_FLAVOUR, "NAME", 0, "the sanitizer (default: the finding's, else tsan)", 1},
    {0}};

static error_t parse_choice(int key, char *value, struct argp_state *state) {
  struct cmd_choice *choice = state->input;
  switch (key) {
  case KEY_MAP:
    choice->map = value;
    return 0;
  case KEY_FLAVOUR:
    choice->flavour = value;
    return 0;
  case ARGP_KEY_ARG:
    if (state->arg_num > 0)
      argp_error(state, "too many arguments: %s", value);
    choice->file = value;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "no FILE: give an input, a finding's folder or its finding.json");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

const struct argp cmd_choice_argp = {.options = choice_options, .parser = parse_choice};

static error_t parse_words(int key, char *value, struct argp_state *state) {
  struct cmd_words *words = state->input;
  (void)value;
  switch (key) {
  case ARGP_KEY_ARGS:
    words->texts = state->argv + state->next;
    words->count = (size_t)(state->argc - state->next);
    break;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "no %s given", words->what);
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

const struct argp cmd_words_argp = {.parser = parse_words};

const struct argp cmd_common_argp = {.options = common_options, .parser = parse_common};

int cmd_fail(int status, const char *format, ...) {
  char *text = NULL;
  struct visible shown;
  va_list values;
  va_start(values, format);
  if (vasprintf(&text, format, values) < 0)
    abort();
  va_end(values);
  fputs("heddle: ", stderr);
  for (const char *at = text; *at; fputs(shown.text, stderr)) /* a name may have any byte */
    at = visible_next(at, &shown);
  fputc('\n', stderr);
  free(text);
  return status;
}

long long cmd_number(const struct argp_state *state, const char *option, const char *text, long long least,
                     long long most) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno || end == text || *end || value < least || value > most)
    argp_error(state, "--%s=%s: give a whole number from %lld to %lld", option, text, least, most);
  return value;
}

/* --- subjects ------------------------------------------------------------------------------------------------- */

static void set_name(char *name, size_t size, const char *given, const char *known, const char *fallback) {
  snprintf(name, size, "%s", given ? given : known && *known ? known : fallback);
}

static int fail_read(const char *path, int error) {
  return cmd_fail(CMD_UNREADABLE, "cannot read (%s): %s: %s", strerror(error), path, files_advice(error));
}

/* The folder of a file, "." where the path has none. */
static void parent_of(const char *path, char folder[PATH_MAX]) {
  snprintf(folder, PATH_MAX, "%s", path);
  char *slash = strrchr(folder, '/');
  if (!slash)
    snprintf(folder, PATH_MAX, ".");
  else if (slash == folder)
    folder[1] = '\0';
  else
    *slash = '\0';
}

static bool has_file(const char *folder, const char *name) {
  char path[PATH_MAX + 64];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

static int take_finding(const char *folder, const char *map, const char *flavour, struct cmd_subject *subject) {
  struct finding finding;
  struct finding_error error;
  if (!finding_read(folder, &finding, &error)) {
    set_name(subject->map, sizeof subject->map, map, NULL, DEFAULT_MAP);
    set_name(subject->flavour, sizeof subject->flavour, flavour, NULL, DEFAULT_FLAVOUR);
    return cmd_fail(CMD_UNREADABLE, "%s", error.text);
  }
  snprintf(subject->folder, sizeof subject->folder, "%s", folder);
  set_name(subject->map, sizeof subject->map, map, finding.map, DEFAULT_MAP);
  set_name(subject->flavour, sizeof subject->flavour, flavour, finding.flavour, DEFAULT_FLAVOUR);
  /* Another flavour sees other things: a race is no finding of ASan's. */
  if (strcmp(subject->flavour, finding.flavour) == 0)
    memcpy(subject->key, finding.key, sizeof subject->key);
  finding_free(&finding);
  return CMD_OK;
}

/* The info.json of an input that did not fail again. */
static void take_info(const char *folder, const char *map, const char *flavour, struct cmd_subject *subject) {
  char path[PATH_MAX + 16];
  size_t size;
  snprintf(path, sizeof path, "%s/info.json", folder);
  char *text = files_read(path, INFO_LIMIT, &size);
  json_t *info = text ? json_loadb(text, size, 0, NULL) : NULL;
  set_name(subject->map, sizeof subject->map, map, json_string_value(json_object_get(info, "map")), DEFAULT_MAP);
  set_name(subject->flavour, sizeof subject->flavour, flavour, json_string_value(json_object_get(info, "flavour")),
           DEFAULT_FLAVOUR);
  json_decref(info);
  free(text);
}

/* True for `input` and `minimized` in a folder that has a finding.json. */
static bool is_part_of_finding(const char *path, const char *folder) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  return (strcmp(name, FINDING_INPUT) == 0 || strcmp(name, FINDING_MINIMIZED) == 0) && has_file(folder, FINDING_JSON);
}

static int check_readable(const char *path) {
  struct stat status;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &status) < 0) {
    int error = errno;
    if (fd >= 0)
      close(fd);
    return fail_read(path, error);
  }
  close(fd);
  return S_ISDIR(status.st_mode) ? fail_read(path, EISDIR) : CMD_OK;
}

int cmd_find_subject(const struct cmd_choice *choice, struct cmd_subject *subject) {
  const char *file = choice->file, *map = choice->map, *flavour = choice->flavour;
  struct stat status;
  char folder[PATH_MAX];
  *subject = (struct cmd_subject){0};
  if (strlen(file) >= PATH_MAX - 64)
    return fail_read(file, ENAMETOOLONG);
  if (stat(file, &status) < 0)
    return fail_read(file, errno);
  const char *slash = strrchr(file, '/');
  bool is_folder = S_ISDIR(status.st_mode);
  bool is_json = strcmp(slash ? slash + 1 : file, FINDING_JSON) == 0;
  if (is_folder)
    snprintf(folder, sizeof folder, "%s", file);
  else
    parent_of(file, folder);
  for (size_t end = strlen(folder); end > 1 && folder[end - 1] == '/'; --end)
    folder[end - 1] = '\0';
  if (is_folder && !has_file(folder, FINDING_JSON) && !has_file(folder, "info.json"))
    return cmd_fail(CMD_UNREADABLE, "a folder without a finding: %s: give an input, or a folder below OUT/findings",
                    file);
  if (is_folder || is_json)
    snprintf(subject->input, sizeof subject->input, "%s/" FINDING_INPUT, folder);
  else
    snprintf(subject->input, sizeof subject->input, "%s", file);
  int problem = check_readable(subject->input);
  if (problem)
    return problem;
  if (is_json || (is_folder && has_file(folder, FINDING_JSON)))
    return take_finding(folder, map, flavour, subject);
  if (is_part_of_finding(subject->input, folder)) {
    /* The input was named, and it can be replayed whatever became of the finding. */
    take_finding(folder, map, flavour, subject);
    return CMD_OK;
  }
  take_info(folder, map, flavour, subject);
  return CMD_OK;
}

/* --- targets -------------------------------------------------------------------------------------------------- */

int cmd_find_target(const struct cmd_common *common, const char *map, const char *flavour, char path[PATH_MAX]) {
  struct finding_error error;
  if (target_path(common->bin_dir, map, flavour, path, PATH_MAX, &error))
    return CMD_OK;
  return cmd_fail(CMD_NO_TARGET, "%s", error.text);
}

int cmd_run(const struct arguments *arguments) {
  struct process_plan plan = {.arguments = arguments, .out = -1, .err = -1};
  char end[128];
  fflush(stdout);
  pid_t pid = process_start(&plan);
  if (pid < 0)
    return cmd_fail(CMD_NO_TARGET, "target does not start (%s): %s: run `make build`", strerror(errno),
                    arguments->items[0]);
  int wait_status = process_wait(pid);
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) <= 3)
    return WEXITSTATUS(wait_status);
  process_print_end(wait_status, end, sizeof end);
  return cmd_fail(CMD_NO_TARGET, "target died (%s): %s: see its output above", end, arguments->items[0]);
}

char *cmd_quote(const char *path) {
  char *quoted = NULL;
  size_t size;
  if (path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=+:,@%")] == '\0')
    quoted = strdup(path);
  else {
    FILE *text = open_memstream(&quoted, &size);
    if (!text)
      abort();
    fputc('\'', text);
    for (; *path; ++path)
      fputs(*path == '\'' ? "'\\''" : (char[]){*path, '\0'}, text);
    fputc('\'', text);
    fclose(text);
  }
  if (!quoted)
    abort();
  return quoted;
}
