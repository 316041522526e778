/* workload.c - see workload.h. */
#include "triage/trial/workload.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX (INT64_C(1) << 26)
#define PROCESSORS_MAX 1024

const struct workload_setting_text workload_settings[WORKLOAD_SETTING_COUNT] = {
#define SETTING(name, standard, value, help) {#name, standard, value, help},
#include "triage/trial/workload.def"
#undef SETTING
};

static const char *const key_texts[WORKLOAD_KEY_COUNT] = {"int64", "8bytes", "string"};
static const char *const mix_texts[WORKLOAD_MIX_COUNT] = {"delete", "mixed", "iterate-delete"};
static const char *const operation_texts[WORKLOAD_OPERATION_COUNT] = {"delete", "put", "iterate"};

const char *workload_operation_text(enum workload_operation operation) {
  return operation < WORKLOAD_OPERATION_COUNT ? operation_texts[operation] : "nothing";
}

/* ---- reading ---- */

__attribute__((format(printf, 4, 5))) static bool refuse(char error[WORKLOAD_ERROR], enum workload_setting setting,
                                                         const char *value, const char *format, ...) {
  int length = snprintf(error, WORKLOAD_ERROR, "--%s=%.60s: ", workload_settings[setting].name, value);
  va_list values;
  va_start(values, format);
  vsnprintf(error + length, WORKLOAD_ERROR - (size_t)length, format, values);
  va_end(values);
  return false;
}

/* A whole number at the start of the text; *end is what follows it.  -1 where there is none. */
static int64_t read_number(const char *text, const char **end) {
  char *stop;
  errno = 0;
  long long number = strtoll(text, &stop, 10);
  *end = stop;
  return errno || stop == text || *text < '0' || *text > '9' ? -1 : number;
}

static bool set_number(enum workload_setting setting, const char *value, int64_t least, int64_t most, uint64_t *number,
                       char error[WORKLOAD_ERROR]) {
  const char *end;
  int64_t got = read_number(value, &end);
  if (got < least || got > most || *end)
    return refuse(error, setting, value, "give a whole number from %" PRId64 " to %" PRId64, least, most);
  *number = (uint64_t)got;
  return true;
}

static bool set_choice(enum workload_setting setting, const char *value, const char *const texts[], unsigned count,
                       unsigned *choice, char error[WORKLOAD_ERROR]) {
  for (*choice = 0; *choice < count; ++*choice)
    if (strcmp(value, texts[*choice]) == 0)
      return true;
  return refuse(error, setting, value, "give one of %s, %s, %s", texts[0], texts[1], texts[2]);
}

/* A finite number, by no other spelling than digits. */
static bool read_real(const char *text, double *real) {
  char *end;
  if (!*text || text[strspn(text, "0123456789.eE+-")] || *text == '+')
    return false;
  *real = strtod(text, &end);
  return !*end && isfinite(*real);
}

static bool set_distribution(struct workload *workload, const char *value, char error[WORKLOAD_ERROR]) {
  double exponent = 0;
  if (strcmp(value, "uniform") == 0) {
    workload->distribution = WORKLOAD_UNIFORM;
  } else if (strcmp(value, "hot") == 0) {
    workload->distribution = WORKLOAD_HOT;
  } else if (strncmp(value, "zipf:", 5) == 0 && read_real(value + 5, &exponent) && exponent > 0 && exponent <= 100) {
    workload->distribution = WORKLOAD_ZIPF;
  } else {
    return refuse(error, WORKLOAD_distribution, value, "give uniform, hot, or zipf:S with S above 0, as zipf:0.99");
  }
  workload->exponent = exponent;
  return true;
}

static bool set_pin(struct workload *workload, const char *value, char error[WORKLOAD_ERROR]) {
  workload->processor_count = 0;
  workload->pinned = strcmp(value, "none") != 0;
  if (!workload->pinned || strcmp(value, "all") == 0)
    return true;
  for (const char *text = value;; ++text) {
    int64_t number = read_number(text, &text);
    if (number < 0 || number >= PROCESSORS_MAX || workload->processor_count == WORKLOAD_THREADS_MAX)
      break;
    workload->processors[workload->processor_count++] = (unsigned)number;
    if (!*text)
      return true;
    if (*text != ',')
      break;
  }
  return refuse(error, WORKLOAD_pin, value, "give none, all, or processors by number, as 0,1");
}

static bool set_jitter(struct workload *workload, const char *value, char error[WORKLOAD_ERROR]) {
  const char *end = "";
  workload->jitter_ms = workload->jitter_every = 0;
  if (strcmp(value, "none") == 0)
    return true;
  int64_t ms = read_number(value, &end), every = ms > 0 && *end == ':' ? read_number(end + 1, &end) : -1;
  if (ms < 1 || ms > 60000 || every < 1 || every > 1000000000 || *end)
    return refuse(error, WORKLOAD_jitter, value, "give none, or milliseconds and operations, as 1:1000");
  workload->jitter_ms = (unsigned)ms;
  workload->jitter_every = (unsigned)every;
  return true;
}

static bool set_duration(struct workload *workload, const char *value, char error[WORKLOAD_ERROR]) {
  double seconds;
  if (!read_real(value, &seconds) || seconds < 0 || seconds > 1e6)
    return refuse(error, WORKLOAD_duration, value, "give seconds from 0 to 1000000");
  workload->duration_s = seconds;
  return true;
}

static bool set_map(struct workload *workload, const char *value, char error[WORKLOAD_ERROR]) {
  size_t length = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  if (length == 0 || value[length] || length >= WORKLOAD_NAME)
    return refuse(error, WORKLOAD_map, value, "not a map's name: use letters, digits and _");
  memcpy(workload->map, value, length + 1);
  return true;
}

bool workload_set(struct workload *workload, enum workload_setting setting, const char *value,
                  char error[WORKLOAD_ERROR]) {
  uint64_t number = 0;
  unsigned choice = 0;
  bool ok = true;
  switch (setting) {
  case WORKLOAD_map:
    return set_map(workload, value, error);
  case WORKLOAD_threads:
    ok = set_number(setting, value, 2, WORKLOAD_THREADS_MAX, &number, error);
    workload->threads = ok ? (unsigned)number : workload->threads;
    return ok;
  case WORKLOAD_pin:
    return set_pin(workload, value, error);
  case WORKLOAD_capacity:
    return set_number(setting, value, 0, KEYS_MAX, &workload->capacity, error);
  case WORKLOAD_key:
    ok = set_choice(setting, value, key_texts, WORKLOAD_KEY_COUNT, &choice, error);
    workload->key = ok ? (enum workload_key)choice : workload->key;
    return ok;
  case WORKLOAD_keys:
    return set_number(setting, value, 1, KEYS_MAX, &workload->keys, error);
  case WORKLOAD_distribution:
    return set_distribution(workload, value, error);
  case WORKLOAD_mix:
    ok = set_choice(setting, value, mix_texts, WORKLOAD_MIX_COUNT, &choice, error);
    workload->mix = ok ? (enum workload_mix)choice : workload->mix;
    return ok;
  case WORKLOAD_operations:
    return set_number(setting, value, 0, INT64_C(1) << 40, &workload->operations, error);
  case WORKLOAD_duration:
    return set_duration(workload, value, error);
  case WORKLOAD_jitter:
    return set_jitter(workload, value, error);
  default:
    break;
  }
  assert(false && "a setting of workload.def");
  return false;
}

bool workload_take(struct workload *workload, const char *word, char error[WORKLOAD_ERROR]) {
  size_t length = strcspn(word, "=");
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT && word[length]; ++i) {
    const char *name = workload_settings[i].name;
    if (strlen(name) == length && strncmp(name, word, length) == 0)
      return workload_set(workload, (enum workload_setting)i, word + length + 1, error);
  }
  snprintf(error, WORKLOAD_ERROR, "%.100s: no setting of a workload: give SETTING=VALUE, as threads=4", word);
  return false;
}

void workload_init(struct workload *workload) {
  char error[WORKLOAD_ERROR];
  *workload = (struct workload){0};
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT; ++i) {
    bool ok = workload_set(workload, (enum workload_setting)i, workload_settings[i].standard, error);
    assert(ok && "the defaults fit");
    (void)ok;
  }
}

/* ---- writing ---- */

static void print_pin(const struct workload *workload, char *text, size_t size) {
  size_t used = 0;
  if (workload->processor_count == 0)
    snprintf(text, size, "%s", workload->pinned ? "all" : "none");
  for (unsigned i = 0; i < workload->processor_count && used < size; ++i)
    used += (size_t)snprintf(text + used, size - used, "%s%u", i ? "," : "", workload->processors[i]);
}

static void print_jitter(const struct workload *workload, char *text, size_t size) {
  if (workload->jitter_every == 0)
    snprintf(text, size, "none");
  else
    snprintf(text, size, "%u:%u", workload->jitter_ms, workload->jitter_every);
}

static void print_distribution(const struct workload *workload, char *text, size_t size) {
  if (workload->distribution == WORKLOAD_ZIPF)
    snprintf(text, size, "zipf:%.12g", workload->exponent);
  else
    snprintf(text, size, "%s", workload->distribution == WORKLOAD_HOT ? "hot" : "uniform");
}

void workload_value(const struct workload *workload, enum workload_setting setting, char *text, size_t size) {
  switch (setting) {
  case WORKLOAD_map:
    snprintf(text, size, "%s", workload->map);
    return;
  case WORKLOAD_threads:
    snprintf(text, size, "%u", workload->threads);
    return;
  case WORKLOAD_pin:
    print_pin(workload, text, size);
    return;
  case WORKLOAD_capacity:
    snprintf(text, size, "%" PRIu64, workload->capacity);
    return;
  case WORKLOAD_key:
    snprintf(text, size, "%s", key_texts[workload->key]);
    return;
  case WORKLOAD_keys:
    snprintf(text, size, "%" PRIu64, workload->keys);
    return;
  case WORKLOAD_distribution:
    print_distribution(workload, text, size);
    return;
  case WORKLOAD_mix:
    snprintf(text, size, "%s", mix_texts[workload->mix]);
    return;
  case WORKLOAD_operations:
    snprintf(text, size, "%" PRIu64, workload->operations);
    return;
  case WORKLOAD_duration:
    snprintf(text, size, "%.12g", workload->duration_s);
    return;
  case WORKLOAD_jitter:
    print_jitter(workload, text, size);
    return;
  default:
    assert(false && "a setting of workload.def");
  }
}

void workload_print(const struct workload *workload, char text[WORKLOAD_TEXT]) {
  size_t used = 0;
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT && used < WORKLOAD_TEXT; ++i) {
    char value[WORKLOAD_TEXT / 2];
    workload_value(workload, (enum workload_setting)i, value, sizeof value);
    used +=
        (size_t)snprintf(text + used, WORKLOAD_TEXT - used, "%s%s=%s", i ? " " : "", workload_settings[i].name, value);
  }
}
