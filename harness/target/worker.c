/* worker.c - see worker.h. */
#include "target/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sha1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "failure/failure.h"
#include "triage/campaign/status.h"

#define INPUTS_KEPT 3   /* of each raw key */
#define CLOCK_EVERY 256 /* runs between two looks at the clocks, unless a run fails */
#define PATH_SIZE 4096

static char folder[PATH_SIZE - 128];
static struct status *status;
static bool keep_all;

/* The clocks when this process began, what earlier processes of this worker had counted, and the last failure. */
static uint64_t cpu_before, wall_before, wall_start;
static struct {
  uint64_t inputs, operations, cpu_ns, wall_ns;
} last_failure;

static uint64_t read_clock(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static _Noreturn void give_up(const char *path, const char *advice) {
  fprintf(stderr, "heddle: %s: %s; %s\n", path, strerror(errno), advice);
  exit(EXIT_NO_START);
}

static void make_folder(const char *path) {
  if (mkdir(path, 0777) && errno != EEXIST)
    give_up(path, "give --heddle_out a folder that can be written");
}

static void make_folders(const char *out, const char *name) {
  char path[PATH_SIZE];
  make_folder(out);
  snprintf(path, sizeof path, "%s/workers", out);
  make_folder(path);
  snprintf(folder, sizeof folder, "%s/workers/%s", out, name);
  make_folder(folder);
  snprintf(path, sizeof path, "%s/pending", folder);
  make_folder(path);
}

void worker_open(const struct options *options) {
  char path[PATH_SIZE];
  make_folders(options->out, options->worker);
  snprintf(path, sizeof path, "%s/status", folder);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0 || ftruncate(fd, sizeof *status))
    give_up(path, "the worker needs to write there");
  status = mmap(NULL, sizeof *status, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (status == MAP_FAILED)
    give_up(path, "the worker needs to map it");
  close(fd);
  if (status->magic && status->magic != STATUS_MAGIC) {
    errno = EINVAL;
    give_up(path, "another version of heddle wrote it; take another --heddle_out");
  }
  status->magic = STATUS_MAGIC;
  keep_all = options->keep_all;
  cpu_before = status->cpu_ns;
  wall_before = status->wall_ns;
  wall_start = read_clock(CLOCK_MONOTONIC);
  last_failure.inputs = status->inputs;
  last_failure.operations = status->operations;
  last_failure.cpu_ns = cpu_before;
  last_failure.wall_ns = wall_before;
}

bool worker_is_open(void) { return status; }

static void look_at_clocks(void) {
  status->cpu_ns = cpu_before + read_clock(CLOCK_PROCESS_CPUTIME_ID);
  status->wall_ns = wall_before + read_clock(CLOCK_MONOTONIC) - wall_start;
}

/* The slot of a raw key, made if need be; NULL where the table is full. */
static struct status_raw *slot_of(uint64_t raw) {
  for (uint64_t i = 0; i < STATUS_RAW_KEYS; i++) {
    struct status_raw *slot = &status->raw[(raw + i) % STATUS_RAW_KEYS];
    if (slot->raw == raw)
      return slot;
    if (slot->raw)
      continue;
    slot->raw = raw;
    return slot;
  }
  return NULL;
}

/* Counts the run's failures; true where one of them has not been handed over often enough. */
static bool count_failures(void) {
  bool wanted = keep_all;
  for (size_t i = 0; i < failure_count(); i++) {
    struct status_raw *slot = slot_of(failure_at(i)->raw);
    if (slot && slot->count++ < INPUTS_KEPT)
      wanted = true;
  }
  return wanted;
}

static bool write_file(const char *path, const void *bytes, size_t size) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    return false;
  const char *at = bytes;
  while (size > 0) {
    ssize_t written = write(fd, at, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      break;
    at += written;
    size -= (size_t)written;
  }
  return !close(fd) && size == 0;
}

static int print_clock(char *text, size_t size, uint64_t inputs, uint64_t operations, uint64_t cpu_ns,
                       uint64_t wall_ns) {
  return snprintf(text, size, "\"inputs\":%" PRIu64 ",\"operations\":%" PRIu64 ",\"cpu_s\":%.6f,\"wall_s\":%.6f",
                  inputs, operations, (double)cpu_ns / 1e9, (double)wall_ns / 1e9);
}

/* The members that PROTOCOL.md lists; room for all failures that a run can have. */
static size_t print_pending(char *text, size_t size) {
  size_t used = (size_t)snprintf(text, size, "{\"raw\":[");
  for (size_t i = 0; i < failure_count(); i++)
    used += (size_t)snprintf(text + used, size - used, "%s\"%016" PRIx64 "\"", i ? "," : "", failure_at(i)->raw);
  used += (size_t)snprintf(text + used, size - used, "],\"clock\":{");
  used += (size_t)print_clock(text + used, size - used, status->inputs, status->operations, status->cpu_ns,
                              status->wall_ns);
  used += (size_t)snprintf(text + used, size - used, ",\"since_last_failure\":{");
  used += (size_t)print_clock(text + used, size - used, status->inputs - last_failure.inputs,
                              status->operations - last_failure.operations, status->cpu_ns - last_failure.cpu_ns,
                              status->wall_ns - last_failure.wall_ns);
  return used + (size_t)snprintf(text + used, size - used, "}}}\n");
}

#define PENDING_MAX 64 /* failing inputs handed over and not yet confirmed, where all are to be kept */
#define PENDING_WAIT_NS 20000000
#define PENDING_WAITS 500 /* 10 s: by then nobody is there who would take them */

static size_t count_pending(void) {
  char path[PATH_SIZE];
  snprintf(path, sizeof path, "%s/pending", folder);
  DIR *entries = opendir(path);
  size_t count = 0;
  while (entries && readdir(entries))
    count++;
  if (entries)
    closedir(entries);
  return count / 2; /* two files each */
}

/* Every input that fails is replayed, which takes far longer than finding it: let the campaign keep up. */
static void wait_for_campaign(void) {
  static unsigned handed;
  if (!keep_all || ++handed < PENDING_MAX / 2)
    return;
  for (int i = 0; i < PENDING_WAITS && count_pending() > PENDING_MAX; i++)
    nanosleep(&(struct timespec){.tv_nsec = PENDING_WAIT_NS}, NULL);
  handed = 0;
}

static void hand_over(const uint8_t *input, size_t size) {
  char sha1[SHA1_DIGEST_STRING_LENGTH], path[PATH_SIZE], temporary[PATH_SIZE], text[8192];
  SHA1Data(input, size, sha1);
  snprintf(path, sizeof path, "%s/pending/%s.input", folder, sha1);
  snprintf(temporary, sizeof temporary, "%s/pending/%s.tmp", folder, sha1);
  bool written = write_file(path, input, size) && write_file(temporary, text, print_pending(text, sizeof text));
  snprintf(path, sizeof path, "%s/pending/%s.json", folder, sha1);
  if (written && !rename(temporary, path)) {
    wait_for_campaign();
    return;
  }
  static bool told;
  if (!told)
    fprintf(stderr, "heddle: %s: %s; failing inputs are lost until there is room\n", path, strerror(errno));
  told = true;
}

void worker_count(const struct run_result *result, const uint8_t *input, size_t size) {
  status->inputs++;
  status->operations += result->operations;
  status->points += result->points;
  status->switches += result->switches;
  status->heartbeat++;
  if (result->failures == 0) {
    if (status->inputs % CLOCK_EVERY == 0)
      look_at_clocks();
    return;
  }
  look_at_clocks();
  status->failing_inputs++;
  if (count_failures())
    hand_over(input, size);
  last_failure.inputs = status->inputs;
  last_failure.operations = status->operations;
  last_failure.cpu_ns = status->cpu_ns;
  last_failure.wall_ns = status->wall_ns;
}

void worker_count_check(bool diverged) {
  status->checked++;
  status->divergences += diverged;
}
