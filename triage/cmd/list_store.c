/* list_store.c - see list_store.h. */
#include "triage/cmd/list_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/report/json_text.h"
#include "triage/report/visible.h"
#include "triage/report/words.h"

#define LINE_COLUMNS 300

enum { KIND = 24, STATE = 10, SEEN = 9 }; /* columns */

bool list_store_is(const char *path) {
  static const char magic[] = "SQLite format 3"; /* and its '\0' */
  char begin[sizeof magic];
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  bool is =
      fd >= 0 && read(fd, begin, sizeof begin) == (ssize_t)sizeof begin && memcmp(begin, magic, sizeof begin) == 0;
  if (fd >= 0)
    close(fd);
  return is;
}

json_t *list_store_date(int64_t time_s) {
  char text[WORDS_SIZE];
  return json_known(words_timestamp(time_s, text));
}

/* One a line in, an array out. */
static json_t *sites_array(const char *sites) {
  json_t *array = json_array();
  while (*sites) {
    size_t length = strcspn(sites, "\n");
    char *site = strndup(sites, length);
    if (!site)
      abort();
    json_array_append_new(array, json_text(site));
    free(site);
    sites += length + (sites[length] == '\n');
  }
  return array;
}

static json_t *replays(const struct store_key *key) {
  if (key->replayed_s == 0)
    return json_null();
  return json_pack("{s:I, s:I, s:o}", "shown", (json_int_t)key->replays_shown, "runs", (json_int_t)key->replays, "at",
                   list_store_date(key->replayed_s));
}

json_t *list_store_key(const struct store_key *key) {
  json_t *json =
      json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "key", json_text(key->key), "kind",
                json_text(key->kind), "state", store_state_text(key->state), "beneath", store_state_text(key->beneath),
                "state_since", list_store_date(key->state_since_s), "ignored_until",
                list_store_date(key->ignored_until_s), "reason", json_known(key->reason), "count",
                (json_int_t)key->count, "first_seen", list_store_date(key->first_seen_s), "last_seen",
                list_store_date(key->last_seen_s), "replays", replays(key), "sites", sites_array(key->sites));
  const struct {
    const char *name, *text;
  } texts[] = {{"oracle", key->oracle},     {"guarantee", key->guarantee}, {"message", key->message},
               {"location", key->location}, {"target", key->target},       {"map", key->map},
               {"flavour", key->flavour},   {"engine", key->engine},       {"build_id", key->build_id}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
    json_object_set_new(json, texts[i].name, json_known(texts[i].text));
  return json;
}

const char *list_store_color(enum store_state state, struct text_style style) {
  switch (state) {
  case STORE_NEW:
  case STORE_REGRESSED:
    return style.red;
  case STORE_INCUBATING:
  case STORE_CONFIRMED:
    return style.yellow;
  case STORE_FIXED:
    return style.green;
  default:
    return style.dim;
  }
}

void list_store_lines(const char *text, const char *indent) {
  char shown[4 * LINE_COLUMNS];
  while (*text) {
    size_t length = strcspn(text, "\n");
    char *line = strndup(text, length);
    if (!line)
      abort();
    visible_cut(line, LINE_COLUMNS, shown, sizeof shown);
    printf("%s%s\n", indent, shown);
    free(line);
    text += length + (text[length] == '\n');
  }
}

struct listing {
  const struct list_store *request;
  struct text_style style;
  size_t count;
};

static void print_row(const struct listing *listing, const struct store_key *key) {
  struct text_style style = listing->style;
  char kind[8 * KIND], seen[TEXT_SIZE], first[WORDS_SIZE];
  size_t columns = visible_cut(key->kind, KIND, kind, sizeof kind);
  printf("%s%s%s  %s%s%s%*s  %s%-*s%s  %*s  %s\n", style.bold, key->key, style.end, style.red, kind, style.end,
         (int)(KIND - columns), "", list_store_color(key->state, style), STATE, store_state_text(key->state), style.end,
         SEEN, text_count(key->count, seen), words_date(key->first_seen_s, first));
  list_store_lines(key->sites, "  ");
}

static bool print_key(void *context, const struct store_key *key) {
  struct listing *listing = context;
  if (listing->request->json) {
    fputs(listing->count ? ",\n" : "\n", stdout);
    json_write(stdout, list_store_key(key), false);
  } else {
    if (listing->count == 0)
      printf("%s%-16s  %-*s  %-*s  %*s  FIRST SEEN%s\n", listing->style.dim, "KEY", KIND, "KIND", STATE, "STATE", SEEN,
             "SEEN", listing->style.end);
    print_row(listing, key);
  }
  ++listing->count;
  return !ferror(stdout);
}

int list_store(const struct list_store *request) {
  struct listing listing = {request, text_style(text_use_color(stdout, request->color)), 0};
  struct finding_error error;
  int status;
  struct store *store = cmd_open_store(&request->place, STORE_READ, &status);
  if (!store)
    return status;
  if (request->json)
    putchar('[');
  if (!store_each_key(store, &request->filter, cmd_now_s(), print_key, &listing, &error))
    status = cmd_fail(CMD_UNREADABLE, "%s", error.text);
  if (request->json)
    fputs(listing.count ? "\n]\n" : "]\n", stdout);
  else if (listing.count == 0 && !status)
    printf("no such findings in %s\n", request->place.path);
  store_close(store);
  return status;
}
