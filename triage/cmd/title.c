#include "triage/cmd/title.h"

#include <stdio.h>
#include <string.h>

#include "triage/stack/normalize.h"

/* True where `text` says the kind and nothing else, as `data race`, or `heap-use-after-free on address 0x60`. */
static bool says_kind_only(const char *text, const char *kind) {
  static const char where[] = " on address ";
  size_t length = strlen(kind);
  for (size_t i = 0; i < length && *text; i++)
    if (text[i] != kind[i] && !(text[i] == ' ' && kind[i] == '-'))
      return false;
  return !*text || !text[length] || strncmp(text + length, where, sizeof where - 1) == 0;
}

/* The function that stands for the first stack of one of two roles; false where it has no name. */
static bool find_function(const struct report_key *key, enum finding_role role, enum finding_role other,
                          char function[FUNCTION_NAME_SIZE]) {
  for (size_t i = 0; i < key->stack_count; i++) {
    const struct finding_stack *stack = &key->stacks[i];
    const struct frame *top = stack_top(stack->frames, stack->frame_count);
    if ((stack->role != role && stack->role != other) || !top || !*top->function)
      continue;
    function_fold(top->function, function, FUNCTION_NAME_SIZE);
    return true;
  }
  return false;
}

/* "" where the stacks do not say it. */
static const char *make_title(const struct report_key *key, char title[TITLE_SIZE]) {
  char one[FUNCTION_NAME_SIZE], other[FUNCTION_NAME_SIZE];
  *title = '\0';
  if (strstr(key->kind, "use-after-free")) {
    if (find_function(key, FINDING_FREE, FINDING_FREE, other) &&
        find_function(key, FINDING_ACCESS, FINDING_PREVIOUS, one))
      snprintf(title, TITLE_SIZE, "%s uses what %s freed", one, other);
    return title;
  }
  if (!strstr(key->kind, "race") || !find_function(key, FINDING_ACCESS, FINDING_ACCESS, one) ||
      !find_function(key, FINDING_PREVIOUS, FINDING_PREVIOUS, other))
    return title;
  int order = strcmp(one, other); /* which of them came first is chance */
  if (order == 0)
    snprintf(title, TITLE_SIZE, "%s races with itself", one);
  else
    snprintf(title, TITLE_SIZE, "%s races with %s", order < 0 ? one : other, order < 0 ? other : one);
  return title;
}

bool title_make(const struct report_key *key, char title[TITLE_SIZE]) {
  return says_kind_only(key->title, key->kind) && *make_title(key, title);
}
