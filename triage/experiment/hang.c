/* hang.c - see hang.h. */
#include "triage/experiment/hang.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum { NOBODY = -1 };

struct waiting {
  bool ended, waits;
  int holder; /* the thread that has the lock; NOBODY: none that can be told */
  uint64_t address;
};

/* One line of a file of /proc; "" where it is not to be had. */
static void read_line(pid_t pid, uint64_t tid, const char *name, char *line, int size) {
  char path[96];
  snprintf(path, sizeof path, "/proc/%d/task/%" PRIu64 "/%s", (int)pid, tid, name);
  FILE *file = fopen(path, "re");
  *line = '\0';
  if (!file)
    return;
  if (!fgets(line, size, file))
    *line = '\0';
  fclose(file);
}

static int thread_of(const struct trial_page *page, unsigned threads, uint64_t tid) {
  for (unsigned i = 0; tid && i < threads; ++i)
    if (page->threads[i].tid == tid)
      return (int)i;
  return NOBODY;
}

/* The word waited for is a mutex's first, with the owner 8 bytes on; or a read-write lock's third or fourth, with the
 * writer's place at 24: 16 or 12 bytes on. */
static int find_holder(pid_t pid, const struct trial_page *page, unsigned threads, uint64_t address) {
  static const unsigned places[] = {8, 16, 12};
  int32_t words[5] = {0};
  struct iovec to = {words, sizeof words}, from = {(void *)(uintptr_t)address, sizeof words};
  if (process_vm_readv(pid, &to, 1, &from, 1, 0) != (ssize_t)sizeof words)
    return NOBODY;
  for (unsigned i = 0; i < sizeof places / sizeof *places; ++i) {
    int holder = thread_of(page, threads, (uint64_t)(uint32_t)words[places[i] / sizeof *words]);
    if (holder != NOBODY)
      return holder;
  }
  return NOBODY;
}

static struct waiting look(pid_t pid, const struct trial_page *page, unsigned threads, unsigned number) {
  const struct trial_thread *thread = &page->threads[number];
  struct waiting waiting = {.ended = thread->ended_ns != 0, .holder = NOBODY};
  char line[256], *rest;
  if (waiting.ended)
    return waiting;
  read_line(pid, thread->tid, "syscall", line, sizeof line);
  if (strtol(line, &rest, 10) != SYS_futex || rest == line)
    return waiting;
  waiting.waits = true;
  waiting.address = strtoull(rest, NULL, 16);
  waiting.holder = find_holder(pid, page, threads, waiting.address);
  return waiting;
}

__attribute__((format(printf, 3, 4))) static void add(char **text, size_t *size, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int length = vsnprintf(*text, *size, format, values);
  va_end(values);
  size_t used = length < 0 ? 0 : (size_t)length < *size ? (size_t)length : *size - 1;
  *text += used;
  *size -= used;
}

static void describe(const struct trial_thread *thread, const struct waiting *waiting, unsigned number, uint64_t now_ns,
                     char **text, size_t *size) {
  add(text, size, "thread %u: %s of key %" PRIu64 " for %.1f s, ", number + 1,
      workload_operation_text((enum workload_operation)thread->operation), thread->key,
      (double)(now_ns - thread->operation_ns) / 1e9);
  if (!waiting->waits)
    add(text, size, "runs\n");
  else if (waiting->holder == NOBODY)
    add(text, size, "waits for the lock at %#" PRIx64 ", which readers hold or nobody\n", waiting->address);
  else
    add(text, size, "waits for the lock at %#" PRIx64 ", which thread %d holds\n", waiting->address,
        waiting->holder + 1);
}

/* From the first thread that comes back to itself by following who holds what it waits for. */
static void describe_circle(const struct waiting *waiting, unsigned threads, char **text, size_t *size) {
  for (unsigned first = 0; first < threads; ++first) {
    int at = waiting[first].holder;
    for (unsigned steps = 0; at != NOBODY && at != (int)first && steps < threads; ++steps)
      at = waiting[at].holder;
    if (at != (int)first)
      continue;
    add(text, size, "circle: thread %u", first + 1);
    for (at = waiting[first].holder; at != (int)first; at = waiting[at].holder)
      add(text, size, " -> thread %d", at + 1);
    add(text, size, " -> thread %u\n", first + 1);
    return;
  }
}

void hang_describe(pid_t pid, const struct trial_page *page, unsigned threads, uint64_t now_ns, char *text,
                   size_t size) {
  struct waiting waiting[WORKLOAD_THREADS_MAX];
  *text = '\0';
  for (unsigned i = 0; i < threads; ++i)
    waiting[i] = look(pid, page, threads, i);
  for (unsigned i = 0; i < threads; ++i)
    if (!waiting[i].ended)
      describe(&page->threads[i], &waiting[i], i, now_ns, &text, &size);
  describe_circle(waiting, threads, &text, &size);
}
