/* mtbf_source.c - see mtbf_source.h. */
#include "triage/cmd/mtbf_source.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name, *unit, *words;
} clocks[MTBF_CLOCK_COUNT] = {
#define CLOCK(name, text, unit, words) [MTBF_##name] = {text, unit, words},
    MTBF_CLOCKS(CLOCK)
#undef CLOCK
};

static const char *const pers[MTBF_PER_COUNT] = {
    [MTBF_PER_GROUP] = "group", [MTBF_PER_BUG] = "bug", [MTBF_PER_CAMPAIGN] = "campaign"};

const char *mtbf_clock_name(enum mtbf_clock clock) { return clocks[clock].name; }
const char *mtbf_per_name(enum mtbf_per per) { return pers[per]; }

/* ---- out of the store ---- */

struct campaign {
  int64_t id;
  double length; /* exposure */
  double before; /* of the campaigns before it, once all lengths are known */
  double first;  /* failure in it; NAN: none, or none whose time is known */
  double failing;
};

/* One thing whose first time counts: a key, or a group of them. */
struct bug {
  const char *leader;
  struct discovery_sightings seen; /* those whose time is known */
  uint64_t sightings;
};

struct reading {
  const struct mtbf_request *request;
  struct finding_error *error;
  char *map; /* whose campaigns are read; goes to the source */
  bool several;
  struct campaign *campaigns;
  size_t campaign_count;
  struct store_groups groups;
  char (*keys)[KEY_TEXT_SIZE]; /* of the map */
  size_t key_count;
  const char **leaders; /* of each key's group */
  struct bug *bugs;
  size_t bug_count;
};

static void *enlarge(void *array, size_t count, size_t size) {
  if (count & (count - 1)) /* it grows at powers of two */
    return array;
  void *larger = reallocarray(array, count ? 2 * count : 1, size);
  if (!larger)
    abort();
  return larger;
}

static double on_clock(const struct finding_span *span, enum mtbf_clock clock) {
  switch (clock) {
  case MTBF_OPS:
    return (double)span->operations;
  case MTBF_CPU:
    return span->cpu_s;
  case MTBF_WALL:
    return span->wall_s;
  default:
    return (double)span->inputs;
  }
}

static bool is_of_map(const struct reading *reading, const char *map) {
  return !reading->request->map || strcmp(reading->request->map, map) == 0;
}

static bool note_campaign(void *context, const struct store_campaign *campaign) {
  struct reading *reading = context;
  if (!is_of_map(reading, campaign->map))
    return true;
  if (!reading->map)
    reading->map = strdup(campaign->map);
  if (!reading->map)
    abort();
  reading->several |= strcmp(reading->map, campaign->map) != 0;
  reading->campaigns = enlarge(reading->campaigns, reading->campaign_count, sizeof *reading->campaigns);
  reading->campaigns[reading->campaign_count++] =
      (struct campaign){.id = campaign->id,
                        .length = on_clock(&campaign->span, reading->request->clock),
                        .first = NAN,
                        .failing = (double)campaign->failing_inputs};
  return true;
}

static int compare_campaigns(const void *left, const void *right) {
  const struct campaign *a = left, *b = right;
  return (a->id > b->id) - (a->id < b->id);
}

/* One after the other; returns the length of them all. */
static double line_up(struct reading *reading) {
  double before = 0;
  for (size_t i = 0; i < reading->campaign_count; i++) {
    reading->campaigns[i].before = before;
    before += reading->campaigns[i].length;
  }
  return before;
}

static struct campaign *find_campaign(const struct reading *reading, int64_t id) {
  struct campaign sought = {.id = id};
  return reading->campaign_count ? bsearch(&sought, reading->campaigns, reading->campaign_count,
                                           sizeof *reading->campaigns, compare_campaigns)
                                 : NULL;
}

static bool note_key(void *context, const struct store_key *key) {
  struct reading *reading = context;
  reading->keys = enlarge(reading->keys, reading->key_count, sizeof *reading->keys);
  snprintf(reading->keys[reading->key_count++], KEY_TEXT_SIZE, "%s", key->key);
  return true;
}

/* The first key of its group; the key itself where it is in none. */
static const char *leader_of(const struct reading *reading, const char *key) {
  const struct store_group *group =
      reading->request->per == MTBF_PER_GROUP ? store_find_group(&reading->groups, key) : NULL;
  return group ? group->keys[0] : key;
}

static int compare_texts(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A bug for each different leader, sorted. */
static void list_bugs(struct reading *reading) {
  size_t count = reading->key_count;
  reading->leaders = calloc(count + 1, sizeof *reading->leaders);
  reading->bugs = calloc(count + 1, sizeof *reading->bugs);
  if (!reading->leaders || !reading->bugs)
    abort();
  for (size_t i = 0; i < count; i++)
    reading->leaders[i] = leader_of(reading, reading->keys[i]);
  qsort(reading->leaders, count, sizeof *reading->leaders, compare_texts);
  for (size_t i = 0; i < count; i++)
    if (i == 0 || strcmp(reading->leaders[i], reading->leaders[i - 1]) != 0)
      reading->bugs[reading->bug_count++] = (struct bug){reading->leaders[i], {{INFINITY, INFINITY, INFINITY}}, 0};
}

static int compare_bugs(const void *left, const void *right) {
  const struct bug *a = left, *b = right;
  return strcmp(a->leader, b->leader);
}

static struct bug *find_bug(const struct reading *reading, const char *key) {
  struct bug sought = {.leader = leader_of(reading, key)};
  return bsearch(&sought, reading->bugs, reading->bug_count, sizeof *reading->bugs, compare_bugs);
}

/* Of an occurrence, where both are known. */
static struct campaign *campaign_of(const struct reading *reading, const struct store_occurrence *occurrence,
                                    double *at) {
  *at = on_clock(&occurrence->clock.begun, reading->request->clock);
  return occurrence->clock.known ? find_campaign(reading, occurrence->campaign) : NULL;
}

/* A campaign that died told its totals for the last time before its last failure.  fmin passes over NAN. */
static bool note_length(void *context, const struct store_occurrence *occurrence) {
  double at;
  struct campaign *campaign = campaign_of(context, occurrence, &at);
  if (campaign) {
    campaign->first = fmin(campaign->first, at);
    campaign->length = fmax(campaign->length, at);
  }
  return true;
}

static bool note_occurrence(void *context, const struct store_occurrence *occurrence) {
  double at;
  const struct campaign *campaign = campaign_of(context, occurrence, &at);
  struct bug *bug = find_bug(context, occurrence->key);
  assert(bug && "a bug of every key whose occurrences are read");
  if (campaign) {
    discovery_note(&bug->seen, campaign->before + at);
    bug->sightings++;
  }
  return true;
}

static bool each_occurrence(struct reading *reading, struct store *store, store_occurrence_fn fn) {
  bool good = true;
  for (size_t i = 0; good && i < reading->key_count; i++)
    good = store_each_occurrence(store, reading->keys[i], false, fn, reading, reading->error);
  return good;
}

static int compare_numbers(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static void sort_times(struct times_csv *times) {
  if (times->count > 1)
    qsort(times->times, times->count, sizeof *times->times, compare_numbers);
}

/* Those never seen at a known time at the end. */
static int compare_first_sightings(const void *left, const void *right) {
  const struct bug *a = left, *b = right;
  int order = compare_numbers(&a->seen.at[0], &b->seen.at[0]);
  return order ? order : compare_bugs(left, right);
}

static void take_bugs(const struct reading *reading, struct mtbf_source *source) {
  size_t room = reading->bug_count + 1;
  source->times.times = calloc(room, sizeof *source->times.times);
  source->sightings = calloc(room, sizeof *source->sightings);
  source->keys = calloc(room, sizeof *source->keys);
  source->key_texts = calloc(room, sizeof *source->key_texts);
  if (!source->times.times || !source->sightings || !source->keys || !source->key_texts)
    abort();
  source->f1 = source->f2 = 0;
  for (size_t i = 0; i < reading->bug_count && isfinite(reading->bugs[i].seen.at[0]); i++) {
    const struct bug *bug = &reading->bugs[i];
    source->times.times[i] = bug->seen.at[0];
    source->sightings[i] = bug->seen;
    snprintf(source->keys[i], KEY_TEXT_SIZE, "%s", bug->leader);
    source->key_texts[i] = source->keys[i];
    source->f1 += bug->sightings == 1;
    source->f2 += bug->sightings == 2;
    source->times.count++;
  }
  source->untimed = reading->bug_count - source->times.count;
}

static void take_begins(const struct reading *reading, struct mtbf_source *source) {
  source->begin_count = reading->campaign_count - 1;
  source->begins = calloc(reading->campaign_count, sizeof *source->begins);
  if (!source->begins)
    abort();
  for (size_t i = 0; i < source->begin_count; i++)
    source->begins[i] = reading->campaigns[i + 1].before;
}

static void take_arrivals(const struct reading *reading, struct mtbf_source *source) {
  if (reading->bug_count > 1)
    qsort(reading->bugs, reading->bug_count, sizeof *reading->bugs, compare_first_sightings);
  take_bugs(reading, source);
  take_begins(reading, source);
  const struct campaign *last = &reading->campaigns[reading->campaign_count - 1];
  source->end = last->before + last->length;
}

static void take_lives(const struct reading *reading, struct mtbf_source *source) {
  source->times.times = calloc(reading->campaign_count, sizeof *source->times.times);
  source->times.events = calloc(reading->campaign_count, sizeof *source->times.events);
  if (!source->times.times || !source->times.events)
    abort();
  for (size_t i = 0; i < reading->campaign_count; i++) {
    const struct campaign *campaign = &reading->campaigns[i];
    source->times.events[i] = !isnan(campaign->first);
    source->times.times[i] = isnan(campaign->first) ? campaign->length : campaign->first;
  }
  source->times.count = reading->campaign_count;
}

static void describe(const struct reading *reading, struct mtbf_source *source) {
  static const char *const subjects[MTBF_PER_COUNT] = {
      [MTBF_PER_GROUP] = "new bugs of %s: the first time of each group, or key in none",
      [MTBF_PER_BUG] = "new keys of %s: the first time of each",
      [MTBF_PER_CAMPAIGN] = "campaigns of %s: each until its first failure",
  };
  const char *format = subjects[reading->request->per], *mark = strstr(format, "%s");
  if (asprintf(&source->subject, "%.*s%s%s", (int)(mark - format), format, reading->map, mark + 2) < 0)
    abort();
  source->unit = clocks[reading->request->clock].unit;
  source->clock = clocks[reading->request->clock].words;
  source->workload = "a coverage-guided fuzzer's, which is no user's";
  source->event = "new bugs";
  source->unit_kind = "campaigns";
  source->failing = 0;
  for (size_t i = 0; i < reading->campaign_count; i++)
    source->failing += reading->campaigns[i].failing;
}

static bool read_store(struct reading *reading, struct store *store) {
  struct store_filter filter = {0};
  if (!store_each_campaign(store, note_campaign, reading, reading->error))
    return false;
  if (reading->campaign_count == 0 || reading->several) {
    snprintf(reading->error->text, sizeof reading->error->text,
             reading->several        ? "several maps have campaigns in the store, one is %.64s: say which with --map"
             : reading->request->map ? "no campaign of %.64s in the store: `heddle ingest` the --out of one"
                                     : "%sno campaign in the store: `heddle ingest` the --out of one, or give --data",
             reading->several        ? reading->map
             : reading->request->map ? reading->request->map
                                     : "");
    return false;
  }
  filter.map = reading->map;
  if (reading->campaign_count > 1)
    qsort(reading->campaigns, reading->campaign_count, sizeof *reading->campaigns, compare_campaigns);
  if (!store_read_groups(store, &reading->groups, reading->error) ||
      !store_each_key(store, &filter, cmd_now_s(), note_key, reading, reading->error))
    return false;
  list_bugs(reading);
  if (!each_occurrence(reading, store, note_length))
    return false;
  if (line_up(reading) > 0)
    return each_occurrence(reading, store, note_occurrence);
  snprintf(reading->error->text, sizeof reading->error->text,
           "the campaigns of %.64s have run nothing on the clock `%s`: give another --clock", reading->map,
           mtbf_clock_name(reading->request->clock));
  return false;
}

bool mtbf_source_from_store(struct store *store, const struct mtbf_request *request, struct mtbf_source *source,
                            struct finding_error *error) {
  struct reading reading = {.request = request, .error = error};
  *source = (struct mtbf_source){.arrived = request->per != MTBF_PER_CAMPAIGN, .f1 = NAN, .f2 = NAN, .end = NAN};
  bool good = read_store(&reading, store);
  if (good) {
    source->arrived ? take_arrivals(&reading, source) : take_lives(&reading, source);
    describe(&reading, source);
    source->map = reading.map;
    reading.map = NULL;
  }
  store_free_groups(&reading.groups);
  free(reading.campaigns);
  free(reading.keys);
  free(reading.leaders);
  free(reading.bugs);
  free(reading.map);
  return good;
}

/* ---- out of a file ---- */

/* What there is to estimate from, or why not and what to do. */
static const char *what_is_missing(const struct mtbf_source *source, char text[128]) {
  const struct times_csv *times = &source->times;
  double last = times->count > 0 ? times->times[times->count - 1] : NAN;
  text[0] = '\0';
  if (!source->arrived)
    return times->count > 0 ? NULL : "no times in it: give a line for each unit";
  if (last > source->end) {
    snprintf(text, 128, "an event at %g, after --end=%g: give the time at which watching ended", last, source->end);
    return text;
  }
  if (isnan(source->end) && !(last > 0))
    return "no event after time 0: give one, or with --end=T until when none came";
  return NULL;
}

bool mtbf_source_from_file(const char *path, enum times_csv_kind kind, double end, struct mtbf_source *source,
                           struct finding_error *error) {
  bool is_stdin = strcmp(path, "-") == 0;
  const char *name = is_stdin ? "stdin" : path;
  *source =
      (struct mtbf_source){.arrived = kind == TIMES_CSV_ARRIVALS, .end = end, .f1 = NAN, .f2 = NAN, .failing = NAN};
  FILE *in = is_stdin ? stdin : fopen(path, "r");
  if (!in) {
    snprintf(error->text, sizeof error->text, "%s: %s: give a CSV file", path, strerror(errno));
    return false;
  }
  bool good = times_csv_read(in, name, kind, &source->times, error);
  if (!is_stdin)
    fclose(in);
  if (!good)
    return false;
  if (source->arrived)
    sort_times(&source->times);
  char text[128];
  const char *missing = what_is_missing(source, text);
  if (missing) {
    snprintf(error->text, sizeof error->text, "%s: %s", name, missing);
    times_csv_free(&source->times);
    return false;
  }
  source->unit = "units of time";
  source->clock = "the file's own";
  source->workload = "the file's own";
  source->event = "events";
  source->unit_kind = "units";
  source->subject =
      strdup(source->arrived ? "events of one thing, one after the other" : "units, each until it failed");
  if (!source->subject)
    abort();
  return true;
}

void mtbf_source_free(struct mtbf_source *source) {
  times_csv_free(&source->times);
  free(source->sightings);
  free(source->keys);
  free(source->key_texts);
  free(source->begins);
  free(source->subject);
  free(source->map);
}

void mtbf_source_estimate(const struct mtbf_source *source, double confidence, struct estimate *estimate,
                          struct mtbf *mtbf) {
  const struct times_csv *times = &source->times;
  struct arrivals arrivals = {times->times, times->count, isnan(source->end) ? ARRIVALS_FAILURE : ARRIVALS_TIME,
                              source->end};
  struct times lives = {.time = times->times, .event = times->events, .count = times->counts, .n = times->count};
  *estimate = source->arrived ? estimate_arrivals(&arrivals, source->f1, source->f2, confidence)
                              : estimate_lives(&lives, confidence);
  *mtbf = (struct mtbf){.estimate = estimate,
                        .map = source->map,
                        .subject = source->subject,
                        .unit = source->unit,
                        .clock = source->clock,
                        .workload = source->workload,
                        .event = source->event,
                        .unit_kind = source->unit_kind,
                        .failing = source->failing,
                        .arrivals = source->arrived ? arrivals : (struct arrivals){0},
                        .lives = source->arrived ? (struct times){0} : lives,
                        .sightings = source->sightings,
                        .keys = source->key_texts,
                        .begins = source->begins,
                        .begin_count = source->begin_count};
}
