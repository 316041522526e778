/* read.c - findings from disk (finding.h). */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "triage/finding/files.h"
#include "triage/finding/json.h"
#include "triage/finding/layout.h"

#define JSON_LIMIT (16u << 20)
#define INTERLEAVING_LIMIT (4u << 20)
#define TEXT_LIMIT (64u << 20)

/* A path may have any byte, and so may what the JSON reader quotes of a file. */
static bool complain(struct finding_error *error, const char *what, const char *path, const char *advice) {
  snprintf(error->text, sizeof error->text, "%.300s: %.400s: %.300s", what, path, advice);
  for (char *at = error->text; *at; at++)
    if ((unsigned char)*at < ' ' || *at == 0x7f)
      *at = '?';
  return false;
}

static bool complain_errno(struct finding_error *error, const char *path) {
  int number = errno;
  char what[128];
  snprintf(what, sizeof what, "cannot read (%s)", strerror(number));
  return complain(error, what, path, files_advice(number));
}

/* `path` itself, or the finding.json in it where it is a folder. */
static bool json_path(const char *path, char out[PATH_MAX]) {
  struct stat status;
  bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
  if (snprintf(out, PATH_MAX, folder ? "%s/" FINDING_JSON : "%s", path) < PATH_MAX)
    return true;
  errno = ENAMETOOLONG;
  return false;
}

#define REMOVE_FOLDER "remove its folder; the input in it can still be replayed"
#define REMOVE_FILE "remove it; the finding beside it is whole without"

static json_t *load(const char *path, size_t limit, const char *advice, struct finding_error *error) {
  size_t size;
  char *text = files_read(path, limit, &size);
  if (!text) {
    complain_errno(error, path);
    return NULL;
  }
  json_error_t reason;
  json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &reason);
  free(text);
  if (json)
    return json;
  char what[256];
  snprintf(what, sizeof what, "corrupt JSON, line %d (%.160s)", reason.line, reason.text);
  complain(error, what, path, advice);
  return NULL;
}

bool finding_read(const char *path, struct finding *finding, struct finding_error *error) {
  char file[PATH_MAX];
  if (!json_path(path, file))
    return complain_errno(error, path);
  json_t *json = load(file, JSON_LIMIT, REMOVE_FOLDER, error);
  if (!json)
    return false;
  const char *where = NULL;
  if (finding_from_json(json, finding, &where)) {
    finding->document = json;
    return true;
  }
  char what[256];
  json_int_t version = json_integer_value(json_object_get(json, "version"));
  json_decref(json);
  if (version > FINDING_VERSION) {
    snprintf(what, sizeof what, "finding of version %lld", (long long)version);
    return complain(error, what, file, "read it with a newer heddle");
  }
  snprintf(what, sizeof what, "corrupt finding, member `%s` is missing or wrong", where);
  return complain(error, what, file, REMOVE_FOLDER);
}

void finding_free(struct finding *finding) {
  finding_free_stacks(finding);
  json_decref(finding->document);
  finding->document = NULL;
}

char *finding_read_text(const char *folder, const char *name, struct finding_error *error) {
  char path[PATH_MAX];
  size_t size;
  char *text = NULL;
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
    errno = ENAMETOOLONG;
  else
    text = files_read(path, TEXT_LIMIT, &size);
  if (!text)
    complain_errno(error, path);
  return text;
}

bool finding_read_clock(const char *path, struct finding *finding, struct finding_error *error) {
  json_t *json = load(path, JSON_LIMIT, "see FORMAT.md", error);
  const char *where = NULL;
  if (!json)
    return false;
  bool good = finding_clock_from_json(json, &finding->clock, &finding->worker_clock, &where);
  json_decref(json);
  if (good)
    return true;
  char what[256];
  snprintf(what, sizeof what, "corrupt clock, member `%s` is missing or wrong", where);
  return complain(error, what, path, "see FORMAT.md");
}

bool finding_read_interleaving(const char *folder, struct finding_interleaving *interleaving,
                               struct finding_error *error) {
  char path[PATH_MAX], what[256];
  const char *where = NULL;
  if (snprintf(path, sizeof path, "%s/" FINDING_INTERLEAVING, folder) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return complain_errno(error, folder);
  }
  json_t *json = load(path, INTERLEAVING_LIMIT, REMOVE_FILE, error);
  if (!json)
    return false;
  if (finding_interleaving_from_json(json, interleaving, &where)) {
    interleaving->document = json;
    return true;
  }
  json_decref(json);
  snprintf(what, sizeof what, "corrupt interleaving, member `%s` is missing or wrong", where);
  return complain(error, what, path, REMOVE_FILE);
}
