#include "triage/parse/names.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "triage/stack/function.h"

#define INLINED_MAX 16 /* calls at one address that are looked at */

/* ---- frames without a name ---- */

static bool is_nameless(const struct frame *frame) {
  return !*frame->function && *frame->module == '/' && access(frame->module, R_OK) == 0;
}

static size_t name(struct frame *frames, size_t count, size_t capacity, struct symbolizer *symbolizer) {
  struct frame named[STACK_FRAMES_MAX];
  size_t used = 0;
  for (size_t i = 0; i < count && used < capacity; i++) {
    if (!is_nameless(&frames[i])) {
      named[used++] = frames[i];
      continue;
    }
    /* The frames further out are return addresses: the call is before them. */
    uint64_t offset = frames[i].offset - (i > 0 && frames[i].offset > 0);
    used += symbolizer_frames(symbolizer, frames[i].module, offset, named + used, capacity - used);
  }
  memcpy(frames, named, used * sizeof *named);
  return used;
}

/* ---- names without their scopes ---- */

static const char *last_part(const char *text, const char *between) {
  const char *last = text;
  for (const char *p = text; (p = strstr(p, between)) != NULL;)
    last = p += strlen(between);
  return last;
}

/* Sources in C have names without scopes; a header may be either's. */
static bool is_c_plus_plus(const char *file) {
  const char *dot = strrchr(file, '.');
  return dot && dot > file && strcmp(dot, ".c") != 0 && strcmp(dot, ".S") != 0 && strcmp(dot, ".go") != 0 &&
         strcmp(dot, ".rs") != 0;
}

/* A name as DWARF has it: of other functions of C++ the runtime prints what they are called with, in brackets. */
static bool is_bare(const struct frame *frame) {
  char folded[FUNCTION_NAME_SIZE];
  if (!*frame->function || !*frame->module || frame->line == 0 || !is_c_plus_plus(frame->file))
    return false;
  if (frame->function[strcspn(frame->function, "(")] && strncmp(frame->function, "operator()", 10) != 0)
    return false;
  function_fold(frame->function, folded, sizeof folded);
  return !strstr(folded, "::");
}

/* `main::'lambda'()::operator()() const`: within a function, as clang has it too.  Of one that a variable begins with
 * clang does not name the variable. */
static bool is_in_function(const char *function) {
  const char *lambda = strstr(function, "'lambda"); /* as llvm-symbolizer writes it */
  return lambda && (memchr(function, '(', (size_t)(lambda - function)) || strncmp(function, "main::", 6) == 0);
}

/* The same function and place, of which the binary knows more. */
static bool is_same(const struct frame *bare, const struct frame *known) {
  char short_name[FUNCTION_NAME_SIZE], long_name[FUNCTION_NAME_SIZE];
  if (known->line != bare->line || strcmp(last_part(known->file, "/"), last_part(bare->file, "/")) != 0)
    return false;
  function_fold(bare->function, short_name, sizeof short_name);
  function_fold(known->function, long_name, sizeof long_name);
  if (strcmp(last_part(long_name, "::"), short_name) != 0)
    return false;
  return strcmp(short_name, "lambda") != 0 || is_in_function(known->function);
}

/* The address is that of the call or the one after it. */
static void add_scopes(struct frame *frame, const char *module, struct symbolizer *symbolizer) {
  struct frame known[INLINED_MAX];
  for (uint64_t before = 0; before <= 1 && before <= frame->offset; before++) {
    size_t count = symbolizer_frames(symbolizer, module, frame->offset - before, known, INLINED_MAX);
    for (size_t i = 0; i < count; i++)
      if (is_same(frame, &known[i])) {
        frame->function = known[i].function;
        return;
      }
  }
}

size_t names_complete(struct frame *frames, size_t count, size_t capacity, struct symbolizer *symbolizer,
                      const char *folder) {
  char module[PATH_MAX];
  capacity = capacity < STACK_FRAMES_MAX ? capacity : STACK_FRAMES_MAX;
  count = name(frames, count, capacity, symbolizer);
  for (size_t i = 0; *folder && i < count; i++)
    if (is_bare(&frames[i]) &&
        snprintf(module, sizeof module, "%s/%s", folder, last_part(frames[i].module, "/")) < (int)sizeof module &&
        access(module, R_OK) == 0)
      add_scopes(&frames[i], module, symbolizer);
  return count;
}
