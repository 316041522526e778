/* totals.c - see totals.h. */
#include "triage/cmd/totals.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "triage/cmd/cmd_store.h"
#include "triage/finding/layout.h"

#define CAMPAIGN_LIMIT ((size_t)64 << 20)

/* A campaign that the store has. */
struct campaign {
  char *out, *map;
  int64_t id;
  bool found; /* it has findings */
};

struct totals {
  struct store *store;
  char out[PATH_MAX]; /* whose campaign.json `json` is; "" at first */
  json_t *json;       /* NULL: there is none to be used */
  struct campaign *campaigns;
  size_t count;
};

struct totals *totals_open(struct store *store) {
  struct totals *totals = calloc(1, sizeof *totals);
  if (!totals)
    abort();
  totals->store = store;
  return totals;
}

void totals_close(struct totals *totals) {
  if (!totals)
    return;
  for (size_t i = 0; i < totals->count; i++) {
    free(totals->campaigns[i].out);
    free(totals->campaigns[i].map);
  }
  free(totals->campaigns);
  json_decref(totals->json);
  free(totals);
}

/* ---- campaign.json ---- */

static json_t *maps_of(const struct totals *totals) { return json_object_get(totals->json, "maps"); }

static void read_out(struct totals *totals, const char *out) {
  char path[PATH_MAX + 32];
  size_t size;
  if (strcmp(totals->out, out) == 0)
    return;
  json_decref(totals->json);
  snprintf(totals->out, sizeof totals->out, "%s", out);
  snprintf(path, sizeof path, "%s/" FINDING_CAMPAIGN, out);
  char *text = files_read(path, CAMPAIGN_LIMIT, &size);
  totals->json = text ? json_loadb(text, size, 0, NULL) : NULL;
  free(text);
}

/* Counts and times are never negative; what is no number counts as 0. */
static uint64_t count_of(const json_t *object, const char *name) {
  json_int_t count = json_integer_value(json_object_get(object, name));
  return count > 0 ? (uint64_t)count : 0;
}

static double seconds_of(const json_t *object, const char *name) {
  return fmax(0, json_number_value(json_object_get(object, name)));
}

/* ---- the store ---- */

static struct campaign *find(const struct totals *totals, const char *out, const char *map) {
  for (size_t i = totals->count; i-- > 0;) /* the last ones are those asked for */
    if (strcmp(totals->campaigns[i].map, map) == 0 && strcmp(totals->campaigns[i].out, out) == 0)
      return &totals->campaigns[i];
  return NULL;
}

static struct campaign *add(struct totals *totals, const char *out, const char *map, int64_t id) {
  struct campaign *larger = reallocarray(totals->campaigns, totals->count + 1, sizeof *larger);
  struct campaign campaign = {strdup(out), strdup(map), id, false};
  if (!larger || !campaign.out || !campaign.map)
    abort();
  totals->campaigns = larger;
  larger[totals->count] = campaign;
  return &larger[totals->count++];
}

/* NULL: the store did not take it. */
static struct campaign *put(struct totals *totals, const char *map, const json_t *figures,
                            struct finding_error *error) {
  struct campaign *known = find(totals, totals->out, map);
  const json_t *last = json_object_get(figures, "last_failure_s");
  int64_t id;
  struct store_campaign campaign = {.source = totals->out,
                                    .map = map,
                                    .flavour = "", /* over all flavours */
                                    .engine = FINDING_ENGINE,
                                    .sessions = count_of(figures, "sessions"),
                                    .failing_inputs = count_of(figures, "failing_inputs"),
                                    .span = {count_of(figures, "inputs"), count_of(figures, "operations"),
                                             seconds_of(figures, "cpu_s"), seconds_of(figures, "wall_s")},
                                    .last_failure_s = json_is_number(last) ? json_number_value(last) : -1};
  if (known)
    return known;
  if (!store_put_campaign(totals->store, &campaign, cmd_now_s(), &id, error))
    return NULL;
  return add(totals, totals->out, map, id);
}

enum totals_result totals_put_all(struct totals *totals, const char *out, struct finding_error *error) {
  const char *map;
  json_t *figures;
  read_out(totals, out);
  if (!json_is_object(maps_of(totals)))
    return TOTALS_NONE;
  json_object_foreach(maps_of(totals), map, figures) {
    if (!put(totals, map, figures, error))
      return TOTALS_FAILED;
  }
  return TOTALS_TAKEN;
}

enum totals_result totals_put(struct totals *totals, const char *out, const char *map, int64_t *id,
                              struct finding_error *error) {
  *id = 0;
  read_out(totals, out);
  const json_t *figures = json_object_get(maps_of(totals), map);
  if (!figures)
    return TOTALS_NONE;
  struct campaign *campaign = put(totals, map, figures, error);
  if (!campaign)
    return TOTALS_FAILED;
  campaign->found = true;
  *id = campaign->id;
  return TOTALS_TAKEN;
}

size_t totals_without_findings(const struct totals *totals) {
  size_t count = 0;
  for (size_t i = 0; i < totals->count; i++)
    count += !totals->campaigns[i].found;
  return count;
}
