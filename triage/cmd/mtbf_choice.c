/* mtbf_choice.c - see mtbf_choice.h. */
#include "triage/cmd/mtbf_choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_DATA = 0x600, KEY_ARRIVALS, KEY_END, KEY_MAP };

static const struct argp_option options[] = {
    {"data", KEY_DATA, "FILE", 0,
     "times out of a CSV file (- is stdin): time,event[,count]; event is 1 for a failure at that time, 0 where it had "
     "not failed by then",
     1},
    {"arrivals", KEY_ARRIVALS, 0, 0,
     "with --data: the file has the times at which one thing failed, again and again: a column `time`", 1},
    {"end", KEY_END, "T", 0, "with --arrivals: watched until then (default: until the last event)", 1},
    {"map", KEY_MAP, "NAME", 0, "of the store: this map's campaigns (default: the only map there is)", 2},
    {0}};

double mtbf_choice_real(const struct argp_state *state, const char *option, const char *text) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !isfinite(value) || value <= 0)
    argp_error(state, "%s=%s: give a number above 0", option, text);
  return value;
}

double mtbf_choice_confidence(const struct argp_state *state, const char *text) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !(value > 0 && value < 1))
    argp_error(state, "--confidence=%s: give a number between 0 and 1, as .95", text);
  return value;
}

static void check(const struct argp_state *state, const struct mtbf_choice *choice) {
  bool of_store = choice->map || strcmp(choice->place.path, CMD_STORE_DEFAULT) != 0;
  if (!choice->data && (choice->arrivals || !isnan(choice->end)))
    argp_error(state, "--arrivals and --end go with --data");
  if (!isnan(choice->end) && !choice->arrivals)
    argp_error(state, "--end goes with --arrivals");
  if (choice->data && of_store)
    argp_error(state, "--store and --map are of the store: leave them out, or --data");
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct mtbf_choice *choice = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    *choice = (struct mtbf_choice){.end = NAN};
    state->child_inputs[0] = &choice->place;
    break;
  case KEY_DATA:
  case ARGP_KEY_ARG:
    if (choice->data)
      argp_error(state, "%s: one file at a time", value);
    choice->data = value;
    break;
  case KEY_ARRIVALS:
    choice->arrivals = true;
    break;
  case KEY_END:
    choice->end = mtbf_choice_real(state, "--end", value);
    break;
  case KEY_MAP:
    choice->map = value;
    break;
  case ARGP_KEY_END:
    check(state, choice);
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static const struct argp_child children[] = {{&cmd_store_argp, 0, NULL, 0}, {0}};
const struct argp mtbf_choice_argp = {.options = options, .parser = parse, .children = children};

bool mtbf_choice_take(const struct mtbf_choice *choice, enum mtbf_clock clock, enum mtbf_per per,
                      struct mtbf_source *source, int *status) {
  struct mtbf_request request = {choice->map, clock, per};
  struct finding_error error;
  bool good;
  if (choice->data) {
    good = mtbf_source_from_file(choice->data, choice->arrivals ? TIMES_CSV_ARRIVALS : TIMES_CSV_LIVES, choice->end,
                                 source, &error);
  } else {
    struct store *store = cmd_open_store(&choice->place, STORE_READ, status);
    if (!store)
      return false;
    good = mtbf_source_from_store(store, &request, source, &error);
    store_close(store);
  }
  if (!good)
    *status = cmd_fail(CMD_UNREADABLE, "%s", error.text);
  return good;
}

const char *mtbf_choice_name(const struct mtbf_choice *choice) {
  if (!choice->data)
    return choice->place.path;
  return strcmp(choice->data, "-") == 0 ? "stdin" : choice->data;
}
