/* options.c - see options.h. */
#include "target/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "--heddle_"

static _Noreturn void reject(const char *name, const char *value, const char *advice) {
  fprintf(stderr, "heddle: %s%s%s%s: %s\n", PREFIX, name, value ? "=" : "", value ? value : "", advice);
  exit(EXIT_USAGE);
}

static const char *need(const char *name, const char *value) {
  if (!value || !*value)
    reject(name, value, "it needs a value");
  return value;
}

static uint64_t number(const char *name, const char *value) {
  char *end;
  errno = 0;
  unsigned long long parsed = strtoull(need(name, value), &end, 10);
  if (*end || errno || value[0] == '-')
    reject(name, value, "give a whole number");
  return parsed;
}

/* The index of `value` in `words`, which end with NULL. */
static int word(const char *name, const char *value, const char *const *words, const char *advice) {
  for (int i = 0; words[i]; i++)
    if (strcmp(need(name, value), words[i]) == 0)
      return i;
  reject(name, value, advice);
}

static bool flag(const char *name, const char *value) {
  if (value)
    reject(name, value, "it takes no value");
  return true;
}

static const char *const modes[] = {"fuzz", "replay", "show", "minimize", "mutants", NULL};
static const char *const uses[] = {"default", "lawful", "any", NULL};
static const char *const carriers[] = {"fibers", "baton", NULL};

#define TAKE_TEXT(member) out->member = need(name, value)
#define TAKE_FLAG(member) out->member = flag(name, value)
#define TAKE_NUMBER(member) out->member = number(name, value)
#define TAKE_MODE(member)                                                                                              \
  out->member = (enum target_mode)word(name, value, modes, "give fuzz, replay, show, minimize or mutants")
#define TAKE_USE(member) out->member = (enum subject_use)word(name, value, uses, "give default, lawful or any")
#define TAKE_CARRIER(member) out->member = (enum carrier_kind)word(name, value, carriers, "give fibers or baton")

static void take(const char *argument, struct options *out) {
  char name[32];
  const char *equals = strchr(argument, '='), *value = equals ? equals + 1 : NULL;
  snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - argument) : (int)strlen(argument), argument);
#define OPTION(option, member, kind, shape, help)                                                                      \
  if (strcmp(name, #option) == 0) {                                                                                    \
    TAKE_##kind(member);                                                                                               \
    return;                                                                                                            \
  }
#include "target/options.def"
#undef OPTION
  reject(name, value, "no such option; --heddle_help lists them");
}

void options_print(void) {
  puts("heddle's own options; the others are libFuzzer's (-help=1):");
#define OPTION(option, member, kind, shape, help)                                                                      \
  printf("  " PREFIX "%s%s%s\n      %s\n", #option, *shape ? "=" : "", shape, help);
#include "target/options.def"
#undef OPTION
}

void options_parse(int argc, char **argv, struct options *out) {
  *out = (struct options){.check_every = 1000, .worker = "w0"};
  for (int i = 1; i < argc; i++) {
    if (strncmp(argv[i], PREFIX, sizeof PREFIX - 1) != 0)
      continue;
    if (strcmp(argv[i], PREFIX "help") == 0) {
      options_print();
      exit(EXIT_NOTHING);
    }
    take(argv[i] + sizeof PREFIX - 1, out);
  }
  if (out->mode != MODE_FUZZ && !out->input)
    reject("input", NULL, "this mode needs a file");
  if (out->mode == MODE_MINIMIZE && !out->output)
    reject("output", NULL, "minimize needs a file to write");
}
