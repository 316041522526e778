/* gather.c - see gather.h. */
#include "triage/cmd/gather.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "triage/cmd/cmd.h"
#include "triage/cmd/excerpt.h"
#include "triage/cmd/gather_mtbf.h"
#include "triage/cmd/title.h"
#include "triage/finding/interleaving.h"
#include "triage/finding/json.h"
#include "triage/finding/layout.h"
#include "triage/stack/function.h"
#include "triage/stack/normalize.h"

/* Pointers for free(), documents that hold strings, and stacks that were read from these. */
struct gather_memory {
  void **blocks;
  size_t block_count, block_capacity;
  json_t **documents;
  struct finding *findings; /* of each key, for its stacks */
  json_t *texts;            /* of all steps, as the names of its members: few texts, and many steps that say them */
  size_t key_count, key_capacity;
  int64_t *campaign_ids;
  struct report_key *keys;
  struct gathered_mtbf mtbf;
};

struct gathering {
  struct store *store;
  const struct gather_options *options;
  struct gathered *out;
  struct gather_memory *memory;
  struct finding_error *error;
  struct report_key *key; /* being filled */
  struct finding *finding;
};

static void *keep(struct gather_memory *memory, void *block) {
  if (!block)
    abort();
  if (memory->block_count == memory->block_capacity) {
    memory->block_capacity = memory->block_capacity ? 2 * memory->block_capacity : 64;
    void **blocks = realloc(memory->blocks, memory->block_capacity * sizeof *blocks);
    if (!blocks)
      abort();
    memory->blocks = blocks;
  }
  return memory->blocks[memory->block_count++] = block;
}

static const char *keep_text(struct gather_memory *memory, const char *text) {
  return text && *text ? keep(memory, strdup(text)) : "";
}

/* Room for one more element of `size` bytes at the end. */
static void *grow(void *array, size_t count, size_t size) {
  if (count & (count - 1)) /* it grows at powers of two */
    return array;
  void *larger = realloc(array, (count ? 2 * count : 1) * size);
  if (!larger)
    abort();
  return larger;
}

/* ---- campaigns ---- */

static bool note_campaign(void *context, const struct store_campaign *campaign) {
  struct gathering *gathering = context;
  struct gather_memory *memory = gathering->memory;
  struct report *report = &gathering->out->report;
  size_t count = report->campaign_count++;
  struct report_campaign *campaigns = grow((void *)(uintptr_t)report->campaigns, count, sizeof *campaigns);
  memory->campaign_ids = grow(memory->campaign_ids, count, sizeof *memory->campaign_ids);
  memory->campaign_ids[count] = campaign->id;
  campaigns[count] =
      (struct report_campaign){.name = keep_text(memory, campaign->source),
                               .map = keep_text(memory, campaign->map),
                               .flavour = keep_text(memory, *campaign->flavour ? campaign->flavour : "all flavours"),
                               .engine = keep_text(memory, campaign->engine),
                               .ended_s = campaign->updated_s,
                               .exposure = campaign->span};
  report->campaigns = campaigns;
  return true;
}

static size_t campaign_index(const struct gathering *gathering, int64_t id) {
  for (size_t i = 0; i < gathering->out->report.campaign_count; i++)
    if (gathering->memory->campaign_ids[i] == id)
      return i;
  return REPORT_NO_CAMPAIGN;
}

/* ---- keys ---- */

static enum report_state state_of(enum store_state state) {
  static const enum report_state states[STORE_STATE_COUNT] = {
      [STORE_NEW] = REPORT_NEW,     [STORE_INCUBATING] = REPORT_INCUBATING, [STORE_CONFIRMED] = REPORT_CONFIRMED,
      [STORE_FIXED] = REPORT_FIXED, [STORE_REGRESSED] = REPORT_REGRESSED,   [STORE_IGNORED] = REPORT_IGNORED};
  return states[state];
}

static const char *state_note(struct gather_memory *memory, const struct store_key *key) {
  char day[32], text[1024];
  if (key->ignored_until_s == 0)
    return keep_text(memory, key->reason);
  time_t until = (time_t)key->ignored_until_s;
  struct tm broken;
  strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&until, &broken));
  snprintf(text, sizeof text, "until %s: %s", day, key->reason);
  return keep_text(memory, text);
}

static bool note_key(void *context, const struct store_key *key) {
  struct gathering *gathering = context;
  struct gather_memory *memory = gathering->memory;
  size_t count = memory->key_count++;
  memory->keys = grow(memory->keys, count, sizeof *memory->keys);
  memory->keys[count] = (struct report_key){.key = keep_text(memory, key->key),
                                            .kind = keep_text(memory, key->kind),
                                            .oracle = keep_text(memory, key->oracle),
                                            .guarantee = keep_text(memory, key->guarantee),
                                            .state = state_of(key->state),
                                            .state_note = state_note(memory, key),
                                            .title = keep_text(memory, key->message),
                                            .location = keep_text(memory, key->location),
                                            .map = keep_text(memory, key->map),
                                            .count = key->count,
                                            .first = {key->first_seen_s, REPORT_NO_CAMPAIGN, {0}},
                                            .last = {key->last_seen_s, REPORT_NO_CAMPAIGN, {0}},
                                            .failed = (unsigned)key->replays_shown,
                                            .runs = (unsigned)key->replays};
  return true;
}

/* ---- what the occurrences say ---- */

static struct report_moment moment_of(const struct gathering *gathering, const struct store_occurrence *occurrence) {
  return (struct report_moment){occurrence->seen_s, campaign_index(gathering, occurrence->campaign), occurrence->clock};
}

static void note_discovery(struct gathering *gathering, const struct report_moment *moment) {
  struct report_key *key = gathering->key;
  for (size_t i = 0; i < key->discovery_count; i++) {
    struct report_moment *known = (struct report_moment *)(uintptr_t)&key->discoveries[i];
    if (known->campaign != moment->campaign)
      continue;
    bool earlier = moment->clock.known && known->clock.known ? moment->clock.begun.wall_s < known->clock.begun.wall_s
                                                             : moment->time_s < known->time_s;
    if (earlier)
      *known = *moment;
    return;
  }
  struct report_moment *more =
      grow((void *)(uintptr_t)key->discoveries, key->discovery_count, sizeof *key->discoveries);
  more[key->discovery_count++] = *moment;
  key->discoveries = more;
}

static void note_command(struct gathering *gathering, const struct store_occurrence *occurrence) {
  struct gather_memory *memory = gathering->memory;
  char text[PATH_MAX + 64];
  char *quoted = cmd_quote(occurrence->input_path);
  snprintf(text, sizeof text, "%s%s", *occurrence->map ? "make repro CRASH=" : "PROGRAM ", quoted);
  free(quoted);
  gathering->key->command = keep_text(memory, text);
}

/* The folder of a finding's input, with room for a name in it; false where there is none. */
static bool name_folder(const struct store_occurrence *occurrence, char folder[PATH_MAX]) {
  const char *slash = strrchr(occurrence->input_path, '/');
  size_t length = slash ? (size_t)(slash - occurrence->input_path) : 0;
  if (!slash || length + 32 > PATH_MAX)
    return false;
  snprintf(folder, PATH_MAX, "%.*s", (int)length, occurrence->input_path);
  return true;
}

static void note_minimized(struct gathering *gathering, const char *folder) {
  char path[PATH_MAX + 32];
  snprintf(path, sizeof path, "%s/%s", folder, FINDING_MINIMIZED);
  if (access(path, R_OK) == 0)
    gathering->key->minimized = keep_text(gathering->memory, path);
}

/* The one copy of a text that came out of JSON. */
static const char *share(struct gather_memory *memory, const char *text) {
  void *member = json_object_iter_at(memory->texts, text);
  if (!member && json_object_set_new(memory->texts, text, json_true()) < 0)
    abort();
  return json_object_iter_key(member ? member : json_object_iter_at(memory->texts, text));
}

static void take_steps(struct gathering *gathering, const struct finding_interleaving *run) {
  struct gather_memory *memory = gathering->memory;
  if (run->step_count == 0)
    return;
  struct report_step *steps = keep(memory, calloc(run->step_count, sizeof *steps));
  for (size_t i = 0; i < run->step_count; i++) {
    const struct finding_step *step = &run->steps[i];
    steps[i] = (struct report_step){.point = step->point,
                                    .task = step->task,
                                    .switched = i > 0 && step->task != run->steps[i - 1].task,
                                    .racing = step->racing,
                                    .operation = share(memory, step->operation),
                                    .text = share(memory, step->text),
                                    .place = share(memory, step->place)};
  }
  gathering->key->steps = steps;
  gathering->key->step_count = run->step_count;
}

/* The run that failed.  Not every finding has it; of one that cannot be read a line is said, and all else is there. */
static void note_steps(struct gathering *gathering, const char *folder) {
  struct finding_interleaving run;
  struct finding_error error;
  char path[PATH_MAX + 32];
  snprintf(path, sizeof path, "%s/%s", folder, FINDING_INTERLEAVING);
  if (access(path, F_OK) < 0)
    return;
  if (!finding_read_interleaving(folder, &run, &error)) {
    cmd_fail(0, "%s", error.text);
    return;
  }
  take_steps(gathering, &run);
  finding_free_interleaving(&run);
}

/* What lies beside the input, as long as the campaign's folder is there. */
static void note_files(struct gathering *gathering, const struct store_occurrence *occurrence) {
  char folder[PATH_MAX];
  if (*occurrence->input_path)
    note_command(gathering, occurrence);
  if (!name_folder(occurrence, folder))
    return;
  note_minimized(gathering, folder);
  note_steps(gathering, folder);
}

/* Those that are the key's in front: they stand side by side in the report. */
static void order_stacks(struct finding *finding) {
  struct finding_stack ordered[FINDING_STACKS_MAX];
  size_t count = 0;
  for (int in_key = 1; in_key >= 0; in_key--)
    for (size_t i = 0; i < finding->stack_count; i++)
      if (finding_role_in_key(finding->stacks[i].role) == in_key)
        ordered[count++] = finding->stacks[i];
  memcpy(finding->stacks, ordered, count * sizeof *ordered);
}

/* The stacks, out of the finding as it was written down. */
static void note_stacks(struct gathering *gathering, const char *document) {
  const char *where;
  size_t index = (size_t)(gathering->key - gathering->memory->keys);
  json_t *json = json_loads(document, 0, NULL);
  gathering->memory->documents[index] = json;
  if (!json || !finding_from_json(json, gathering->finding, &where))
    return;
  order_stacks(gathering->finding);
  gathering->key->stacks = gathering->finding->stacks;
  gathering->key->stack_count = gathering->finding->stack_count;
}

static bool note_occurrence(void *context, const struct store_occurrence *occurrence) {
  struct gathering *gathering = context;
  struct report_moment moment = moment_of(gathering, occurrence);
  struct report_key *key = gathering->key;
  note_discovery(gathering, &moment);
  if (moment.time_s <= key->first.time_s)
    key->first = moment;
  if (moment.time_s >= key->last.time_s)
    key->last = moment;
  return true;
}

/* Until one has texts. */
static bool note_texts(void *context, const struct store_occurrence *occurrence) {
  struct gathering *gathering = context;
  struct report_key *key = gathering->key;
  if (!*occurrence->document)
    return true;
  key->program = keep_text(gathering->memory, occurrence->program);
  if (!strstr(occurrence->program, occurrence->schedule)) /* our own programs end with it */
    key->schedule = keep_text(gathering->memory, occurrence->schedule);
  note_files(gathering, occurrence);
  note_stacks(gathering, occurrence->document);
  return false;
}

/* ---- titles ---- */

static void note_title(struct gathering *gathering) {
  struct report_key *key = gathering->key;
  char title[TITLE_SIZE];
  if (title_make(key, title))
    key->title = keep_text(gathering->memory, title);
}

/* ---- source lines ---- */

/* One for the site of each stack that is in the key. */
static void note_excerpts(struct gathering *gathering) {
  struct report_key *key = gathering->key;
  struct report_excerpt *excerpts =
      key->stack_count ? keep(gathering->memory, calloc(key->stack_count, sizeof *excerpts)) : NULL;
  for (size_t i = 0; i < key->stack_count; i++) {
    const struct frame *top = stack_top(key->stacks[i].frames, key->stacks[i].frame_count);
    struct excerpt_memory memory;
    if (!top || !excerpt_read(gathering->options->source_root, top, &excerpts[key->excerpt_count], &memory))
      continue;
    key->excerpt_count++;
    void *const blocks[] = {memory.text, memory.lines, memory.missing};
    for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++)
      if (blocks[n])
        keep(gathering->memory, blocks[n]);
  }
  key->excerpts = excerpts;
}

/* ---- bugs ---- */

static const struct report_key *find_key(const struct gather_memory *memory, const char *key) {
  for (size_t i = 0; i < memory->key_count; i++)
    if (strcmp(memory->keys[i].key, key) == 0)
      return &memory->keys[i];
  return NULL;
}

static struct report_bug *add_bug(struct gathering *gathering, const struct report_key *keys, size_t count) {
  struct report *report = &gathering->out->report;
  struct report_bug *bugs = grow((void *)(uintptr_t)report->bugs, report->bug_count, sizeof *bugs);
  struct report_bug *bug = &bugs[report->bug_count++];
  *bug = (struct report_bug){.state = keys[0].state, .keys = keys, .key_count = count};
  report->bugs = bugs;
  return bug;
}

/* Why the keys of a group are one bug. */
struct reasons {
  const char **texts;
  size_t count;
};

struct deciding {
  struct gathering *gathering;
  const struct store_groups *groups;
  struct reasons *reasons; /* of each group */
};

static bool is_cut(const struct store_groups *groups, const struct store_decision *decision) {
  for (size_t i = 0; i < groups->cut_count; i++)
    if (strcmp(groups->cut[i][0], decision->key_a) == 0 && strcmp(groups->cut[i][1], decision->key_b) == 0)
      return true;
  return false;
}

/* `98b6b4d1... and 77aa01c2...: share the site put map.c (0.85)`: the person's words, or what the two share. */
static bool note_reason(void *context, const struct store_decision *decision) {
  struct deciding *deciding = context;
  const struct store_group *group = store_find_group(deciding->groups, decision->key_a);
  char *text = NULL;
  if (decision->verdict != STORE_ACCEPT || !group || store_find_group(deciding->groups, decision->key_b) != group ||
      is_cut(deciding->groups, decision))
    return true;
  if (asprintf(&text, "%s and %s: %s (%.2f)", decision->key_a, decision->key_b,
               *decision->reason ? decision->reason : "so decided", decision->score) < 0)
    abort();
  struct reasons *reasons = &deciding->reasons[group - deciding->groups->groups];
  reasons->texts = grow(reasons->texts, reasons->count, sizeof *reasons->texts);
  reasons->texts[reasons->count++] = keep(deciding->gathering->memory, text);
  return true;
}

/* The keys of a group side by side: a bug's keys are an array. */
static void add_group(struct gathering *gathering, const struct store_group *group, const struct reasons *reasons) {
  struct report_key *keys = keep(gathering->memory, calloc(group->count, sizeof *keys));
  size_t count = 0;
  for (size_t i = 0; i < group->count; i++) {
    const struct report_key *key = find_key(gathering->memory, group->keys[i]);
    if (key)
      keys[count++] = *key;
  }
  if (reasons->texts)
    keep(gathering->memory, reasons->texts);
  if (count == 0)
    return;
  struct report_bug *bug = add_bug(gathering, keys, count);
  bug->reasons = reasons->texts;
  bug->reason_count = reasons->count;
}

static bool add_bugs(struct gathering *gathering) {
  struct store_groups groups;
  if (!store_read_groups(gathering->store, &groups, gathering->error))
    return false;
  struct deciding deciding = {gathering, &groups, calloc(groups.count + 1, sizeof *deciding.reasons)};
  if (!deciding.reasons)
    abort();
  bool good = store_each_decision(gathering->store, note_reason, &deciding, gathering->error);
  for (size_t i = 0; i < groups.count; i++)
    add_group(gathering, &groups.groups[i], &deciding.reasons[i]);
  for (size_t i = 0; i < gathering->memory->key_count; i++)
    if (!store_find_group(&groups, gathering->memory->keys[i].key))
      add_bug(gathering, &gathering->memory->keys[i], 1);
  free(deciding.reasons);
  store_free_groups(&groups);
  return good;
}

static bool fill_keys(struct gathering *gathering) {
  struct gather_memory *memory = gathering->memory;
  memory->documents = calloc(memory->key_count + 1, sizeof *memory->documents);
  memory->findings = calloc(memory->key_count + 1, sizeof *memory->findings);
  memory->texts = json_object();
  if (!memory->documents || !memory->findings || !memory->texts)
    abort();
  for (size_t i = 0; i < memory->key_count; i++) {
    gathering->key = &memory->keys[i];
    gathering->finding = &memory->findings[i];
    const char *key = gathering->key->key;
    if (!store_each_occurrence(gathering->store, key, false, note_occurrence, gathering, gathering->error) ||
        !store_each_occurrence(gathering->store, key, true, note_texts, gathering, gathering->error))
      return false;
    if (gathering->key->discoveries)
      keep(memory, (void *)(uintptr_t)gathering->key->discoveries);
    note_title(gathering);
    note_excerpts(gathering);
  }
  return true;
}

static bool add_estimates(struct gathering *gathering) {
  struct report *report = &gathering->out->report;
  struct gathered_mtbf *mtbf = &gathering->memory->mtbf;
  bool good = gather_mtbf(gathering->store, gathering->options->store_name, report->campaigns, report->campaign_count,
                          mtbf, gathering->error);
  report->mtbf = mtbf->estimates;
  report->mtbf_count = mtbf->count;
  return good;
}

bool gather(struct store *store, const struct gather_options *options, struct gathered *out,
            struct finding_error *error) {
  *out = (struct gathered){.memory = calloc(1, sizeof *out->memory)};
  if (!out->memory)
    abort();
  out->report.version = HEDDLE_VERSION;
  out->report.generated_s = options->now_s;
  struct gathering gathering = {.store = store, .options = options, .out = out, .memory = out->memory, .error = error};
  return store_each_campaign(store, note_campaign, &gathering, error) &&
         store_each_key(store, options->filter, options->now_s, note_key, &gathering, error) && fill_keys(&gathering) &&
         add_bugs(&gathering) && add_estimates(&gathering);
}

void gather_free(struct gathered *gathered) {
  struct gather_memory *memory = gathered->memory;
  for (size_t i = 0; i < memory->block_count; i++)
    free(memory->blocks[i]);
  for (size_t i = 0; i < memory->key_count && memory->documents; i++) {
    if (memory->documents[i])
      finding_free_stacks(&memory->findings[i]);
    json_decref(memory->documents[i]);
  }
  json_decref(memory->texts);
  gather_mtbf_free(&memory->mtbf);
  free(memory->blocks);
  free(memory->documents);
  free(memory->findings);
  free(memory->campaign_ids);
  free(memory->keys);
  free((void *)(uintptr_t)gathered->report.campaigns);
  free((void *)(uintptr_t)gathered->report.bugs);
  free(memory);
}
