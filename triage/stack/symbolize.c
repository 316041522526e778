/* symbolize.c - see symbolize.h.  Requests and answers are lines: `CODE "module" 0xoffset` and one JSON object
 * (llvm-symbolizer --output-style=JSON, in LLVM since 14). */
#include "triage/stack/symbolize.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/stack/symbol_answer.h"

#define ANSWER_TIMEOUT_MS 60000 /* the first question reads the module's whole line table */
#define BUCKETS 1024

/* One answer; owns its strings. */
struct place {
  struct place *next;
  char *module;
  uint64_t offset;
  json_t *answer; /* holds the names; NULL where nothing is known */
  size_t frame_count;
  struct frame frames[];
};

struct symbolizer {
  int fd;    /* -1: not running */
  pid_t pid; /* 0: not running */
  bool broken;
  char *pending; /* bytes read past the last answer */
  size_t pending_size, pending_capacity;
  struct place *places[BUCKETS];
};

struct symbolizer *symbolizer_open(void) {
  struct symbolizer *symbolizer = calloc(1, sizeof *symbolizer);
  if (symbolizer)
    symbolizer->fd = -1;
  return symbolizer;
}

static const char *program_path(void) {
  const char *path = getenv("LLVM_SYMBOLIZER_PATH");
  if (path && *path)
    return path;
#ifdef HEDDLE_SYMBOLIZER
  if (access(HEDDLE_SYMBOLIZER, X_OK) == 0)
    return HEDDLE_SYMBOLIZER;
#endif
  return "llvm-symbolizer";
}

static void stop(struct symbolizer *symbolizer) {
  if (symbolizer->fd >= 0)
    close(symbolizer->fd);
  symbolizer->fd = -1;
  if (symbolizer->pid > 0) {
    kill(symbolizer->pid, SIGKILL);
    while (waitpid(symbolizer->pid, NULL, 0) < 0 && errno == EINTR)
      ;
  }
  symbolizer->pid = 0;
}

static void give_up(struct symbolizer *symbolizer, const char *why) {
  stop(symbolizer);
  symbolizer->broken = true;
  fprintf(stderr, "heddle: no function names in stacks: %s: %s: install the llvm package or set LLVM_SYMBOLIZER_PATH\n",
          program_path(), why);
}

/* The environment without DEBUGINFOD_URLS: names come from the binary at hand, never from the network. */
static char **quiet_environment(void) {
  size_t count = 0;
  while (environ[count])
    ++count;
  char **copy = calloc(count + 1, sizeof *copy);
  if (!copy)
    return NULL;
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i)
    if (strncmp(environ[i], "DEBUGINFOD_URLS=", strlen("DEBUGINFOD_URLS=")) != 0)
      copy[kept++] = environ[i];
  return copy;
}

/* 0, or an errno. */
static int spawn_on(int child_end, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none;
  sigemptyset(&none);
  char **environment = quiet_environment();
  if (!environment)
    return ENOMEM;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  /* A group of its own: Ctrl-C is for whoever asks, who may have questions left. */
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawn_file_actions_adddup2(&actions, child_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_end, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  char name[] = "llvm-symbolizer", inlines[] = "--inlines", style[] = "--output-style=JSON";
  char *const arguments[] = {name, inlines, style, NULL};
  int error = posix_spawnp(pid, program_path(), &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  free(environment);
  return error;
}

static bool start(struct symbolizer *symbolizer) {
  if (symbolizer->fd >= 0)
    return true;
  if (symbolizer->broken)
    return false;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
    give_up(symbolizer, strerror(errno));
    return false;
  }
  int error = spawn_on(ends[1], &symbolizer->pid);
  close(ends[1]);
  symbolizer->fd = ends[0];
  if (error) {
    symbolizer->pid = 0;
    give_up(symbolizer, strerror(error));
    return false;
  }
  return true;
}

static bool send_all(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      return false;
    bytes += sent;
    size -= (size_t)sent;
  }
  return true;
}

static bool receive_more(struct symbolizer *symbolizer) {
  struct pollfd ready = {.fd = symbolizer->fd, .events = POLLIN};
  int polled;
  do
    polled = poll(&ready, 1, ANSWER_TIMEOUT_MS);
  while (polled < 0 && errno == EINTR);
  if (polled <= 0)
    return false;
  if (symbolizer->pending_capacity - symbolizer->pending_size < 4096) {
    size_t capacity = symbolizer->pending_capacity * 2 + 8192;
    char *grown = realloc(symbolizer->pending, capacity);
    if (!grown)
      return false;
    symbolizer->pending = grown;
    symbolizer->pending_capacity = capacity;
  }
  ssize_t got;
  do
    got = read(symbolizer->fd, symbolizer->pending + symbolizer->pending_size,
               symbolizer->pending_capacity - symbolizer->pending_size);
  while (got < 0 && errno == EINTR);
  if (got <= 0)
    return false;
  symbolizer->pending_size += (size_t)got;
  return true;
}

/* One line of answer, parsed; NULL where the process is gone or talks nonsense. */
static json_t *receive_answer(struct symbolizer *symbolizer) {
  char *end;
  while (!symbolizer->pending_size || !(end = memchr(symbolizer->pending, '\n', symbolizer->pending_size)))
    if (!receive_more(symbolizer))
      return NULL;
  size_t length = (size_t)(end - symbolizer->pending);
  json_t *answer = json_loadb(symbolizer->pending, length, 0, NULL);
  symbolizer->pending_size -= length + 1;
  memmove(symbolizer->pending, end + 1, symbolizer->pending_size);
  return answer;
}

static json_t *ask(struct symbolizer *symbolizer, const char *module, uint64_t offset) {
  if (!*module || strpbrk(module, "\"\n") || !start(symbolizer))
    return NULL;
  char *question = NULL;
  int length = asprintf(&question, "CODE \"%s\" 0x%" PRIx64 "\n", module, offset);
  if (length < 0)
    return NULL;
  json_t *answer = NULL;
  if (!send_all(symbolizer->fd, question, (size_t)length) || !(answer = receive_answer(symbolizer)))
    give_up(symbolizer, "it stopped answering");
  free(question);
  return answer;
}

static struct place *place_new(const char *module, uint64_t offset, json_t *answer) {
  size_t count = symbol_answer_count(answer);
  struct place *place = calloc(1, sizeof *place + count * sizeof *place->frames);
  if (!place || !(place->module = strdup(module))) {
    free(place);
    return NULL;
  }
  place->offset = offset;
  place->answer = answer;
  place->frame_count = count;
  symbol_answer_read(answer, place->module, offset, place->frames);
  return place;
}

static struct place **bucket_of(struct symbolizer *symbolizer, uint64_t offset) {
  return &symbolizer->places[(offset ^ offset >> 10 ^ offset >> 20) % BUCKETS];
}

size_t symbolizer_frames(struct symbolizer *symbolizer, const char *module, uint64_t offset, struct frame *frames,
                         size_t capacity) {
  struct place **bucket = bucket_of(symbolizer, offset), *place = *bucket;
  while (place && (place->offset != offset || strcmp(place->module, module) != 0))
    place = place->next;
  if (!place) {
    json_t *answer = ask(symbolizer, module, offset);
    place = place_new(module, offset, answer);
    if (!place) {
      json_decref(answer);
      frames[0] = (struct frame){"", "", 0, 0, "", offset};
      return 1;
    }
    place->next = *bucket;
    *bucket = place;
  }
  size_t count = place->frame_count < capacity ? place->frame_count : capacity;
  memcpy(frames, place->frames, count * sizeof *frames);
  return count;
}

void symbolizer_close(struct symbolizer *symbolizer) {
  if (!symbolizer)
    return;
  stop(symbolizer);
  for (size_t i = 0; i < BUCKETS; ++i)
    for (struct place *place = symbolizer->places[i], *next; place; place = next) {
      next = place->next;
      json_decref(place->answer);
      free(place->module);
      free(place);
    }
  free(symbolizer->pending);
  free(symbolizer);
}
