/* store_group.c - decisions, and the groups that follow from them. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/store/store_internal.h"

static const char *const verdict_texts[STORE_VERDICT_COUNT] = {
#define VERDICT(name, text) text,
    STORE_VERDICTS(VERDICT)
#undef VERDICT
};

const char *store_verdict_text(enum store_verdict verdict) {
  assert(verdict >= 0 && verdict < STORE_VERDICT_COUNT);
  return verdict_texts[verdict];
}

bool store_decide(struct store *store, const struct store_decision *decision, struct finding_error *error) {
  int order = strcmp(decision->key_a, decision->key_b);
  assert(key_valid(decision->key_a) && key_valid(decision->key_b) && order != 0 && "two keys");
  assert(isfinite(decision->score));
  if (!store_enter(store, error))
    return false;
  struct cursor cursor = cursor_open(
      store, SLOT_NONE,
      "INSERT OR REPLACE INTO decision (key_a, key_b, verdict, reason, score, decided_s) VALUES (?, ?, ?, ?, ?, ?)");
  cursor_bind_text(&cursor, order < 0 ? decision->key_a : decision->key_b);
  cursor_bind_text(&cursor, order < 0 ? decision->key_b : decision->key_a);
  cursor_bind_text(&cursor, store_verdict_text(decision->verdict));
  cursor_bind_text(&cursor, decision->reason);
  cursor_bind_real(&cursor, decision->score);
  cursor_bind_integer(&cursor, decision->decided_s);
  return store_leave(store, cursor_run(&cursor, error), error);
}

static void take_keys(struct cursor *cursor, char a[KEY_TEXT_SIZE], char b[KEY_TEXT_SIZE]) {
  snprintf(a, KEY_TEXT_SIZE, "%s", cursor_take_key(cursor));
  snprintf(b, KEY_TEXT_SIZE, "%s", cursor_take_key(cursor));
  if (strcmp(a, b) >= 0)
    cursor->status = SQLITE_CORRUPT;
}

static enum store_verdict take_verdict(struct cursor *cursor) {
  const char *text = cursor_take_text(cursor);
  for (int i = 0; i < STORE_VERDICT_COUNT; ++i)
    if (strcmp(text, verdict_texts[i]) == 0)
      return (enum store_verdict)i;
  cursor->status = SQLITE_CORRUPT;
  return STORE_REJECT;
}

bool store_each_decision(struct store *store, store_decision_fn fn, void *context, struct finding_error *error) {
  struct cursor cursor = cursor_open(
      store, SLOT_NONE, "SELECT key_a, key_b, verdict, reason, score, decided_s FROM decision ORDER BY key_a, key_b");
  while (cursor_step(&cursor)) {
    struct store_decision decision;
    take_keys(&cursor, decision.key_a, decision.key_b);
    decision.verdict = take_verdict(&cursor);
    decision.reason = cursor_take_text(&cursor);
    decision.score = cursor_take_real(&cursor);
    decision.decided_s = cursor_take_integer(&cursor);
    if (cursor.status != SQLITE_ROW || !fn(context, &decision))
      break;
  }
  return cursor_close(&cursor, error);
}

/* ------------------------------------------------------------------------------------------------------------ groups
 */

/* Pairs of keys, and the same as places in the sorted keys. */
struct pairs {
  char (*keys)[2][KEY_TEXT_SIZE];
  size_t (*places)[2];
  size_t count, capacity;
};

/* Kruskal's walk over the accepted pairs, which leaves out those that would join what is split. */
struct forest {
  struct pairs accepted, split;
  char (*keys)[KEY_TEXT_SIZE]; /* of the accepted pairs, sorted, each once */
  size_t key_count;
  size_t *parents, *order;
};

static bool add_pair(struct pairs *pairs, struct cursor *cursor) {
  if (pairs->count == pairs->capacity) {
    size_t capacity = pairs->capacity ? 2 * pairs->capacity : 64;
    void *grown = realloc(pairs->keys, capacity * sizeof *pairs->keys);
    if (!grown)
      return false;
    pairs->keys = grown;
    pairs->capacity = capacity;
  }
  take_keys(cursor, pairs->keys[pairs->count][0], pairs->keys[pairs->count][1]);
  ++pairs->count;
  return true;
}

static bool read_pairs(struct store *store, enum store_verdict verdict, struct pairs *pairs,
                       struct finding_error *error) {
  struct cursor cursor = cursor_open(store, SLOT_NONE,
                                     "SELECT key_a, key_b FROM decision WHERE verdict = ?"
                                     " ORDER BY score DESC, decided_s, key_a, key_b");
  cursor_bind_text(&cursor, store_verdict_text(verdict));
  while (cursor_step(&cursor))
    if (!add_pair(pairs, &cursor)) {
      cursor.status = SQLITE_NOMEM;
      break;
    }
  return cursor_close(&cursor, error);
}

static int compare_keys(const void *a, const void *b) { return strcmp(a, b); }

static size_t place_of(const struct forest *forest, const char *key) {
  const char (*found)[KEY_TEXT_SIZE] =
      bsearch(key, forest->keys, forest->key_count, sizeof *forest->keys, compare_keys);
  return found ? (size_t)(found - forest->keys) : SIZE_MAX;
}

static bool place_pairs(const struct forest *forest, struct pairs *pairs) {
  pairs->places = calloc(pairs->count + 1, sizeof *pairs->places);
  for (size_t i = 0; pairs->places && i < pairs->count; ++i)
    for (int side = 0; side < 2; ++side)
      pairs->places[i][side] = place_of(forest, pairs->keys[i][side]);
  return pairs->places != NULL;
}

static bool plant(struct forest *forest) {
  size_t most = 2 * forest->accepted.count, used = 0;
  forest->keys = calloc(most + 1, sizeof *forest->keys);
  forest->parents = calloc(most + 1, sizeof *forest->parents);
  forest->order = calloc(most + 1, sizeof *forest->order);
  if (!forest->keys || !forest->parents || !forest->order)
    return false;
  if (most)
    memcpy(forest->keys, forest->accepted.keys, most * sizeof *forest->keys);
  qsort(forest->keys, most, sizeof *forest->keys, compare_keys);
  for (size_t i = 0; i < most; ++i)
    if (used == 0 || strcmp(forest->keys[used - 1], forest->keys[i]) != 0)
      memmove(forest->keys[used++], forest->keys[i], KEY_TEXT_SIZE);
  forest->key_count = used;
  for (size_t i = 0; i < used; ++i)
    forest->parents[i] = forest->order[i] = i;
  return place_pairs(forest, &forest->accepted) && place_pairs(forest, &forest->split);
}

static size_t root_of(struct forest *forest, size_t place) {
  while (forest->parents[place] != place)
    place = forest->parents[place] = forest->parents[forest->parents[place]];
  return place;
}

static bool is_split(struct forest *forest, size_t root_a, size_t root_b) {
  for (size_t i = 0; i < forest->split.count; ++i) {
    const size_t *places = forest->split.places[i];
    if (places[0] == SIZE_MAX || places[1] == SIZE_MAX)
      continue;
    size_t a = root_of(forest, places[0]), b = root_of(forest, places[1]);
    if ((a == root_a && b == root_b) || (a == root_b && b == root_a))
      return true;
  }
  return false;
}

/* A root is the first key of its tree.  What does not count goes to groups->cut. */
static void join(struct forest *forest, struct store_groups *groups) {
  for (size_t i = 0; i < forest->accepted.count; ++i) {
    size_t a = root_of(forest, forest->accepted.places[i][0]), b = root_of(forest, forest->accepted.places[i][1]);
    if (a == b)
      continue;
    if (is_split(forest, a, b))
      memcpy(groups->cut[groups->cut_count++], forest->accepted.keys[i], sizeof *groups->cut);
    else
      forest->parents[a < b ? b : a] = a < b ? a : b;
  }
}

static int compare_places(const void *a, const void *b, void *context) {
  struct forest *forest = context;
  size_t x = *(const size_t *)a, y = *(const size_t *)b, root_x = root_of(forest, x), root_y = root_of(forest, y);
  if (root_x != root_y)
    return root_x < root_y ? -1 : 1;
  return x < y ? -1 : x > y;
}

/* Copies each tree of two keys and more. */
static void gather(struct forest *forest, struct store_groups *groups) {
  size_t used = 0;
  qsort_r(forest->order, forest->key_count, sizeof *forest->order, compare_places, forest);
  for (size_t i = 0, end; i < forest->key_count; i = end) {
    size_t root = root_of(forest, forest->order[i]);
    for (end = i; end < forest->key_count && root_of(forest, forest->order[end]) == root; ++end)
      memcpy(groups->keys[used + end - i], forest->keys[forest->order[end]], KEY_TEXT_SIZE);
    if (end - i < 2)
      continue;
    groups->groups[groups->count++] =
        (struct store_group){(const char (*)[KEY_TEXT_SIZE])(groups->keys + used), end - i};
    used += end - i;
  }
}

static int compare_pairs(const void *a, const void *b) {
  const char (*x)[KEY_TEXT_SIZE] = a, (*y)[KEY_TEXT_SIZE] = b;
  int order = strcmp(x[0], y[0]);
  return order ? order : strcmp(x[1], y[1]);
}

static bool grow(struct forest *forest, struct store_groups *groups) {
  if (!plant(forest))
    return false;
  groups->keys = calloc(forest->key_count + 1, sizeof *groups->keys);
  groups->groups = calloc(forest->key_count / 2 + 1, sizeof *groups->groups);
  groups->cut = calloc(forest->accepted.count + 1, sizeof *groups->cut);
  if (!groups->keys || !groups->groups || !groups->cut)
    return false;
  join(forest, groups);
  gather(forest, groups);
  qsort(groups->cut, groups->cut_count, sizeof *groups->cut, compare_pairs);
  return true;
}

bool store_read_groups(struct store *store, struct store_groups *groups, struct finding_error *error) {
  struct forest forest = {0};
  *groups = (struct store_groups){0};
  bool ok = read_pairs(store, STORE_ACCEPT, &forest.accepted, error) &&
            read_pairs(store, STORE_SPLIT, &forest.split, error) &&
            (grow(&forest, groups) || store_fail(store, SQLITE_NOMEM, error));
  free(forest.accepted.keys);
  free(forest.accepted.places);
  free(forest.split.keys);
  free(forest.split.places);
  free(forest.keys);
  free(forest.parents);
  free(forest.order);
  if (!ok)
    store_free_groups(groups);
  return ok;
}

void store_free_groups(struct store_groups *groups) {
  free(groups->groups);
  free(groups->keys);
  free(groups->cut);
  *groups = (struct store_groups){0};
}

static int compare_group(const void *key, const void *member) { return strcmp(key, member); }

const struct store_group *store_find_group(const struct store_groups *groups, const char *key) {
  for (size_t i = 0; i < groups->count; ++i)
    if (bsearch(key, groups->groups[i].keys, groups->groups[i].count, KEY_TEXT_SIZE, compare_group))
      return &groups->groups[i];
  return NULL;
}
