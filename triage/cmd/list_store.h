/* list_store.h - `heddle list` of a store: its keys, as a table or as JSON. */
#ifndef HEDDLE_CMD_LIST_STORE_H
#define HEDDLE_CMD_LIST_STORE_H

#include <jansson.h>

#include "triage/cmd/cmd_store.h"

struct list_store {
  struct cmd_store place;
  struct store_filter filter;
  bool json;
  enum text_color_mode color;
};

/* True where the file begins as SQLite's do. */
bool list_store_is(const char *path);

/* Prints; the command's status. */
int list_store(const struct list_store *request);

/* What the store says of a key in one object; a new reference.  Dates are RFC 3339, null where there is none. */
json_t *list_store_key(const struct store_key *key);
json_t *list_store_date(int64_t time_s);

/* The colour of a state. */
const char *list_store_color(enum store_state state, struct text_style style);

/* Prints each line of a text after `indent`, made harmless and not too long. */
void list_store_lines(const char *text, const char *indent);

#endif
