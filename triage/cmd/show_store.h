/* show_store.h - `heddle show` of a key: everything that the store knows of it. */
#ifndef HEDDLE_CMD_SHOW_STORE_H
#define HEDDLE_CMD_SHOW_STORE_H

#include "triage/cmd/cmd_store.h"

struct show_store {
  struct cmd_store place;
  const char *digits; /* of the key */
  bool json;
  enum text_color_mode color;
};

/* Prints; the command's status. */
int show_store(const struct show_store *request);

#endif
