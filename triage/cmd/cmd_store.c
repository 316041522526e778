/* cmd_store.c - see cmd_store.h. */
#include "triage/cmd/cmd_store.h"

#include <string.h>
#include <time.h>

enum { KEY_STORE = 0x500 };

static const struct argp_option options[] = {
    {"store", KEY_STORE, "FILE", 0, "the store (default: " CMD_STORE_DEFAULT ")", 2}, {0}};

static error_t parse(int key, char *value, struct argp_state *state) {
  struct cmd_store *place = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    place->path = CMD_STORE_DEFAULT;
    break;
  case KEY_STORE:
    place->path = value;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

const struct argp cmd_store_argp = {.options = options, .parser = parse};

struct store *cmd_open_store(const struct cmd_store *place, enum store_mode mode, int *status) {
  struct finding_error error;
  struct store *store = store_open(place->path, mode, &error);
  *status = CMD_OK;
  if (!store)
    *status = cmd_fail(mode == STORE_CREATE ? CMD_USAGE : CMD_UNREADABLE, "%s", error.text);
  return store;
}

struct search {
  char key[KEY_TEXT_SIZE];
  unsigned count;
};

static bool note_key(void *context, const struct store_key *key) {
  struct search *search = context;
  snprintf(search->key, sizeof search->key, "%s", key->key);
  return ++search->count < 2;
}

bool cmd_find_key(struct store *store, const char *digits, char key[KEY_TEXT_SIZE]) {
  struct search search = {.count = 0};
  struct finding_error error;
  size_t length = strlen(digits);
  if (length == 0 || length >= KEY_TEXT_SIZE || strspn(digits, "0123456789abcdef") != length)
    return cmd_fail(0, "%s: not a key: give some of its 16 hexadecimal digits (heddle list --store)", digits), false;
  struct store_filter filter = {.key = digits};
  if (!store_each_key(store, &filter, cmd_now_s(), note_key, &search, &error))
    return cmd_fail(0, "%s", error.text), false;
  if (search.count == 0)
    return cmd_fail(0, "%s: no such key in the store: `heddle list --store` has them", digits), false;
  if (search.count > 1)
    return cmd_fail(0, "%s: several keys begin so: give more digits", digits), false;
  memcpy(key, search.key, KEY_TEXT_SIZE);
  return true;
}

static int set_state(struct store *store, const char *digits, enum store_state state, int64_t until_s,
                     const char *reason) {
  char key[KEY_TEXT_SIZE];
  struct finding_error error;
  if (!cmd_find_key(store, digits, key))
    return CMD_UNREADABLE;
  if (!store_set_state(store, key, state, until_s, reason, cmd_now_s(), &error))
    return cmd_fail(CMD_UNREADABLE, "%s", error.text);
  printf("%s: %s\n", key, store_state_text(state));
  return CMD_OK;
}

int cmd_set_states(const struct cmd_store *place, const struct cmd_words *keys, enum store_state state, int64_t until_s,
                   const char *reason) {
  int status;
  struct store *store = cmd_open_store(place, STORE_WRITE, &status);
  for (size_t i = 0; store && i < keys->count; i++) {
    int problem = set_state(store, keys->texts[i], state, until_s, reason);
    status = problem ? problem : status;
  }
  store_close(store);
  return status;
}

int64_t cmd_now_s(void) { return (int64_t)time(NULL); }
