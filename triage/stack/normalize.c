#include "triage/stack/normalize.h"

#include <stdbool.h>
#include <string.h>

#include "triage/stack/function.h"

enum what { FUNCTION, PATH, MODULE };
enum how { IS, STARTS, CONTAINS };

struct rule {
  enum stack_class class;
  enum what what;
  enum how how;
  const char *text;
  size_t length;
};

#define IGNORE(class, what, how, text) {STACK_##class, what, how, text, sizeof(text) - 1},
static const struct rule rules[] = {
#include "triage/stack/ignore.def"
};
#undef IGNORE

const char *stack_relative(const char *file, const char *root) {
  size_t length = root ? strlen(root) : 0;
  while (length > 0 && root[length - 1] == '/')
    --length;
  if (length > 0 && strncmp(file, root, length) == 0 && file[length] == '/')
    file += length + 1;
  for (;;) {
    if (strncmp(file, "./", 2) == 0)
      file += 2;
    else if (strncmp(file, "../", 3) == 0)
      file += 3;
    else
      return file;
  }
}

void stack_normalize(struct frame *frames, size_t count, const char *root) {
  for (size_t i = 0; i < count; ++i)
    frames[i].file = stack_relative(frames[i].file, root);
}

static bool fits(const struct rule *rule, const char *text) {
  if (rule->how == CONTAINS)
    return strstr(text, rule->text) != NULL;
  /* There are hundreds of rules, and nearly all of them end here. */
  if (*text != *rule->text)
    return false;
  return strncmp(text, rule->text, rule->length + (rule->how == IS)) == 0;
}

enum stack_class stack_classify(const struct frame *frame) {
  char function[FUNCTION_NAME_SIZE];
  function_fold(frame->function, function, sizeof function);
  const char *slash = strrchr(frame->module, '/');
  const char *texts[] = {
      [FUNCTION] = function, [PATH] = stack_relative(frame->file, NULL), [MODULE] = slash ? slash + 1 : frame->module};
  for (size_t i = 0; i < sizeof rules / sizeof *rules; ++i)
    if (fits(&rules[i], texts[rules[i].what]))
      return rules[i].class;
  return STACK_APPLICATION;
}

static bool is_entry(const struct frame *frame) {
  return strcmp(frame->function, "main") == 0 || strcmp(frame->function, "LLVMFuzzerTestOneInput") == 0;
}

const struct frame *stack_top(const struct frame *frames, size_t count) {
  const struct frame *ours = NULL, *entry = NULL;
  for (size_t i = 0; i < count; ++i) {
    enum stack_class class = stack_classify(&frames[i]);
    if (class == STACK_APPLICATION)
      return &frames[i];
    if (class == STACK_HARNESS && !ours)
      ours = &frames[i];
    if (!entry && is_entry(&frames[i]))
      entry = &frames[i];
  }
  return ours ? ours : entry;
}
