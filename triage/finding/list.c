#include "triage/finding/list.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "triage/finding/files.h"
#include "triage/finding/json.h"
#include "triage/finding/layout.h"

#define COUNT_LIMIT 4096

/* A reading of one OUT. */
struct walk {
  const char *out;
  struct finding_list *list;
  finding_complain_fn complain;
  void *context;
  bool good;
};

static void complain(struct walk *walk, const char *line) {
  walk->good = false;
  walk->complain(walk->context, line);
}

static void complain_errno(struct walk *walk, const char *path) {
  struct finding_error error;
  snprintf(error.text, sizeof error.text, "cannot read (%s): %.600s: %s", strerror(errno), path, files_advice(errno));
  complain(walk, error.text);
}

static char *copy(const char *text) {
  char *own = strdup(text);
  if (!own)
    abort();
  return own;
}

static void free_texts(struct finding_summary *summary) {
  free(summary->kind);
  free(summary->oracle);
  free(summary->map);
  free(summary->flavour);
  free(summary->message);
  for (size_t i = 0; i < summary->site_count; ++i)
    free(summary->sites[i]);
  free(summary->sites);
  summary->sites = NULL;
  summary->site_count = 0;
}

static void free_summary(struct finding_summary *summary) {
  free_texts(summary);
  free(summary->smallest_input);
  free(summary->raws);
}

/* The earliest input says what the key is. */
static void take_head(struct finding_summary *summary, const struct finding *finding) {
  char sites[FINDING_STACKS_MAX][FINDING_SITE_SIZE];
  free_texts(summary);
  summary->kind = copy(finding->kind);
  summary->oracle = copy(finding->oracle);
  summary->map = copy(finding->map);
  summary->flavour = copy(finding->flavour);
  summary->message = copy(finding->message);
  summary->site_count = finding_sites(finding, sites, FINDING_STACKS_MAX);
  summary->sites = calloc(summary->site_count + 1, sizeof *summary->sites);
  if (!summary->sites)
    abort();
  for (size_t i = 0; i < summary->site_count; ++i)
    summary->sites[i] = copy(sites[i]);
  summary->first_seen_s = finding->clock.begun.wall_s;
  summary->inputs_at_first = finding->clock.begun.inputs;
}

static void take_input(struct finding_summary *summary, const char *folder, const char *name) {
  char path[PATH_MAX];
  struct stat status;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
    return;
  if (summary->smallest_input && (uint64_t)status.st_size >= summary->smallest_size)
    return;
  free(summary->smallest_input);
  summary->smallest_input = copy(path);
  summary->smallest_size = (uint64_t)status.st_size;
}

static void take_raw(struct finding_summary *summary, const char *text) {
  uint64_t raw = strtoull(text, NULL, 16);
  for (size_t i = 0; i < summary->raw_count; ++i)
    if (summary->raws[i] == raw)
      return;
  summary->raws = reallocarray(summary->raws, summary->raw_count + 1, sizeof *summary->raws);
  if (!summary->raws)
    abort();
  summary->raws[summary->raw_count++] = raw;
}

static void read_input_folder(struct walk *walk, const char *folder, struct finding_summary *summary) {
  struct finding finding;
  struct finding_error error;
  if (!finding_read(folder, &finding, &error)) {
    complain(walk, error.text);
    return;
  }
  if (summary->inputs == 0 || finding.clock.begun.wall_s < summary->first_seen_s)
    take_head(summary, &finding);
  if (*finding.raw)
    take_raw(summary, finding.raw);
  finding_free(&finding);
  ++summary->inputs;
  take_input(summary, folder, FINDING_INPUT);
  take_input(summary, folder, FINDING_MINIMIZED);
}

static void append(struct walk *walk, const struct finding_summary *summary) {
  struct finding_list *list = walk->list;
  list->entries = reallocarray(list->entries, list->count + 1, sizeof *list->entries);
  if (!list->entries)
    abort();
  list->entries[list->count++] = *summary;
}

static void read_key_folder(struct walk *walk, const char *key) {
  char path[PATH_MAX], folder[PATH_MAX + 64];
  snprintf(path, sizeof path, "%s/findings/%s", walk->out, key);
  DIR *directory = opendir(path);
  if (!directory) {
    complain_errno(walk, path);
    return;
  }
  struct finding_summary summary = {.count = finding_count_read(walk->out, key)};
  snprintf(summary.key, sizeof summary.key, "%s", key);
  for (struct dirent *entry; (entry = readdir(directory));)
    if (finding_is_input_name(entry->d_name)) {
      snprintf(folder, sizeof folder, "%s/%s", path, entry->d_name);
      read_input_folder(walk, folder, &summary);
    }
  closedir(directory);
  if (summary.inputs == 0) {
    free_summary(&summary);
    return;
  }
  if (summary.count < summary.inputs)
    summary.count = summary.inputs;
  append(walk, &summary);
}

static int by_first_seen(const void *left, const void *right) {
  const struct finding_summary *a = left, *b = right;
  if (a->first_seen_s != b->first_seen_s)
    return a->first_seen_s < b->first_seen_s ? -1 : 1;
  return strcmp(a->key, b->key);
}

bool finding_list_read(const char *out, const char *key, struct finding_list *list, finding_complain_fn complain_fn,
                       void *context) {
  struct walk walk = {.out = out, .list = list, .complain = complain_fn, .context = context, .good = true};
  *list = (struct finding_list){0};
  if (key) {
    read_key_folder(&walk, key);
    return walk.good;
  }
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/findings", out);
  DIR *directory = opendir(path);
  if (!directory) {
    if (errno != ENOENT)
      complain_errno(&walk, path);
    return walk.good;
  }
  for (struct dirent *entry; (entry = readdir(directory));)
    if (key_valid(entry->d_name))
      read_key_folder(&walk, entry->d_name);
  closedir(directory);
  if (list->count > 1)
    qsort(list->entries, list->count, sizeof *list->entries, by_first_seen);
  return walk.good;
}

void finding_list_free(struct finding_list *list) {
  for (size_t i = 0; i < list->count; ++i)
    free_summary(&list->entries[i]);
  free(list->entries);
  *list = (struct finding_list){0};
}

json_t *finding_summary_to_json(const struct finding_summary *summary) {
  json_t *sites = json_array();
  for (size_t i = 0; i < summary->site_count; ++i)
    json_array_append_new(sites, finding_text_to_json(summary->sites[i])); /* may be cut within a character */
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:f, s:I, s:s?}", "key", summary->key, "kind", summary->kind,
                   "oracle", summary->oracle, "map", summary->map, "flavour", summary->flavour, "sites", sites, "count",
                   (json_int_t)summary->count, "first_seen_s", summary->first_seen_s, "inputs_at_first",
                   (json_int_t)summary->inputs_at_first, "smallest_input", summary->smallest_input);
}

uint64_t finding_count_read(const char *out, const char *key) {
  char path[PATH_MAX];
  size_t size;
  snprintf(path, sizeof path, "%s/findings/%s/" FINDING_COUNT, out, key);
  char *text = files_read(path, COUNT_LIMIT, &size);
  json_t *json = text ? json_loadb(text, size, 0, NULL) : NULL;
  json_int_t count = json_integer_value(json_object_get(json, "count"));
  json_decref(json);
  free(text);
  return count > 0 ? (uint64_t)count : 0;
}

int finding_count_write(const char *out, const char *key, uint64_t count, bool durable) {
  char path[PATH_MAX], text[64];
  snprintf(path, sizeof path, "%s/findings/%s/" FINDING_COUNT, out, key);
  int length = snprintf(text, sizeof text, "{\"version\": 1, \"count\": %llu}\n", (unsigned long long)count);
  return files_replace(path, text, (size_t)length, durable);
}
