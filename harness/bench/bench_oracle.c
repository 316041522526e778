/* The oracle: what judging a history takes.  Histories are of maps that are right, so that all of it is gone through;
 * threads take turns at random, in the middle of operations too, so that most operations overlap others.  A figure is
 * the median of the rounds, all in turn.  Writes ../bench/oracle.json beside its folder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "harness/test/oracle_histories.h"
#include "oracle/oracle.h"

#define ROUNDS 25
#define HISTORIES 16 /* of each kind */
#define SIMPLE ((1u << HISTORY_LEN) - 1)
#define EVERY ((1u << (HISTORY_ITERATE + 1)) - 1)
#define PROMISES 0x7ffu /* all guarantees there are */

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* A kind of history. */
struct load {
  const char *name, *text;
  struct made_options options;
  struct history histories[HISTORIES];
  double events; /* in one, on average */
  double ns;     /* for one */
};

static struct load loads[] = {
    {.name = "large",
     .text = "10,000 operations, 64 keys, 8 threads",
     .options = {.threads = 8, .keys = 64, .operations = 10000, .kinds = SIMPLE}},
    {.name = "large_hot",
     .text = "10,000 operations, 1 key, 8 threads",
     .options = {.threads = 8, .keys = 1, .operations = 10000, .kinds = SIMPLE}},
    {.name = "small",
     .text = "15 operations, 16 keys, 4 threads",
     .options = {.threads = 4, .keys = 16, .operations = 15, .kinds = SIMPLE, .alone_in_16 = 8}},
    {.name = "small_every",
     .text = "15 operations of every kind, 16 keys, 4 threads",
     .options = {.threads = 4, .keys = 16, .operations = 15, .kinds = EVERY, .alone_in_16 = 8}},
    {.name = "small_hot",
     .text = "30 operations, 1 key, 8 threads",
     .options = {.threads = 8, .keys = 1, .operations = 30, .kinds = SIMPLE}},
};
enum { LOADS = sizeof loads / sizeof loads[0] };

static void make_histories(struct load *load) {
  uint32_t room = 2 * load->options.operations + 2000;
  for (unsigned i = 0; i < HISTORIES; i++) {
    struct made made = {.events = calloc(room, sizeof *made.events), .room = room};
    if (!made.events)
      abort();
    made_history(&made, &load->options, i + 1);
    load->histories[i] = made.history;
    load->events += (double)made.history.count / HISTORIES;
  }
}

static void refuse(void *context, const struct oracle_violation *violation) {
  (void)context;
  fprintf(stderr, "heddle: a history that is right was called wrong: %s\n", violation->text);
  abort();
}

static double measure(const struct load *load) {
  double start = now_ns();
  unsigned repeat = load->options.operations > 1000 ? 1 : 100;
  for (unsigned round = 0; round < repeat; round++)
    for (unsigned i = 0; i < HISTORIES; i++)
      if (oracle_judge(&load->histories[i], PROMISES, refuse, NULL) != ORACLE_OK)
        abort();
  return (now_ns() - start) / (HISTORIES * repeat);
}

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void measure_all(void) {
  double ns[LOADS][ROUNDS];
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < LOADS; i++)
      ns[i][round] = measure(&loads[i]);
  for (int i = 0; i < LOADS; i++) {
    qsort(ns[i], ROUNDS, sizeof(double), compare_doubles);
    loads[i].ns = ns[i][ROUNDS / 2];
  }
}

static bool write_json(const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/../bench", folder);
  if (mkdir(path, 0777) && errno != EEXIST)
    return false;
  snprintf(path, sizeof path, "%s/../bench/oracle.json", folder);
  FILE *out = fopen(path, "w");
  if (!out)
    return false;
  for (int i = 0; i < LOADS; i++)
    fprintf(out, "%s\"%s\": {\"events\": %.1f, \"keys\": %u, \"threads\": %u, \"ms\": %.5f}", i ? ",\n " : "{",
            loads[i].name, loads[i].events, loads[i].options.keys, loads[i].options.threads, loads[i].ns / 1e6);
  fprintf(out, "}\n");
  return fclose(out) == 0;
}

int main(int argc, char **argv) {
  char folder[2048];
  const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
  for (int i = 0; i < LOADS; i++)
    make_histories(&loads[i]);
  measure_all();
  printf("a history judged, medians of %d rounds of %d histories\n", ROUNDS, HISTORIES);
  printf("%-50s%10s%10s%14s\n", "", "events", "ms", "ns an event");
  for (int i = 0; i < LOADS; i++)
    printf("%-50s%10.1f%10.4f%14.1f\n", loads[i].text, loads[i].events, loads[i].ns / 1e6,
           loads[i].ns / loads[i].events);
  if (!write_json(folder)) {
    fprintf(stderr, "heddle: cannot write %s/../bench/oracle.json: %s\n", folder, strerror(errno));
    return 3;
  }
  return 0;
}
