/* campaign_begin.c - from options to workers that are ready to start. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "triage/campaign/campaign_state.h"
#include "triage/campaign/target.h"
#include "triage/finding/files.h"

#define SEED_LIMIT (1u << 20)
#define MAX_LEN 4096
#define RUN_TIMEOUT_S 25
#define RSS_LIMIT_MB 2560

static enum campaign_status refuse_out(const char *path, int error) {
  fprintf(stderr, "heddle: cannot use the output folder (%s): %s: %s\n", strerror(error), path,
          error == ENOTDIR || error == EEXIST ? "a file has that name: choose another --out" : files_advice(error));
  return CAMPAIGN_USAGE;
}

/* A folder may be there and still not take files: better to hear of it now than at the first finding. */
static int try_writing(const char *out) {
  char path[PATH_MAX];
  static const char block[4096];
  snprintf(path, sizeof path, "%s/" FILES_TEMPORARY "probe-%d", out, (int)getpid());
  int error = files_create(path, block, sizeof block);
  unlink(path);
  return error;
}

static enum campaign_status prepare_out(struct campaign *campaign) {
  static const char *const folders[] = {"findings", "unconfirmed", "workers", "corpus"};
  const struct campaign_options *options = campaign->options;
  char path[PATH_MAX];
  int error = files_make_directories(options->out);
  if (error)
    return refuse_out(options->out, error);
  for (size_t i = 0; i < sizeof folders / sizeof *folders; ++i) {
    snprintf(path, sizeof path, "%s/%s%s%s", options->out, folders[i], strcmp(folders[i], "corpus") ? "" : "/",
             strcmp(folders[i], "corpus") ? "" : options->map);
    if ((error = files_make_directories(path)))
      return refuse_out(path, error);
  }
  if ((error = try_writing(options->out)))
    return refuse_out(options->out, error);
  snprintf(path, sizeof path, "%s/.lock", options->out);
  campaign->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (campaign->lock < 0)
    return refuse_out(path, errno);
  if (flock(campaign->lock, LOCK_EX | LOCK_NB) == 0)
    return CAMPAIGN_NOTHING;
  fprintf(stderr, "heddle: another campaign runs here: %s: wait for it or choose another --out\n", options->out);
  return CAMPAIGN_USAGE;
}

/* Removes what an earlier campaign had no time to finish; the lock says that nobody is at it. */
static void sweep(const char *out) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/unconfirmed", out);
  files_sweep(path);
  snprintf(path, sizeof path, "%s/findings", out);
  DIR *directory = opendir(path);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (key_valid(entry->d_name)) {
      snprintf(path, sizeof path, "%s/findings/%s", out, entry->d_name);
      files_sweep(path);
    }
  if (directory)
    closedir(directory);
}

/* `name` below the working directory, else below the source tree that the command was built in; false: in neither. */
static bool find_beside(const char *name, char path[PATH_MAX]) {
  if (access(name, R_OK) == 0)
    return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
  return snprintf(path, PATH_MAX, "%s/../../%s", target_own_folder(), name) < PATH_MAX && access(path, R_OK) == 0;
}

/* A map's own file or folder, BEFORE<map>AFTER.  A planted bug is named after the map that it is in, `gomap_some_bug`,
 * and has that map's. */
static bool find_of_map(const char *before, const char *map, const char *after, char path[PATH_MAX]) {
  char name[PATH_MAX];
  for (size_t length = strlen(map); length > 0; length--) {
    if (map[length] && map[length] != '_')
      continue;
    snprintf(name, sizeof name, "%s%.*s%s", before, (int)length, map, after);
    if (find_beside(name, path))
      return true;
  }
  return false;
}

/* Seeds get the names that libFuzzer gives, so that a copy is made once, and one that ends the process can be taken out
 * again. */
static void copy_seeds(const struct campaign *campaign) {
  const struct campaign_options *options = campaign->options;
  char folder[PATH_MAX], path[2 * PATH_MAX], sha1[FILES_SHA1_SIZE];
  if (options->seeds)
    snprintf(folder, sizeof folder, "%s", options->seeds);
  else if (!find_of_map("corpus/seeds/", options->map, "", folder))
    return;
  DIR *directory = opendir(folder);
  for (struct dirent *entry; directory && (entry = readdir(directory));) {
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    char *bytes = files_read(path, SEED_LIMIT, &size);
    if (!bytes)
      continue; /* a folder, or not for us */
    files_sha1(bytes, size, sha1);
    snprintf(path, sizeof path, "%s/corpus/%s/%s", options->out, options->map, sha1);
    if (access(path, F_OK) < 0)
      files_replace(path, bytes, size, false);
    free(bytes);
  }
  if (directory)
    closedir(directory);
}

static void add_worker(struct campaign *campaign, const char *name) {
  campaign->workers = reallocarray(campaign->workers, campaign->worker_count + 1, sizeof *campaign->workers);
  if (!campaign->workers)
    abort();
  campaign->worker_count += worker_open(&campaign->workers[campaign->worker_count], campaign->options->out, name);
}

/* The folders of earlier campaigns, but for those that this one will use itself. */
static void add_old_workers(struct campaign *campaign, const struct arguments *own_names) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/workers", campaign->options->out);
  DIR *directory = opendir(path);
  for (struct dirent *entry; directory && (entry = readdir(directory));) {
    bool own = false;
    for (size_t i = 0; i < own_names->count; ++i)
      own |= strcmp(own_names->items[i], entry->d_name) == 0;
    if (!own)
      add_worker(campaign, entry->d_name);
  }
  if (directory)
    closedir(directory);
}

static void set_arguments(const struct campaign *campaign, struct worker *worker, const char *target) {
  const struct campaign_options *options = campaign->options;
  struct arguments *arguments = &worker->arguments;
  char dict[PATH_MAX];
  arguments_add(arguments, "%s", target);
  arguments_add(arguments, "--heddle_mode=fuzz");
  arguments_add(arguments, "--heddle_out=%s", options->out);
  arguments_add(arguments, "--heddle_worker=%s", worker->name);
  if (options->keep_all)
    arguments_add(arguments, "--heddle_keep_all");
  if (options->check_determinism >= 0)
    arguments_add(arguments, "--heddle_check_determinism=%lld", (long long)options->check_determinism);
  if (options->carrier)
    arguments_add(arguments, "--heddle_carrier=%s", options->carrier);
  if (options->use)
    arguments_add(arguments, "--heddle_use=%s", options->use);
  arguments_add(arguments, "-reload=1");
  arguments_add(arguments, "-max_len=%d", MAX_LEN);
  arguments_add(arguments, "-timeout=%d", RUN_TIMEOUT_S);
  arguments_add(arguments, "-rss_limit_mb=%d", RSS_LIMIT_MB);
  arguments_add(arguments, "-artifact_prefix=%s/", worker->folder);
  if (options->dict)
    arguments_add(arguments, "-dict=%s", options->dict);
  else if (find_of_map("dict/heddle_", options->map, ".dict", dict))
    arguments_add(arguments, "-dict=%s", dict);
  arguments_add(arguments, "%s/corpus/%s", options->out, options->map);
}

static enum campaign_status add_own_workers(struct campaign *campaign, const struct arguments *names) {
  const struct campaign_options *options = campaign->options;
  struct finding_error error;
  char target[PATH_MAX];
  campaign->first_own = campaign->worker_count;
  for (size_t i = 0; i < names->count; ++i) {
    add_worker(campaign, names->items[i]);
    struct worker *worker = &campaign->workers[campaign->first_own + i];
    if (!target_path(options->bin_dir, worker->map, worker->flavour, target, sizeof target, &error)) {
      fprintf(stderr, "heddle: %s\n", error.text);
      return CAMPAIGN_NO_TARGET;
    }
    int problem = worker_prepare(worker);
    if (problem)
      return refuse_out(worker->folder, problem);
    set_arguments(campaign, worker, target);
  }
  return CAMPAIGN_NOTHING;
}

static enum campaign_status add_workers(struct campaign *campaign) {
  const struct campaign_options *options = campaign->options;
  struct arguments names = {0};
  int count = options->jobs > options->flavour_count ? options->jobs : options->flavour_count;
  for (int i = 0; i < count; ++i)
    arguments_add(&names, "%s-%s-%d", options->map, options->flavours[i % options->flavour_count],
                  i / options->flavour_count);
  add_old_workers(campaign, &names);
  enum campaign_status status = add_own_workers(campaign, &names);
  arguments_free(&names);
  return status;
}

static enum campaign_status map_counters(struct campaign *campaign) {
  struct finding_error error;
  for (size_t i = 0; i < campaign->worker_count; ++i)
    if (!worker_map_status(&campaign->workers[i], &error)) {
      fprintf(stderr, "heddle: %s\n", error.text);
      return CAMPAIGN_USAGE;
    }
  return CAMPAIGN_NOTHING;
}

/* Targets are looked for before anything is made. */
static enum campaign_status check_targets(const struct campaign_options *options) {
  struct finding_error error;
  char target[PATH_MAX];
  for (int i = 0; i < options->flavour_count; ++i)
    if (!target_path(options->bin_dir, options->map, options->flavours[i], target, sizeof target, &error)) {
      fprintf(stderr, "heddle: %s\n", error.text);
      return CAMPAIGN_NO_TARGET;
    }
  return CAMPAIGN_NOTHING;
}

static void begin_counting(struct campaign *campaign) {
  const struct campaign_options *options = campaign->options;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  campaign->began_s = process_clock_s();
  campaign->confirmer = (struct confirmer){
      .out = options->out,
      .bin_dir = options->bin_dir,
      .carrier = options->carrier,
      .keep_all = options->keep_all,
      .ledger = &campaign->ledger,
      .exposure = &campaign->exposure,
      .session_began_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9,
      .wall_s_before = campaign->ledger.before.span.wall_s,
      .say = campaign_say,
      .found = campaign_say_new,
      .context = campaign,
  };
  struct ledger_totals totals = campaign_totals(campaign);
  campaign->inputs_before = totals.span.inputs;
  exposure_begin(&campaign->exposure, totals.span, totals.failing_inputs, campaign->ledger.before.last_failure_s);
}

enum campaign_status campaign_begin(struct campaign *campaign, const struct campaign_options *options) {
  *campaign = (struct campaign){.options = options, .lock = -1, .last_new_s = -1};
  campaign->terminal = isatty(STDERR_FILENO);
  campaign->style = text_style(text_use_color(stderr, options->color));
  enum campaign_status status;
  if ((status = check_targets(options)) || (status = prepare_out(campaign)))
    return status;
  sweep(options->out);
  ledger_open(&campaign->ledger, options->out, options->map, campaign_say, campaign);
  campaign->known_before = ledger_findings(&campaign->ledger);
  copy_seeds(campaign);
  if ((status = add_workers(campaign)) || (status = map_counters(campaign)))
    return status;
  begin_counting(campaign);
  return CAMPAIGN_NOTHING;
}

void campaign_free(struct campaign *campaign) {
  for (size_t i = 0; i < campaign->worker_count; ++i)
    worker_close(&campaign->workers[i]);
  free(campaign->workers);
  ledger_close(&campaign->ledger);
  if (campaign->lock >= 0)
    close(campaign->lock);
}
