/* clusterfuzz.c - see clusterfuzz.h. */
#include "triage/group/clusterfuzz.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 4096 /* of one frame; what is longer is cut */
#define LEAST_FRAME 3  /* characters; shorter frames are passed over */
#define LONG_NUMBER 4  /* digits */

enum how { IS, STARTS, CONTAINS };

static bool is_ignored(const char *function, const char *text) {
  static const struct {
    enum how how;
    const char *text;
  } rules[] = {
#define RULE(how, text) {how, text},
#include "triage/group/clusterfuzz.def"
#undef RULE
  };
  if (strlen(text) < LEAST_FRAME)
    return true;
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    const char *rule = rules[i].text;
    bool fits = rules[i].how == IS       ? strcmp(function, rule) == 0
                : rules[i].how == STARTS ? strncmp(text, rule, strlen(rule)) == 0
                                         : strstr(text, rule) != NULL;
    if (fits)
      return true;
  }
  return false;
}

static void drop_all(char *text, const char *part) {
  size_t length = strlen(part);
  for (char *at = text; (at = strstr(at, part)) != NULL;)
    memmove(at, at + length, strlen(at + length) + 1);
}

/* Leaves the function's bare name: no anonymous namespaces, no arguments, of Go no path of the package. */
static void bare_name(char *name, bool go) {
  drop_all(name, "non-virtual thunk to ");
  drop_all(name, "(anonymous namespace)::");
  size_t end = strcspn(name, "([");
  if (end == 0 || !name[end])
    end = strcspn(name, " ");
  while (end > 0 && name[end - 1] == ' ')
    end--;
  name[end] = '\0';
  const char *slash = go ? strrchr(name, '/') : NULL;
  if (slash)
    memmove(name, slash + 1, strlen(slash + 1) + 1);
}

/* The length of an address (0x and at least four digits) at this place, 0 where there is none. */
static size_t address_at(const char *at) {
  size_t digits = at[0] == '0' && at[1] == 'x' ? strspn(at + 2, "0123456789abcdefABCDEF") : 0;
  return digits < LONG_NUMBER ? 0 : 2 + digits + strspn(at + 2 + digits, "U");
}

/* Likewise of a number, which nothing may touch that could be a line or a version. */
static size_t number_at(const char *text, const char *at) {
  size_t digits = strspn(at, "0123456789.");
  bool free_before = at == text || (!strchr(":.", at[-1]) && !isdigit((unsigned char)at[-1]));
  return digits >= LONG_NUMBER && free_before && !isalpha((unsigned char)at[digits]) ? digits : 0;
}

/* Appends the name as one line of the state, which has room for it. */
static void add_line(char *state, const char *name) {
  char *out = state + strlen(state), *end;
  if (*state)
    *out++ = '\n';
  end = out + CLUSTERFUZZ_LINE;
  for (const char *at = name; *at && out < end;) {
    size_t address = address_at(at), number = address ? 0 : number_at(name, at);
    const char *word = address ? "ADDRESS" : number ? "NUMBER" : NULL;
    if (word)
      out += snprintf(out, (size_t)(end - out) + 1, "%s", word);
    else if (isprint((unsigned char)*at))
      *out++ = *at;
    at += word ? address + number : 1;
    if (out > end) /* snprintf says how much it would have written */
      out = end;
  }
  *out = '\0';
}

void clusterfuzz_state(const struct finding *finding, char state[CLUSTERFUZZ_STATE_SIZE]) {
  size_t lines = 0;
  *state = '\0';
  if (finding->stack_count == 0)
    return;
  const struct finding_stack *stack = &finding->stacks[0];
  for (size_t i = 0; i < stack->frame_count && lines < CLUSTERFUZZ_FRAMES; i++) {
    const struct frame *frame = &stack->frames[i];
    const char *function = *frame->function ? frame->function : frame->module, *dot = strrchr(frame->file, '.');
    char text[TEXT_SIZE];
    snprintf(text, sizeof text, "%s%s%s", function, *frame->file ? " " : "", frame->file);
    if (is_ignored(function, text))
      continue;
    snprintf(text, sizeof text, "%s", function);
    if (*frame->function)
      bare_name(text, dot && strcmp(dot, ".go") == 0);
    add_line(state, text);
    lines++;
  }
}
