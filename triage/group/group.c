/* group.c - see group.h. */
#include "triage/group/group.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/group/group_share.h"

struct group *group_open(void) {
  struct group *group = calloc(1, sizeof *group);
  if (!group)
    abort();
  return group;
}

void group_close(struct group *group) {
  if (!group)
    return;
  for (size_t i = 0; i < group->member_count; i++)
    free(group->members[i].kind);
  for (size_t i = 0; i < group->share_count; i++)
    free(group->shares[i].text);
  free(group->members);
  free(group->shares);
  free(group->table);
  free(group->having);
  free(group->neighbours);
  free(group->neighbour_members);
  free(group);
}

/* A member of its own for a key that has none yet. */
static void add_member(struct group *group, uint32_t number, const struct finding *finding) {
  size_t members = group->member_count;
  if ((members & (members - 1)) == 0) /* it grows at powers of two */
    group->members = share_grow(group->members, members ? 2 * members : 1, sizeof *group->members);
  struct group_member *member = &group->members[members];
  *member = (struct group_member){.kind = strdup(finding->kind), .number = number};
  if (!member->kind)
    abort();
  snprintf(member->key, sizeof member->key, "%s", finding->key);
  group->shares[number].count = group->member_count++;
}

size_t group_add(struct group *group, const struct finding *finding) {
  uint32_t number = share_find(group, SHARE_KEY, finding->key);
  if (group->shares[number].count == SHARE_NO_MEMBER)
    add_member(group, number, finding);
  size_t member = group->shares[number].count;
  group->sealed = false;
  share_add_finding(group, &group->members[member], finding);
  return member;
}

size_t group_count(const struct group *group) { return group->member_count; }

const char *group_key(const struct group *group, size_t number) {
  assert(number < group->member_count);
  return group->members[number].key;
}

size_t group_shares(const struct group *group, size_t number, const char *texts[GROUP_TOLD_MAX], size_t *objects) {
  assert(number < group->member_count);
  const struct share_set *sets = group->members[number].sets;
  size_t count = 0;
  for (size_t i = 0; i < sets[SHARE_OBJECT].count; i++)
    texts[count++] = group->shares[sets[SHARE_OBJECT].numbers[i]].text;
  *objects = count;
  for (size_t i = 0; i < sets[SHARE_SITE].count; i++)
    texts[count++] = group->shares[sets[SHARE_SITE].numbers[i]].text;
  return count;
}

/* ---- what two have in common ---- */

struct common {
  size_t shared, either;      /* how many both have, and how many at least one has */
  const struct share *rarest; /* of the shared ones; among equals the first by its text */
};

static struct common common_of(const struct group *group, const struct share_set *a, const struct share_set *b) {
  struct common common = {.either = a->count + b->count};
  for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
    if (a->numbers[i] != b->numbers[j]) {
      a->numbers[i] < b->numbers[j] ? i++ : j++;
      continue;
    }
    const struct share *share = &group->shares[a->numbers[i]], *rarest = common.rarest;
    if (!rarest || share->count < rarest->count ||
        (share->count == rarest->count && strcmp(share->text, rarest->text) < 0))
      common.rarest = share;
    common.shared++;
    common.either--;
    i++;
    j++;
  }
  return common;
}

/* How much of a hint is left where that many keys share it. */
static double weight_of(const struct share *share) {
  return share->count <= GROUP_COMMON ? 1 : (double)GROUP_COMMON / (double)share->count;
}

struct runs {
  size_t times, told; /* so many runs of one of the two showed the other, of so many that say what else they showed */
};

/* Of the two that whose runs show the other more surely.  A key without a site is a kind and nothing else: it comes
 * with every bug of any map, and would join them all. */
static struct runs runs_of(const struct group_member *a, const struct group_member *b) {
  if (a->sets[SHARE_SITE].count == 0 || b->sets[SHARE_SITE].count == 0)
    return (struct runs){0};
  struct runs one = {share_times(a, b), a->runs.told}, other = {share_times(b, a), b->runs.told};
  return other.times * (one.told + 1) > one.times * (other.told + 1) ? other : one;
}

struct hints {
  struct common common[SHARE_TYPES];
  struct runs runs;
  double parts[SHARE_TYPES + 1]; /* the last one: of runs */
  bool other_kind;
};

static struct hints hints_of(const struct group *group, size_t a, size_t b) {
  const struct group_member *first = &group->members[a], *second = &group->members[b];
  struct hints hints = {.other_kind = strcmp(first->kind, second->kind) != 0};
  for (size_t i = 0; i < SHARE_TYPES; i++)
    hints.common[i] = common_of(group, &first->sets[i], &second->sets[i]);
  const struct common *object = &hints.common[SHARE_OBJECT], *sites = &hints.common[SHARE_SITE],
                      *functions = &hints.common[SHARE_FUNCTION];
  double left = first->runs.told > 0 && second->runs.told > 0 ? GROUP_TOLD : 1;
  if (object->shared > 0)
    hints.parts[SHARE_OBJECT] = left * GROUP_OBJECT * weight_of(object->rarest);
  if (sites->shared > 0)
    hints.parts[SHARE_SITE] = left * GROUP_SITES * weight_of(sites->rarest) * 2 * (double)sites->shared /
                              (double)(sites->either + sites->shared);
  if (functions->shared > 1)
    hints.parts[SHARE_FUNCTION] =
        left * GROUP_FUNCTIONS * weight_of(functions->rarest) * (double)functions->shared / (double)functions->either;
  hints.runs = runs_of(first, second);
  hints.parts[SHARE_TYPES] = GROUP_RUNS * (double)hints.runs.times / (double)(hints.runs.told + 1);
  return hints;
}

static double score_of(const struct hints *hints) {
  double miss = 1;
  for (size_t i = 0; i <= SHARE_TYPES; i++)
    miss *= 1 - hints->parts[i];
  return (1 - miss) * (hints->other_kind ? GROUP_OTHER_KIND : 1);
}

double group_score(struct group *group, size_t a, size_t b) {
  assert(a < group->member_count && b < group->member_count);
  share_seal(group);
  struct hints hints = hints_of(group, a, b);
  return score_of(&hints);
}

/* ---- all pairs ---- */

struct search {
  struct group *group;
  double least;
  size_t *met; /* by key: the last one whose partners it was looked at for, + 1 */
  struct group_pair *pairs;
  size_t count;
};

static void consider(struct search *search, size_t a, size_t b) {
  if (search->met[b] == a + 1)
    return;
  search->met[b] = a + 1;
  double score = group_score(search->group, a, b);
  if (score < search->least)
    return;
  if ((search->count & (search->count - 1)) == 0)
    search->pairs = share_grow(search->pairs, search->count ? 2 * search->count : 1, sizeof *search->pairs);
  bool ordered = strcmp(group_key(search->group, a), group_key(search->group, b)) < 0;
  search->pairs[search->count++] = (struct group_pair){ordered ? a : b, ordered ? b : a, score};
}

static void find_partners(struct search *search, size_t a) {
  const struct group *group = search->group;
  for (size_t type = 0; type < SHARE_TYPES; type++)
    for (size_t i = 0; i < group->members[a].sets[type].count; i++) {
      const struct share *share = &group->shares[group->members[a].sets[type].numbers[i]];
      if (share->count > GROUP_CROWD)
        continue;
      for (size_t j = 0; j < share->count; j++)
        if (group->having[share->first + j] > a)
          consider(search, a, group->having[share->first + j]);
    }
  const struct share_neighbours *neighbours = &group->neighbours[a];
  for (size_t i = 0; i < neighbours->count; i++)
    if (group->neighbour_members[neighbours->first + i] > a)
      consider(search, a, group->neighbour_members[neighbours->first + i]);
}

static int compare_pairs(const void *left, const void *right, void *context) {
  const struct group_pair *a = left, *b = right;
  const struct group *group = context;
  if (a->score != b->score)
    return a->score < b->score ? 1 : -1;
  int order = strcmp(group_key(group, a->a), group_key(group, b->a));
  return order ? order : strcmp(group_key(group, a->b), group_key(group, b->b));
}

struct group_pair *group_pairs(struct group *group, double least, size_t *count) {
  struct search search = {.group = group, .least = least < GROUP_LEAST_EVER ? GROUP_LEAST_EVER : least};
  share_seal(group);
  search.met = calloc(group->member_count + 1, sizeof *search.met);
  if (!search.met)
    abort();
  for (size_t i = 0; i < group->member_count; i++)
    find_partners(&search, i);
  free(search.met);
  if (search.count > 1)
    qsort_r(search.pairs, search.count, sizeof *search.pairs, compare_pairs, group);
  *count = search.count;
  return search.pairs;
}

/* ---- in words ---- */

__attribute__((format(printf, 1, 2))) static char *words(const char *format, ...) {
  char *text = NULL;
  va_list values;
  va_start(values, format);
  if (vasprintf(&text, format, values) < 0)
    abort();
  va_end(values);
  return text;
}

/* ` (as do 40 keys)` where that many have it that it counts less. */
static const char *crowd(const struct share *share, char text[64]) {
  *text = '\0';
  if (share->count > GROUP_COMMON)
    snprintf(text, 64, " (as do %zu keys)", share->count);
  return text;
}

size_t group_reasons(struct group *group, const struct group_pair *pair, char *reasons[GROUP_REASONS_MAX]) {
  size_t count = 0;
  char many[64];
  share_seal(group);
  struct hints hints = hints_of(group, pair->a, pair->b);
  const struct common *object = &hints.common[SHARE_OBJECT], *sites = &hints.common[SHARE_SITE],
                      *functions = &hints.common[SHARE_FUNCTION];
  if (object->shared > 0)
    reasons[count++] = words("both touch %s%s", object->rarest->text, crowd(object->rarest, many));
  if (sites->shared == 1)
    reasons[count++] = words("share the site %s%s", sites->rarest->text, crowd(sites->rarest, many));
  else if (sites->shared > 1)
    reasons[count++] =
        words("share %zu sites, among them %s%s", sites->shared, sites->rarest->text, crowd(sites->rarest, many));
  if (functions->shared > 1)
    reasons[count++] = words("stacks alike: %zu of %zu functions%s", functions->shared, functions->either,
                             crowd(functions->rarest, many));
  if (hints.runs.times > 0)
    reasons[count++] = words("%zu of %zu runs that show one show the other too", hints.runs.times, hints.runs.told);
  if (hints.other_kind)
    reasons[count++] =
        words("though one is %s and one is %s", group->members[pair->a].kind, group->members[pair->b].kind);
  return count;
}
