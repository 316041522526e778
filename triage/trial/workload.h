/* workload.h - what a chaos trial is to do: settings (workload.def) that are told, written and read in one way. */
#ifndef HEDDLE_TRIAL_WORKLOAD_H
#define HEDDLE_TRIAL_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORKLOAD_THREADS_MAX 64
#define WORKLOAD_NAME 64
#define WORKLOAD_ERROR 256
#define WORKLOAD_TEXT 1024
#define WORKLOAD_HOT_KEYS 10
#define WORKLOAD_HOT_SHARE 0.8

enum workload_setting {
#define SETTING(name, standard, value, help) WORKLOAD_##name,
#include "triage/trial/workload.def"
#undef SETTING
  WORKLOAD_SETTING_COUNT
};

struct workload_setting_text {
  const char *name, *standard, *value, *help;
};
extern const struct workload_setting_text workload_settings[WORKLOAD_SETTING_COUNT];

enum workload_key { WORKLOAD_INT64, WORKLOAD_8BYTES, WORKLOAD_STRING, WORKLOAD_KEY_COUNT };
enum workload_distribution { WORKLOAD_UNIFORM, WORKLOAD_ZIPF, WORKLOAD_HOT };
enum workload_mix { WORKLOAD_DELETE, WORKLOAD_MIXED, WORKLOAD_ITERATE_DELETE, WORKLOAD_MIX_COUNT };
enum workload_operation { WORKLOAD_DELETING, WORKLOAD_PUTTING, WORKLOAD_ITERATING, WORKLOAD_OPERATION_COUNT };

struct workload {
  char map[WORKLOAD_NAME];
  unsigned threads;
  bool pinned;
  unsigned processors[WORKLOAD_THREADS_MAX]; /* thread i is bound to the one at i modulo processor_count; */
  unsigned processor_count;                  /* 0: to all there are, in turn */
  uint64_t capacity, keys, operations;
  enum workload_key key;
  enum workload_distribution distribution;
  double exponent; /* Zipf's */
  enum workload_mix mix;
  double duration_s;
  unsigned jitter_ms, jitter_every; /* 0 and 0: none */
};

/* Every setting at its default. */
void workload_init(struct workload *workload);

/* False and one line where the value does not fit. */
bool workload_set(struct workload *workload, enum workload_setting setting, const char *value,
                  char error[WORKLOAD_ERROR]);

/* The same of a word `SETTING=VALUE`, one of those that workload_print writes. */
bool workload_take(struct workload *workload, const char *word, char error[WORKLOAD_ERROR]);

/* One setting's value, as workload_set takes it. */
void workload_value(const struct workload *workload, enum workload_setting setting, char *text, size_t size);

/* All of them, `map=gomap threads=4 ...`: the same text for workloads that are the same, and for no others. */
void workload_print(const struct workload *workload, char text[WORKLOAD_TEXT]);

const char *workload_operation_text(enum workload_operation operation);

#endif
