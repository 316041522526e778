/* ignore.c - `heddle ignore`: puts keys aside until a date. */
#define _XOPEN_SOURCE 700
#include <string.h>
#include <time.h>

#include "triage/cmd/cmd_store.h"

enum { KEY_REASON = 0x100, KEY_UNTIL };

#define DAY_S 86400
#define DAYS 90

static const struct argp_option options[] = {
    {"reason", KEY_REASON, "TEXT", 0, "why (must be given)", 1},
    {"until", KEY_UNTIL, "YYYY-MM-DD", 0, "the day from which it counts again (default: 90 days from now)", 1},
    {0}};

struct request {
  struct cmd_store place;
  const char *reason;
  int64_t until_s;
  struct cmd_words keys;
};

static int64_t parse_day(const struct argp_state *state, const char *text) {
  struct tm day = {0};
  const char *end = strptime(text, "%Y-%m-%d", &day);
  if (!end || *end)
    argp_error(state, "--until=%s: not a day: give it as 2031-12-31", text);
  int64_t until_s = (int64_t)timegm(&day);
  if (until_s <= cmd_now_s())
    argp_error(state, "--until=%s: that day has come: give a later one", text);
  return until_s;
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->place;
    state->child_inputs[1] = &request->keys;
    break;
  case KEY_REASON:
    request->reason = value;
    break;
  case KEY_UNTIL:
    request->until_s = parse_day(state, value);
    break;
  case ARGP_KEY_END:
    if (!request->reason || !*request->reason)
      argp_error(state, "say why: --reason=TEXT");
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

int cmd_ignore(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_store_argp, 0, NULL, 0}, {&cmd_words_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "KEY...",
      .doc =
          "Put keys aside until a day.  What becomes of them goes on beneath, and shows when the day has come."
          "\vExit status: 0 done, 2 no reason or a wrong day, 3 a key or the store is not there (of other keys it is "
          "done).\n\n"
          "Examples:\n"
          "  heddle ignore 98b6b4d1 --until=2031-06-30 --reason='reported upstream'",
      .children = children};
  struct request request = {.keys.what = "KEY", .until_s = cmd_now_s() + (int64_t)DAYS * DAY_S};
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  return cmd_set_states(&request.place, &request.keys, STORE_IGNORED, request.until_s, request.reason);
}
