#include "triage/campaign/intake.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "triage/campaign/target.h"
#include "triage/finding/files.h"
#include "triage/finding/json.h"
#include "triage/finding/layout.h"

#define CLAIMS_A_STEP 256
#define CLAIM_LIMIT (1u << 20)
#define INPUT_LIMIT (64u << 20)
#define ARTIFACT_SETTLED_S 2 /* an artifact of a running worker may still be being written */

static bool has_suffix(const char *name, const char *suffix) {
  size_t length = strlen(name), end = strlen(suffix);
  return length >= end && strcmp(name + length - end, suffix) == 0;
}

static bool is_artifact(const char *name) {
  static const char *const prefixes[] = {"crash-", "timeout-", "oom-", "leak-"};
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; ++i)
    if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
      return true;
  return false;
}

/* Fresh raw names are replayed one at a time: the first one tells the key of all. */
static bool is_in_work(const struct confirmer *confirmer, const struct confirm_job *candidate) {
  for (size_t i = 0; i < CONFIRM_JOBS; ++i) {
    const struct confirm_job *job = &confirmer->jobs[i];
    if (job->pid == 0)
      continue;
    if (strcmp(job->sha1, candidate->sha1) == 0)
      return true;
    for (size_t j = 0; j < job->raw_count && !confirmer->keep_all; ++j)
      for (size_t k = 0; k < candidate->raw_count; ++k)
        if (job->raws[j] == candidate->raws[k])
          return true;
  }
  return false;
}

/* True where there is nothing left to learn from the input: each of its failures is known and has its inputs. */
static bool is_repeat(const struct confirmer *confirmer, const struct confirm_job *candidate) {
  if (confirmer->keep_all || candidate->raw_count == 0)
    return false;
  for (size_t i = 0; i < candidate->raw_count; ++i) {
    const struct ledger_key *key = ledger_find_raw(confirmer->ledger, candidate->raws[i]);
    if (!key || key->summary.inputs < FINDING_INPUTS_KEPT)
      return false;
  }
  return true;
}

/* True where it may have a key that the campaign has not seen. */
static bool is_fresh(const struct confirmer *confirmer, const struct confirm_job *candidate) {
  for (size_t i = 0; i < candidate->raw_count; ++i)
    if (!ledger_find_raw(confirmer->ledger, candidate->raws[i]))
      return true;
  return candidate->raw_count == 0;
}

/* When it happened, in the campaign's time: the file was written at once.  What an earlier session left behind is known
 * by its worker's clock alone. */
static void set_clock(const struct confirmer *confirmer, const char *path, struct confirm_job *job) {
  struct stat status;
  double written_s = 0;
  if (stat(path, &status) == 0)
    written_s = (double)status.st_mtim.tv_sec + (double)status.st_mtim.tv_nsec / 1e9;
  double wall_s = confirmer->wall_s_before + written_s - confirmer->session_began_s;
  if (written_s >= confirmer->session_began_s)
    job->clock = exposure_clock(confirmer->exposure, wall_s, &job->worker_clock);
  else if (job->worker_clock.known)
    job->clock = job->worker_clock;
  else
    job->clock = exposure_clock(confirmer->exposure, confirmer->wall_s_before, &job->worker_clock);
}

/* A claim that cannot be read costs its raw names and its clock, not the input. */
static void read_claim(struct confirm_job *job) {
  size_t size;
  const char *where;
  char *text = files_read(job->claim, CLAIM_LIMIT, &size);
  json_t *json = text ? json_loadb(text, size, 0, NULL) : NULL;
  const json_t *raws = json_object_get(json, "raw");
  for (size_t i = 0; i < json_array_size(raws) && job->raw_count < CONFIRM_RAWS_MAX; ++i) {
    const char *raw = json_string_value(json_array_get(raws, i));
    if (raw && key_valid(raw))
      job->raws[job->raw_count++] = strtoull(raw, NULL, 16);
  }
  struct finding_clock none;
  if (!finding_clock_from_json(json_object_get(json, "clock"), &job->worker_clock, &none, &where))
    job->worker_clock.known = false;
  json_decref(json);
  free(text);
}

static bool set_target(const struct confirmer *confirmer, const struct worker *worker, struct confirm_job *job) {
  struct finding_error ignored; /* the flavours that run were checked; another one's leftovers wait for it */
  job->worker = worker;
  return target_path(confirmer->bin_dir, worker->map, worker->flavour, job->target, sizeof job->target, &ignored);
}

static bool take_claim(struct confirmer *confirmer, const struct worker *worker, bool fresh_only, const char *name,
                       struct confirm_job *job) {
  int stem = (int)(strlen(name) - strlen(".json"));
  *job = (struct confirm_job){.out = -1, .err = -1, .clock_file = -1};
  snprintf(job->claim, sizeof job->claim, "%s/pending/%s", worker->folder, name);
  snprintf(job->input, sizeof job->input, "%s/pending/%.*s.input", worker->folder, stem, name);
  snprintf(job->sha1, sizeof job->sha1, "%.*s", stem, name);
  read_claim(job);
  if (access(job->input, F_OK) < 0) {
    unlink(job->claim); /* retired, and killed in between */
    return false;
  }
  if (is_repeat(confirmer, job)) {
    unlink(job->claim);
    unlink(job->input);
    return false;
  }
  if ((fresh_only && !is_fresh(confirmer, job)) || is_in_work(confirmer, job) || !set_target(confirmer, worker, job))
    return false;
  set_clock(confirmer, job->claim, job);
  return true;
}

static bool next_claim(struct confirmer *confirmer, const struct worker *worker, bool fresh_only,
                       struct confirm_job *job) {
  char path[PATH_MAX + 16];
  bool found = false;
  snprintf(path, sizeof path, "%s/pending", worker->folder);
  DIR *directory = opendir(path);
  struct dirent *entry;
  for (int looked = 0; directory && !found && looked < CLAIMS_A_STEP && (entry = readdir(directory));)
    if (has_suffix(entry->d_name, ".json")) {
      ++looked;
      found = take_claim(confirmer, worker, fresh_only, entry->d_name, job);
    }
  if (directory)
    closedir(directory);
  return found;
}

static bool take_artifact(struct confirmer *confirmer, const struct worker *worker, const char *name,
                          struct confirm_job *job) {
  struct stat status;
  size_t size;
  char claim[PATH_MAX];
  *job = (struct confirm_job){.out = -1, .err = -1, .clock_file = -1};
  snprintf(job->input, sizeof job->input, "%s/%s", worker->folder, name);
  if (stat(job->input, &status) < 0 || (worker->pid > 0 && time(NULL) - status.st_mtime < ARTIFACT_SETTLED_S))
    return false;
  char *bytes = files_read(job->input, INPUT_LIMIT, &size);
  if (!bytes)
    return false;
  files_sha1(bytes, size, job->sha1);
  free(bytes);
  snprintf(claim, sizeof claim, "%s/pending/%s.json", worker->folder, job->sha1);
  if (access(claim, F_OK) == 0) {
    unlink(job->input); /* the same input waits as a claim, which knows more */
    return false;
  }
  if (is_in_work(confirmer, job) || !set_target(confirmer, worker, job))
    return false;
  set_clock(confirmer, job->input, job);
  return true;
}

static bool next_artifact(struct confirmer *confirmer, const struct worker *worker, struct confirm_job *job) {
  DIR *directory = opendir(worker->folder);
  bool found = false;
  for (struct dirent *entry; directory && !found && (entry = readdir(directory));)
    found = is_artifact(entry->d_name) && take_artifact(confirmer, worker, entry->d_name, job);
  if (directory)
    closedir(directory);
  return found;
}

bool intake_next(struct confirmer *confirmer, const struct worker *workers, size_t worker_count,
                 struct confirm_job *job) {
  size_t turn = confirmer->turn++;
  for (int fresh_only = 1; fresh_only >= 0; --fresh_only)
    for (size_t i = 0; i < worker_count; ++i) {
      const struct worker *worker = &workers[(turn + i) % worker_count];
      if (strcmp(worker->map, confirmer->ledger->map) == 0 &&
          (next_artifact(confirmer, worker, job) || next_claim(confirmer, worker, fresh_only, job)))
        return true;
    }
  return false;
}

static size_t count_in(const char *path, bool (*counts)(const char *), size_t limit) {
  DIR *directory = opendir(path);
  size_t count = 0;
  for (struct dirent *entry; directory && count < limit && (entry = readdir(directory));)
    count += counts(entry->d_name);
  if (directory)
    closedir(directory);
  return count;
}

static bool is_claim(const char *name) { return has_suffix(name, ".json"); }

size_t confirm_waiting(const struct confirmer *confirmer, const struct worker *workers, size_t worker_count,
                       size_t limit) {
  size_t count = 0;
  char path[PATH_MAX + 16];
  for (size_t i = 0; i < worker_count && count < limit; ++i) {
    if (strcmp(workers[i].map, confirmer->ledger->map) != 0)
      continue;
    snprintf(path, sizeof path, "%s/pending", workers[i].folder);
    count += count_in(path, is_claim, limit) + count_in(workers[i].folder, is_artifact, limit);
  }
  return count;
}

static json_t *describe(const struct confirm_job *job, const char *end) {
  json_t *raws = json_array();
  char text[KEY_TEXT_SIZE];
  for (size_t i = 0; i < job->raw_count; ++i) {
    key_print(job->raws[i], text);
    json_array_append_new(raws, json_string(text));
  }
  return json_pack("{s:i, s:s, s:s, s:s, s:o, s:s, s:o}", "version", 1, "map", job->worker->map, "flavour",
                   job->worker->flavour, "worker", job->worker->name, "raw", raws, "replay", end, "clock",
                   finding_clock_to_json(&job->clock, &job->worker_clock));
}

static int fill(const char *folder, const struct confirm_job *job, const char *end, const char *report) {
  char path[PATH_MAX + 64];
  size_t size;
  char *bytes = files_read(job->input, INPUT_LIMIT, &size);
  if (!bytes)
    return errno;
  snprintf(path, sizeof path, "%s/" FINDING_INPUT, folder);
  int error = files_create(path, bytes, size);
  free(bytes);
  json_t *json = describe(job, end);
  char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
  snprintf(path, sizeof path, "%s/info.json", folder);
  if (!error)
    error = text ? files_create(path, text, strlen(text)) : ENOMEM;
  snprintf(path, sizeof path, "%s/" FINDING_REPORT, folder);
  if (!error)
    error = files_create(path, report, strlen(report));
  free(text);
  json_decref(json);
  return error ? error : files_sync_directory(folder);
}

bool intake_set_aside(struct confirmer *confirmer, const struct confirm_job *job, const char *end, const char *report) {
  char above[PATH_MAX], folder[PATH_MAX + 64], temporary[PATH_MAX + 96], line[2 * PATH_MAX];
  snprintf(above, sizeof above, "%s/unconfirmed", confirmer->out);
  snprintf(folder, sizeof folder, "%s/%s", above, job->sha1);
  snprintf(temporary, sizeof temporary, "%s/" FILES_TEMPORARY "%s-%d", above, job->sha1, (int)getpid());
  int error = files_make_directories(temporary);
  if (!error)
    error = fill(temporary, job, end, report);
  if (!error && rename(temporary, folder) < 0 && errno != EEXIST && errno != ENOTEMPTY)
    error = errno;
  if (!error)
    error = files_sync_directory(above);
  files_remove(temporary); /* still there where something failed, or the input was known */
  if (!error) {
    ++confirmer->unconfirmed;
    return true;
  }
  snprintf(line, sizeof line, "cannot store an input that did not fail again (%s): %s: %s", strerror(error), folder,
           files_advice(error));
  confirmer->say(confirmer->context, line);
  return false;
}
