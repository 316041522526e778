#include "triage/campaign/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/finding/files.h"

#define QUICK_DEATH_S 2.0
#define PAUSE_MIN_S 0.1
#define PAUSE_MAX_S 5.0
#define LOG_READ_SIZE 65536
#define LOG_LIMIT (64 << 20) /* then it begins again: an endless campaign must not fill the disk */
#define TAIL_SIZE 4096
#define TAIL_LINES 6

static void log_path(const struct worker *worker, char path[PATH_MAX + 16]) {
  snprintf(path, PATH_MAX + 16, "%s/log", worker->folder);
}

bool worker_open(struct worker *worker, const char *out, const char *name) {
  int used = -1;
  unsigned number;
  *worker = (struct worker){0};
  if (sscanf(name, "%63[A-Za-z0-9_]-%31[A-Za-z0-9_]-%u%n", worker->map, worker->flavour, &number, &used) != 3 ||
      name[used] || strlen(name) >= sizeof worker->name)
    return false;
  snprintf(worker->name, sizeof worker->name, "%s", name);
  /* The names of what lies inside need room too. */
  return snprintf(worker->folder, sizeof worker->folder, "%s/workers/%s", out, name) < PATH_MAX - 128;
}

void worker_close(struct worker *worker) {
  arguments_free(&worker->arguments);
  if (worker->status)
    munmap((void *)worker->status, sizeof *worker->status);
  worker->status = NULL;
}

/* The counters' file with all its blocks on disk; -1 and errno on failure. */
static int open_status(const struct worker *worker, int flags) {
  char path[PATH_MAX + 16];
  snprintf(path, sizeof path, "%s/status", worker->folder);
  int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0666);
  int error = fd < 0 ? 0 : posix_fallocate(fd, 0, sizeof *worker->status);
  if (!error)
    return fd;
  close(fd);
  errno = error;
  return -1;
}

int worker_prepare(const struct worker *worker) {
  char pending[PATH_MAX + 16];
  snprintf(pending, sizeof pending, "%s/pending", worker->folder);
  int error = files_make_directories(pending);
  if (error)
    return error;
  int fd = open_status(worker, O_CREAT);
  if (fd < 0)
    return errno;
  close(fd);
  return 0;
}

bool worker_start(struct worker *worker) {
  char path[PATH_MAX + 16];
  log_path(worker, path);
  int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log < 0)
    return false;
  struct stat status;
  if (worker->started_s <= 0 && fstat(log, &status) == 0)
    worker->log_read = status.st_size; /* what an earlier campaign wrote was read then */
  struct process_plan plan = {.arguments = &worker->arguments, .out = log, .err = log, .apart = true};
  pid_t pid = process_start(&plan);
  int error = errno;
  close(log);
  errno = error;
  if (pid < 0)
    return false;
  worker->pid = pid;
  worker->started_s = process_clock_s();
  worker->inputs_at_start = worker->status ? worker->status->inputs : 0;
  return true;
}

enum worker_fate worker_check(struct worker *worker) {
  int wait_status;
  if (worker->pid == 0 || waitpid(worker->pid, &wait_status, WNOHANG) != worker->pid)
    return WORKER_RUNS;
  worker->pid = 0;
  struct finding_error ignored; /* told by whoever reads the counters */
  worker_map_status(worker, &ignored);
  double now = process_clock_s();
  bool ran = worker->status && worker->status->inputs > worker->inputs_at_start;
  worker->barren_deaths = ran ? 0 : worker->barren_deaths + 1;
  if (now - worker->started_s > QUICK_DEATH_S)
    worker->pause_s = 0;
  else if (worker->pause_s < PAUSE_MAX_S)
    worker->pause_s = worker->pause_s > 0 ? worker->pause_s * 2 : PAUSE_MIN_S;
  worker->restart_at_s = now + worker->pause_s;
  return worker->barren_deaths >= WORKER_BARREN_DEATHS ? WORKER_DOES_NOT_START : WORKER_ENDED;
}

bool worker_map_status(struct worker *worker, struct finding_error *error) {
  if (worker->status)
    return true;
  int fd = open_status(worker, 0);
  if (fd < 0 && errno == ENOENT)
    return true; /* a folder that never had a target */
  void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *worker->status, PROT_READ, MAP_SHARED, fd, 0);
  int problem = errno;
  if (fd >= 0)
    close(fd);
  if (mapped == MAP_FAILED) {
    snprintf(error->text, sizeof error->text, "cannot read the counters (%s): %.600s/status: %s", strerror(problem),
             worker->folder, files_advice(problem));
    return false;
  }
  const struct status *words = mapped;
  if (words->magic == STATUS_MAGIC) {
    worker->status = words;
    return true;
  }
  bool unwritten = words->magic == 0;
  munmap(mapped, sizeof *words);
  snprintf(error->text, sizeof error->text, "counters of another heddle's layout: %.600s/status: choose another --out",
           worker->folder);
  return unwritten;
}

/* libFuzzer's `#123 NEW    cov: 12 ft: 34 corp: 5/120b ...`. */
static void read_line(struct worker *worker, const char *line, worker_say_fn say, void *context) {
  unsigned coverage, features, corpus;
  const char *numbers = *line == '#' ? strstr(line, "cov: ") : NULL;
  if (numbers && sscanf(numbers, "cov: %u ft: %u corp: %u", &coverage, &features, &corpus) == 3) {
    worker->coverage = coverage;
    worker->corpus = corpus;
  }
  if (strncmp(line, "heddle: ", strlen("heddle: ")) == 0)
    say(context, line);
}

void worker_read_log(struct worker *worker, worker_say_fn say, void *context) {
  char path[PATH_MAX + 16], block[LOG_READ_SIZE + 1];
  log_path(worker, path);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return;
  ssize_t got;
  while ((got = pread(fd, block, LOG_READ_SIZE, worker->log_read)) > 0) {
    block[got] = '\0';
    char *line = block, *end;
    while ((end = memchr(line, '\n', (size_t)(block + got - line)))) {
      *end = '\0';
      read_line(worker, line, say, context);
      line = end + 1;
    }
    if (line == block && got < LOG_READ_SIZE)
      break; /* no whole line yet */
    worker->log_read += line > block ? line - block : got;
  }
  if (worker->log_read > LOG_LIMIT && ftruncate(fd, 0) == 0)
    worker->log_read = 0;
  close(fd);
}

char *worker_log_tail(const struct worker *worker) {
  char path[PATH_MAX + 16], block[TAIL_SIZE + 1];
  log_path(worker, path);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  ssize_t got = 0;
  if (fd >= 0 && fstat(fd, &status) == 0)
    got = pread(fd, block, TAIL_SIZE, status.st_size > TAIL_SIZE ? status.st_size - TAIL_SIZE : 0);
  if (fd >= 0)
    close(fd);
  block[got > 0 ? got : 0] = '\0';
  char *start = block + strlen(block);
  for (int lines = 0; start > block; --start)
    if (start[-1] == '\n' && *start && ++lines == TAIL_LINES)
      break;
  char *tail = NULL;
  size_t size;
  FILE *text = open_memstream(&tail, &size);
  if (!text)
    return NULL;
  for (char *line = strtok(start, "\n"); line; line = strtok(NULL, "\n"))
    fprintf(text, "  | %s\n", line);
  fclose(text);
  return tail;
}
