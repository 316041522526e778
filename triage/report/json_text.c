#include "triage/report/json_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "triage/report/visible.h"

json_t *json_text(const char *text) {
  char *valid = visible_utf8(text);
  json_t *json = valid ? json_string(valid) : NULL;
  free(valid);
  return json;
}

json_t *json_known(const char *text) { return text && *text ? json_text(text) : json_null(); }

/* jansson leaves DEL as it is, which a terminal takes for a command.  It can only stand in a string. */
static int write_ascii(const char *bytes, size_t size, void *out) {
  const char *end = bytes + size;
  while (bytes < end) {
    const char *del = memchr(bytes, 0x7f, (size_t)(end - bytes));
    size_t plain = (size_t)((del ? del : end) - bytes);
    if (fwrite(bytes, 1, plain, out) != plain || (del && fputs("\\u007f", out) < 0))
      return -1;
    bytes += plain + (del != NULL);
  }
  return 0;
}

bool json_write(FILE *out, json_t *value, bool members) {
  if (!value) {
    errno = ENOMEM;
    return false;
  }
  bool written = json_dump_callback(value, write_ascii, out, JSON_ENSURE_ASCII | (members ? JSON_EMBED : 0)) == 0;
  json_decref(value);
  return written;
}
