#include "triage/campaign/target.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *target_own_folder(void) {
  static char folder[PATH_MAX];
  if (*folder)
    return folder;
  ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
  if (length > 0)
    folder[length] = '\0';
  char *slash = strrchr(folder, '/');
  if (slash && slash != folder)
    *slash = '\0';
  else
    snprintf(folder, sizeof folder, ".");
  return folder;
}

static bool is_plain_name(const char *name) {
  return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

bool target_path(const char *bin_dir, const char *map, const char *flavour, char *path, size_t size,
                 struct finding_error *error) {
  if (!is_plain_name(map) || !is_plain_name(flavour)) {
    snprintf(error->text, sizeof error->text, "not a name: map `%.200s`, flavour `%.200s`: use letters, digits and _",
             map, flavour);
    return false;
  }
  snprintf(path, size, "%s/heddle_%s_%s", bin_dir ? bin_dir : target_own_folder(), map, flavour);
  if (access(path, X_OK) == 0)
    return true;
  if (errno == ENOENT)
    snprintf(error->text, sizeof error->text, "no target for map `%s`, flavour `%s`: %.600s: run `make build`", map,
             flavour, path);
  else
    snprintf(error->text, sizeof error->text, "target cannot be run (%s): %.600s: run `make build`", strerror(errno),
             path);
  return false;
}

bool target_chaos_path(const char *bin_dir, const char *flavour, char *path, size_t size, struct finding_error *error) {
  if (!is_plain_name(flavour)) {
    snprintf(error->text, sizeof error->text, "not a name: flavour `%.200s`: give plain, tsan or asan", flavour);
    return false;
  }
  snprintf(path, size, "%s/chaos_%s", bin_dir ? bin_dir : target_own_folder(), flavour);
  if (access(path, X_OK) == 0)
    return true;
  snprintf(error->text, sizeof error->text, "no program for flavour `%.200s` (%s): %.600s: run `make build`", flavour,
           strerror(errno), path);
  return false;
}

static bool copy_hex(const json_t *object, const char *name, char key[KEY_TEXT_SIZE]) {
  const char *text = json_string_value(json_object_get(object, name));
  if (!text || !key_valid(text))
    return false;
  memcpy(key, text, KEY_TEXT_SIZE);
  return true;
}

static bool read_failure(const json_t *json, struct target_failure *failure) {
  const char *kind = json_string_value(json_object_get(json, "kind"));
  const json_t *sites = json_object_get(json, "sites");
  *failure = (struct target_failure){0};
  copy_hex(json, "raw", failure->raw); /* may be missing */
  failure->point = (uint64_t)json_integer_value(json_object_get(json, "point"));
  if (!copy_hex(json, "key", failure->key) || !kind)
    return false;
  const char *oracle = json_string_value(json_object_get(json, "oracle"));
  failure->kind = strdup(kind);
  failure->oracle = strdup(oracle ? oracle : "");
  failure->sites = calloc(json_array_size(sites) + 1, sizeof *failure->sites);
  if (!failure->kind || !failure->oracle || !failure->sites)
    abort();
  for (size_t i = 0; i < json_array_size(sites); ++i) {
    const char *site = json_string_value(json_array_get(sites, i));
    if (!(failure->sites[failure->site_count++] = strdup(site ? site : "?")))
      abort();
  }
  return true;
}

static bool read_verdict(const json_t *json, struct target_verdict *verdict) {
  const json_t *failures = json_object_get(json, "failures");
  *verdict = (struct target_verdict){
      .points = (uint64_t)json_integer_value(json_object_get(json, "points")),
      .switches = (uint64_t)json_integer_value(json_object_get(json, "switches")),
      .operations = (uint64_t)json_integer_value(json_object_get(json, "operations")),
  };
  if (!copy_hex(json, "digest", verdict->digest) || !json_is_array(failures))
    return false;
  verdict->failures = calloc(json_array_size(failures) + 1, sizeof *verdict->failures);
  if (!verdict->failures)
    abort();
  for (size_t i = 0; i < json_array_size(failures); ++i)
    if (!read_failure(json_array_get(failures, i), &verdict->failures[verdict->failure_count++])) {
      target_free_verdict(verdict);
      return false;
    }
  return true;
}

bool target_parse_verdict(const char *output, size_t size, struct target_verdict *verdict) {
  for (const char *line = output, *end = output + size; line < end;) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    if (!stop)
      stop = end;
    json_t *json = *line == '{' ? json_loadb(line, (size_t)(stop - line), 0, NULL) : NULL;
    bool good = json && read_verdict(json, verdict);
    json_decref(json);
    if (good)
      return true;
    line = stop + 1;
  }
  return false;
}

void target_free_verdict(struct target_verdict *verdict) {
  for (size_t i = 0; i < verdict->failure_count; ++i) {
    struct target_failure *failure = &verdict->failures[i];
    for (size_t j = 0; j < failure->site_count; ++j)
      free(failure->sites[j]);
    free(failure->sites);
    free(failure->kind);
    free(failure->oracle);
  }
  free(verdict->failures);
  *verdict = (struct target_verdict){0};
}

const struct target_failure *target_find_failure(const struct target_verdict *verdict, const char *key) {
  for (size_t i = 0; i < verdict->failure_count; ++i)
    if (strcmp(verdict->failures[i].key, key) == 0)
      return &verdict->failures[i];
  return NULL;
}
