/* group_share.c - see group_share.h. */
#include "triage/group/group_share.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/stack/function.h"
#include "triage/stack/normalize.h"

void *share_grow(void *array, size_t count, size_t size) {
  void *larger = reallocarray(array, count, size);
  if (!larger)
    abort();
  return larger;
}

/* ---- one number for each text ---- */

static uint64_t hash_of(enum share_type type, const char *text) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325) + type; /* FNV-1a, as in triage/stack/key.h */
  for (; *text; text++)
    hash = (hash ^ (unsigned char)*text) * UINT64_C(0x00000100000001b3);
  return hash;
}

/* Where the share stands in the table, or where it would. */
static uint32_t *slot_of(const struct group *group, enum share_type type, const char *text) {
  size_t at = hash_of(type, text) & (group->table_size - 1);
  for (; group->table[at]; at = (at + 1) & (group->table_size - 1)) {
    const struct share *share = &group->shares[group->table[at] - 1];
    if (share->type == type && strcmp(share->text, text) == 0)
      break;
  }
  return &group->table[at];
}

static void enlarge_table(struct group *group) {
  free(group->table);
  group->table_size = group->table_size ? 2 * group->table_size : 256;
  group->table = calloc(group->table_size, sizeof *group->table);
  if (!group->table)
    abort();
  for (size_t i = 0; i < group->share_count; i++)
    *slot_of(group, group->shares[i].type, group->shares[i].text) = (uint32_t)i + 1;
}

uint32_t share_find(struct group *group, enum share_type type, const char *text) {
  if (2 * (group->share_count + 1) > group->table_size) {
    enlarge_table(group);
    group->shares = share_grow(group->shares, group->table_size / 2, sizeof *group->shares);
  }
  uint32_t *slot = slot_of(group, type, text);
  if (*slot)
    return *slot - 1;
  char *copy = strdup(text);
  if (!copy)
    abort();
  assert(group->share_count < UINT32_MAX);
  group->shares[group->share_count] =
      (struct share){.text = copy, .type = type, .count = type == SHARE_KEY ? SHARE_NO_MEMBER : 0};
  *slot = (uint32_t)++group->share_count;
  return *slot - 1;
}

/* ---- what a finding's key has ---- */

static void add(struct group *group, struct group_member *member, enum share_type type, const char *text) {
  struct share_set *set = &member->sets[type];
  uint32_t number = share_find(group, type, text);
  for (size_t i = 0; i < set->count; i++)
    if (set->numbers[i] == number)
      return;
  if (set->count < GROUP_SHARES_MAX)
    set->numbers[set->count++] = number;
}

/* Function and file, or without a function module and offset, as the key has it.  For free(). */
static char *print_place(const struct frame *frame) {
  char function[FUNCTION_NAME_SIZE], *text = NULL;
  int length;
  function_fold(frame->function, function, sizeof function);
  if (!*function && *frame->module)
    length = asprintf(&text, "%s+0x%" PRIx64, frame->module, frame->offset);
  else
    length = asprintf(&text, "%s%s%s", function, *function && *frame->file ? " " : "", frame->file);
  if (length < 0)
    abort();
  return text;
}

static void add_place(struct group *group, struct group_member *member, enum share_type type,
                      const struct frame *frame) {
  char *text = print_place(frame);
  if (*text)
    add(group, member, type, text);
  free(text);
}

static void add_stack(struct group *group, struct group_member *member, const struct finding_stack *stack) {
  const struct frame *top = stack_top(stack->frames, stack->frame_count);
  if (top)
    add_place(group, member, SHARE_SITE, top);
  for (size_t i = 0; i < stack->frame_count; i++)
    if (stack_classify(&stack->frames[i]) == STACK_APPLICATION)
      add_place(group, member, SHARE_FUNCTION, &stack->frames[i]);
}

/* ---- the memory that it is about, out of the finding's words for it ---- */

/* `..., 16 in` and `..., offset 16`: the offset, and where the words before it end.  UINT64_MAX: there is none. */
static uint64_t offset_in(const char *location, size_t *length) {
  uint64_t offset;
  const char *tail = strrchr(location, ',');
  *length = strlen(location);
  if (!tail)
    return UINT64_MAX;
  int used = 0;
  bool found = sscanf(tail, ", %" SCNu64 " in%n", &offset, &used) == 1 && used > 0 && !tail[used];
  if (!found) {
    used = 0;
    found = sscanf(tail, ", offset %" SCNu64 "%n", &offset, &used) == 1 && used > 0 && !tail[used];
  }
  if (found)
    *length = (size_t)(tail - location);
  return found ? offset : UINT64_MAX;
}

/* The length without a ` of 8 bytes` at the end. */
static size_t without_size(const char *text, size_t length) {
  static const char bytes[] = " bytes";
  size_t at = length;
  if (at < sizeof bytes - 1 || strncmp(text + at - (sizeof bytes - 1), bytes, sizeof bytes - 1) != 0)
    return length;
  at -= sizeof bytes - 1;
  size_t digits = at;
  while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9')
    digits--;
  return digits < at && digits >= 4 && strncmp(text + digits - 4, " of ", 4) == 0 ? digits - 4 : length;
}

static void add_object(struct group *group, struct group_member *member, const char *kind, const char *name,
                       size_t length, uint64_t offset) {
  char *text = NULL, place[32] = "";
  if (offset != UINT64_MAX)
    snprintf(place, sizeof place, " + %" PRIu64, offset);
  if (asprintf(&text, "%s%.*s%s%s", kind, (int)length, name, *kind == 'g' ? "\"" : "", place) < 0)
    abort();
  add(group, member, SHARE_OBJECT, text);
  free(text);
}

static void add_block(struct group *group, struct group_member *member, const struct finding *finding,
                      uint64_t offset) {
  for (size_t i = 0; i < finding->stack_count; i++) {
    const struct finding_stack *stack = &finding->stacks[i];
    const struct frame *top = stack->role == FINDING_ALLOC ? stack_top(stack->frames, stack->frame_count) : NULL;
    if (!top)
      continue;
    char *place = print_place(top);
    if (*place)
      add_object(group, member, "the block of ", place, strlen(place), offset);
    free(place);
    return;
  }
}

static void add_location(struct group *group, struct group_member *member, const struct finding *finding) {
  const char *location = finding->location;
  size_t length;
  uint64_t offset = offset_in(location, &length);
  const char *name = location + strlen("global ");
  if (strncmp(location, "global ", strlen("global ")) == 0) {
    /* Without a name it is `global of 8 bytes`: the size is looked for from the space on. */
    size_t rest = without_size(name - 1, length - strlen("global"));
    if (rest > 1)
      add_object(group, member, "global \"", name, rest - 1, offset);
  } else if (strstr(location, "heap block of ") && offset != UINT64_MAX) {
    add_block(group, member, finding, offset);
  }
}

void share_add_finding(struct group *group, struct group_member *member, const struct finding *finding) {
  for (size_t i = 0; i < finding->stack_count; i++)
    if (finding_role_in_key(finding->stacks[i].role))
      add_stack(group, member, &finding->stacks[i]);
  add_location(group, member, finding);
  share_add_runs(group, member, finding);
}

/* ---- who has it ---- */

static int compare_numbers(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static void count_shares(struct group *group) {
  for (size_t i = 0; i < group->share_count; i++)
    if (group->shares[i].type != SHARE_KEY)
      group->shares[i].count = 0;
  for (size_t i = 0; i < group->member_count; i++)
    for (size_t type = 0; type < SHARE_TYPES; type++) {
      struct share_set *set = &group->members[i].sets[type];
      qsort(set->numbers, set->count, sizeof *set->numbers, compare_numbers);
      for (size_t j = 0; j < set->count; j++)
        group->shares[set->numbers[j]].count++;
    }
}

void share_seal(struct group *group) {
  size_t total = 0;
  if (group->sealed)
    return;
  group->sealed = true;
  count_shares(group);
  share_list_neighbours(group);
  for (size_t i = 0; i < group->share_count; i++) {
    struct share *share = &group->shares[i];
    share->first = total;
    total += share->type == SHARE_KEY ? 0 : share->count;
  }
  group->having = share_grow(group->having, total + 1, sizeof *group->having);
  /* `first` runs ahead while the list is filled, and is set back by what it ran. */
  for (size_t i = 0; i < group->member_count; i++)
    for (size_t type = 0; type < SHARE_TYPES; type++)
      for (size_t j = 0; j < group->members[i].sets[type].count; j++)
        group->having[group->shares[group->members[i].sets[type].numbers[j]].first++] = i;
  for (size_t i = 0; i < group->share_count; i++)
    if (group->shares[i].type != SHARE_KEY)
      group->shares[i].first -= group->shares[i].count;
}
