/* text.c - the names of things in a finding, its sites and its key. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "triage/finding/finding.h"
#include "triage/stack/function.h"
#include "triage/stack/normalize.h"

enum in_key { ALWAYS, ONCE, NEVER };

static const struct {
  const char *text;
  enum in_key in_key;
} roles[FINDING_ROLE_COUNT] = {
#define ROLE(name, text, in_key) [FINDING_##name] = {text, in_key},
    FINDING_ROLES(ROLE)
#undef ROLE
};

const char *finding_role_text(enum finding_role role) {
  assert(role < FINDING_ROLE_COUNT);
  return roles[role].text;
}

bool finding_role_in_key(enum finding_role role) {
  assert(role < FINDING_ROLE_COUNT);
  return roles[role].in_key != NEVER;
}

const char *finding_access_text(enum finding_access access) {
  static const char *const texts[FINDING_ACCESS_COUNT] = {NULL, "read", "write", "atomic read", "atomic write"};
  assert(access < FINDING_ACCESS_COUNT);
  return texts[access];
}

void finding_print_site(const struct frame *frame, char text[FINDING_SITE_SIZE]) {
  char function[FUNCTION_NAME_SIZE];
  function_fold(frame ? frame->function : "", function, sizeof function);
  if (!frame)
    snprintf(text, FINDING_SITE_SIZE, "?");
  else if (!*function && *frame->file)
    snprintf(text, FINDING_SITE_SIZE, "%s:%" PRIu32, frame->file, frame->line);
  else if (!*function)
    snprintf(text, FINDING_SITE_SIZE, "%s+0x%" PRIx64, *frame->module ? frame->module : "?", frame->offset);
  else if (!*frame->file)
    snprintf(text, FINDING_SITE_SIZE, "%s", function);
  else
    snprintf(text, FINDING_SITE_SIZE, "%s %s:%" PRIu32, function, frame->file, frame->line);
}

/* The top frames that make up the key, in its order. */
static size_t key_sites(const struct finding *finding, const struct frame *sites[FINDING_STACKS_MAX]) {
  size_t count = 0;
  assert(finding->stack_count <= FINDING_STACKS_MAX);
  for (size_t i = 0; i < finding->stack_count; ++i) {
    const struct finding_stack *stack = &finding->stacks[i];
    enum in_key in_key = roles[stack->role].in_key;
    if (in_key == NEVER)
      continue;
    const struct frame *top = stack_top(stack->frames, stack->frame_count);
    size_t place = count;
    while (place > 0 && key_compare_sites(sites[place - 1], top) > 0)
      --place;
    if (in_key == ONCE && place > 0 && key_compare_sites(sites[place - 1], top) == 0)
      continue;
    memmove(sites + place + 1, sites + place, (count - place) * sizeof *sites);
    sites[place] = top;
    ++count;
  }
  return count;
}

void finding_set_key(struct finding *finding) {
  const struct frame *sites[FINDING_STACKS_MAX];
  size_t count = key_sites(finding, sites);
  key_print(key_of(finding->kind, sites, count), finding->key);
}

/* The application frames of a stack, as many as are asked for; the one that stands for it where it has none. */
static uint64_t deep_site(const struct finding_stack *stack, unsigned depth) {
  const struct frame *frames[STACK_FRAMES_MAX];
  size_t count = 0;
  for (size_t i = 0; i < stack->frame_count && count < depth && count < STACK_FRAMES_MAX; ++i)
    if (stack_classify(&stack->frames[i]) == STACK_APPLICATION)
      frames[count++] = &stack->frames[i];
  if (count == 0)
    frames[count++] = stack_top(stack->frames, stack->frame_count);
  return key_deep_site(frames, count);
}

void finding_set_key_depth(struct finding *finding, unsigned depth) {
  uint64_t sites[FINDING_STACKS_MAX];
  size_t count = 0;
  if (depth <= 1) {
    finding_set_key(finding);
    return;
  }
  for (size_t i = 0; i < finding->stack_count; ++i) {
    const struct finding_stack *stack = &finding->stacks[i];
    uint64_t site = deep_site(stack, depth);
    bool known = false;
    for (size_t j = 0; j < count; ++j)
      known |= sites[j] == site;
    if (roles[stack->role].in_key == ALWAYS || (roles[stack->role].in_key == ONCE && !known))
      sites[count++] = site;
  }
  key_print(key_of_deep(finding->kind, sites, count), finding->key);
}

size_t finding_sites(const struct finding *finding, char sites[][FINDING_SITE_SIZE], size_t capacity) {
  const struct frame *tops[FINDING_STACKS_MAX];
  size_t count = key_sites(finding, tops);
  if (count > capacity)
    count = capacity;
  for (size_t i = 0; i < count; ++i)
    finding_print_site(tops[i], sites[i]);
  return count;
}
