#include "triage/report/json_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "triage/report/visible.h"

json_t *json_text(const char *text) {
  char *valid = visible_utf8(text);
  json_t *json = valid ? json_string(valid) : NULL;
  free(valid);
  return json;
}

json_t *json_known(const char *text) { return text && *text ? json_text(text) : json_null(); }

bool json_write(FILE *out, json_t *value, bool members) {
  if (!value) {
    errno = ENOMEM;
    return false;
  }
  bool written = json_dumpf(value, out, JSON_ENSURE_ASCII | (members ? JSON_EMBED : 0)) == 0;
  json_decref(value);
  return written;
}
