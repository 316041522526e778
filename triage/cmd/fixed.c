/* fixed.c - `heddle fixed`: says of keys that they are fixed. */
#include "triage/cmd/cmd_store.h"

enum { KEY_REASON = 0x100 };

static const struct argp_option options[] = {{"reason", KEY_REASON, "TEXT", 0, "what fixed it, as a commit", 1}, {0}};

struct request {
  struct cmd_store place;
  const char *reason;
  struct cmd_words keys;
};

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
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

int cmd_fixed(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_store_argp, 0, NULL, 0}, {&cmd_words_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "KEY...",
      .doc =
          "Say that keys are fixed.  One that is met again afterwards counts as regressed.  Some digits of a key will "
          "do."
          "\vExit status: 0 said, 3 a key or the store is not there (of other keys it is said).\n\n"
          "Examples:\n"
          "  heddle fixed 98b6b4d1 --reason='lock taken before the size is read'",
      .children = children};
  struct request request = {.keys.what = "KEY", .reason = ""};
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  return cmd_set_states(&request.place, &request.keys, STORE_FIXED, 0, request.reason);
}
