/* store_state.c - how a key stands, and how that changes. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "triage/store/store_internal.h"

static const char *const state_texts[STORE_STATE_COUNT] = {
#define STATE(name, text) text,
    STORE_STATES(STATE)
#undef STATE
};

const char *store_state_text(enum store_state state) {
  assert(state >= 0 && state < STORE_STATE_COUNT);
  return state_texts[state];
}

bool store_state_parse(const char *text, enum store_state *state) {
  for (int i = 0; i < STORE_STATE_COUNT; ++i)
    if (strcmp(text, state_texts[i]) == 0) {
      *state = (enum store_state)i;
      return true;
    }
  return false;
}

bool store_find_standing(struct store *store, const char *key, struct store_standing *standing,
                         struct finding_error *error) {
  *standing = (struct store_standing){0};
  struct cursor cursor =
      cursor_open(store, SLOT_FIND_FINDING, "SELECT id, texts, state_since_s, state FROM finding WHERE key = ?");
  cursor_bind_text(&cursor, key);
  if (cursor_step(&cursor)) {
    standing->id = cursor_take_integer(&cursor);
    standing->texts = (uint64_t)cursor_take_integer(&cursor);
    standing->since_s = cursor_take_integer(&cursor);
    standing->state = cursor_take_state(&cursor);
  }
  return cursor_close(&cursor, error);
}

static bool add_change(struct store *store, const struct store_standing *standing, enum store_state state,
                       int64_t until_s, const char *reason, int64_t now_s, struct finding_error *error) {
  struct cursor cursor = cursor_open(
      store, SLOT_ADD_CHANGE,
      "INSERT INTO change (finding, changed_s, state_before, state_after, until_s, reason) VALUES (?, ?, ?, ?, ?, ?)");
  cursor_bind_integer(&cursor, standing->id);
  cursor_bind_integer(&cursor, now_s);
  cursor_bind_text(&cursor, store_state_text(standing->state));
  cursor_bind_text(&cursor, store_state_text(state));
  if (until_s)
    cursor_bind_integer(&cursor, until_s);
  else
    cursor_bind_null(&cursor);
  cursor_bind_text(&cursor, reason);
  return cursor_run(&cursor, error);
}

bool store_change_state(struct store *store, const struct store_standing *standing, enum store_state state,
                        const char *reason, int64_t now_s, struct finding_error *error) {
  struct cursor cursor = cursor_open(store, SLOT_SET_STATE,
                                     "UPDATE finding SET state = ?2, state_since_s = ?3, state_reason = ?4"
                                     " WHERE id = ?1");
  cursor_bind_integer(&cursor, standing->id);
  cursor_bind_text(&cursor, store_state_text(state));
  cursor_bind_integer(&cursor, now_s);
  cursor_bind_text(&cursor, reason);
  return cursor_run(&cursor, error) && add_change(store, standing, state, 0, reason, now_s, error);
}

/* `until_s` 0 ends it. */
static bool set_ignored(struct store *store, int64_t finding, int64_t until_s, const char *reason,
                        struct finding_error *error) {
  struct cursor cursor = cursor_open(
      store, SLOT_NONE, "UPDATE finding SET ignored_until_s = nullif(?2, 0), ignored_reason = ?3 WHERE id = ?1");
  cursor_bind_integer(&cursor, finding);
  cursor_bind_integer(&cursor, until_s);
  cursor_bind_text(&cursor, reason);
  return cursor_run(&cursor, error);
}

/* The key's row, which must be there. */
static bool demand_standing(struct store *store, const char *key, struct store_standing *standing,
                            struct finding_error *error) {
  assert(key_valid(key) && "a key of 16 digits");
  if (!store_find_standing(store, key, standing, error))
    return false;
  if (standing->id == 0)
    snprintf(error->text, sizeof error->text, "no such key: %s in %.700s: see `heddle list`", key, store->path);
  return standing->id != 0;
}

static bool may_ignore(const char *key, int64_t until_s, const char *reason, int64_t now_s,
                       struct finding_error *error) {
  bool reasoned = reason && *reason;
  if (reasoned && until_s > now_s)
    return true;
  snprintf(error->text, sizeof error->text, "cannot ignore %s: %s", key,
           reasoned ? "that date has passed: give a later one" : "no reason is given: say why");
  return false;
}

bool store_set_state(struct store *store, const char *key, enum store_state state, int64_t until_s, const char *reason,
                     int64_t now_s, struct finding_error *error) {
  struct store_standing standing;
  if (state == STORE_IGNORED && !may_ignore(key, until_s, reason, now_s, error))
    return false;
  assert((state == STORE_IGNORED || until_s == 0) && "only what is ignored has an end");
  if (!store_enter(store, error))
    return false;
  bool ok = demand_standing(store, key, &standing, error) && set_ignored(store, standing.id, until_s, "", error);
  if (ok && state == STORE_IGNORED)
    ok = set_ignored(store, standing.id, until_s, reason, error) &&
         add_change(store, &standing, state, until_s, reason, now_s, error);
  else if (ok)
    ok = store_change_state(store, &standing, state, reason, now_s, error);
  return store_leave(store, ok, error);
}

/* What a confirmation makes of a state. */
static enum store_state after_replays(enum store_state state, uint64_t shown) {
  switch (state) {
  case STORE_NEW:
  case STORE_INCUBATING:
    return shown ? STORE_CONFIRMED : STORE_INCUBATING;
  case STORE_FIXED:
    return shown ? STORE_REGRESSED : STORE_FIXED;
  default:
    return state;
  }
}

static bool note_replays(struct store *store, int64_t finding, uint64_t shown, uint64_t replays, int64_t now_s,
                         struct finding_error *error) {
  struct cursor cursor = cursor_open(
      store, SLOT_NONE, "UPDATE finding SET replays_shown = ?2, replays = ?3, replayed_s = ?4 WHERE id = ?1");
  cursor_bind_integer(&cursor, finding);
  cursor_bind_integer(&cursor, (int64_t)shown);
  cursor_bind_integer(&cursor, (int64_t)replays);
  cursor_bind_integer(&cursor, now_s);
  return cursor_run(&cursor, error);
}

bool store_confirm(struct store *store, const char *key, uint64_t shown, uint64_t replays, int64_t now_s,
                   struct finding_error *error) {
  struct store_standing standing;
  assert(replays >= 1 && shown <= replays && "so many of so many");
  if (!store_enter(store, error))
    return false;
  bool ok =
      demand_standing(store, key, &standing, error) && note_replays(store, standing.id, shown, replays, now_s, error);
  enum store_state state = after_replays(standing.state, shown);
  if (ok && state != standing.state) {
    char reason[96];
    snprintf(reason, sizeof reason, "%llu of %llu replays showed it", (unsigned long long)shown,
             (unsigned long long)replays);
    ok = store_change_state(store, &standing, state, reason, now_s, error);
  }
  return store_leave(store, ok, error);
}
