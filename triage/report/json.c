/* json.c - the report as report.schema.json has it: a line a bug, of which one at a time is in memory. */
#include <inttypes.h>
#include <stdlib.h>

#include "triage/finding/json.h"
#include "triage/report/json_text.h"
#include "triage/report/words.h"

static json_t *date(int64_t time_s) {
  char text[WORDS_SIZE];
  return json_known(words_timestamp(time_s, text));
}

static json_t *span(const struct finding_span *span) {
  return json_pack("{s:I, s:I, s:f, s:f}", "inputs", (json_int_t)span->inputs, "operations",
                   (json_int_t)span->operations, "cpu_s", span->cpu_s, "wall_s", span->wall_s);
}

static json_t *frame(const struct frame *frame) {
  char offset[24];
  snprintf(offset, sizeof offset, "0x%" PRIx64, frame->offset);
  return json_pack("{s:o, s:o, s:I, s:I, s:o, s:s}", "function", json_known(frame->function), "file",
                   json_known(frame->file), "line", (json_int_t)frame->line, "column", (json_int_t)frame->column,
                   "module", json_known(frame->module), "offset", offset);
}

static json_t *stack(const struct finding_stack *stack) {
  json_t *frames = json_array();
  for (size_t i = 0; i < stack->frame_count; ++i)
    json_array_append_new(frames, frame(&stack->frames[i]));
  return json_pack("{s:s, s:o, s:o, s:s?, s:I, s:o}", "role", finding_role_text(stack->role), "task",
                   stack->task < 0 ? json_null() : json_integer(stack->task), "operation", json_known(stack->operation),
                   "access", finding_access_text(stack->access), "size", (json_int_t)stack->size, "frames", frames);
}

static json_t *moment(const struct report_moment *moment) {
  return json_pack("{s:o, s:o, s:o}", "date", date(moment->time_s), "campaign",
                   moment->campaign == REPORT_NO_CAMPAIGN ? json_null() : json_integer((json_int_t)moment->campaign),
                   "clock", finding_clock_to_json(&moment->clock, NULL));
}

static json_t *excerpt(const struct report_excerpt *excerpt) {
  json_t *lines = json_array();
  for (size_t i = 0; i < excerpt->line_count; ++i)
    json_array_append_new(lines, json_text(excerpt->lines[i]));
  return json_pack("{s:o, s:I, s:I, s:o, s:o}", "file", json_text(excerpt->file), "line", (json_int_t)excerpt->line,
                   "first_line", (json_int_t)excerpt->first_line, "lines", lines, "missing",
                   json_known(excerpt->missing));
}

static json_t *steps(const struct report_key *key) {
  if (!key->steps)
    return json_null();
  json_t *array = json_array();
  for (size_t i = 0; i < key->step_count; ++i) {
    const struct report_step *step = &key->steps[i];
    json_array_append_new(array, json_pack("{s:I, s:i, s:b, s:b, s:o, s:o, s:o}", "point", (json_int_t)step->point,
                                           "task", step->task, "switched", step->switched, "racing", step->racing,
                                           "operation", json_known(step->operation), "text", json_text(step->text),
                                           "place", json_known(step->place)));
  }
  return array;
}

static json_t *key_to_json(const struct report_key *key) {
  json_t *stacks = json_array(), *discoveries = json_array(), *excerpts = json_array();
  for (size_t i = 0; i < key->stack_count; ++i)
    json_array_append_new(stacks, stack(&key->stacks[i]));
  for (size_t i = 0; i < key->discovery_count; ++i)
    json_array_append_new(discoveries, moment(&key->discoveries[i]));
  for (size_t i = 0; i < key->excerpt_count; ++i)
    json_array_append_new(excerpts, excerpt(&key->excerpts[i]));
  json_t *confirmed = key->runs > 0
                          ? json_pack("{s:I, s:I}", "failed", (json_int_t)key->failed, "runs", (json_int_t)key->runs)
                          : json_null();
  return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
                   "s:o, s:o}",
                   "key", json_text(key->key), "kind", json_text(key->kind), "oracle", json_known(key->oracle),
                   "guarantee", json_known(key->guarantee), "state", report_state_text(key->state), "note",
                   json_known(key->state_note), "title", json_known(key->title), "location", json_known(key->location),
                   "map", json_known(key->map), "count", (json_int_t)key->count, "first", moment(&key->first), "last",
                   moment(&key->last), "discoveries", discoveries, "confirmed", confirmed, "stacks", stacks, "excerpts",
                   excerpts, "program", json_known(key->program), "schedule", json_known(key->schedule), "minimized",
                   json_known(key->minimized), "command", json_known(key->command), "steps", steps(key));
}

static json_t *bug_to_json(const struct report_bug *bug) {
  json_t *keys = json_array(), *reasons = json_array();
  for (size_t i = 0; i < bug->key_count; ++i)
    json_array_append_new(keys, key_to_json(&bug->keys[i]));
  for (size_t i = 0; i < bug->reason_count; ++i)
    json_array_append_new(reasons, json_text(bug->reasons[i]));
  return json_pack("{s:o, s:s, s:o, s:o}", "title", json_text(words_title(bug)), "state", report_state_text(bug->state),
                   "reasons", reasons, "keys", keys);
}

static json_t *campaign_to_json(const struct report_campaign *campaign) {
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_known(campaign->name), "map",
                   json_known(campaign->map), "target", json_known(campaign->target), "flavour",
                   json_known(campaign->flavour), "engine", json_known(campaign->engine), "build_id",
                   json_known(campaign->build_id), "begun", date(campaign->begun_s), "ended", date(campaign->ended_s),
                   "exposure", span(&campaign->exposure));
}

bool report_write_json(FILE *out, const struct report *report) {
  json_t *campaigns = json_array(), *estimates = json_array();
  for (size_t i = 0; i < report->mtbf_count; ++i)
    json_array_append_new(estimates, json_mtbf(&report->mtbf[i]));
  for (size_t i = 0; i < report->campaign_count; ++i)
    json_array_append_new(campaigns, campaign_to_json(&report->campaigns[i]));
  json_t *head = json_pack("{s:i, s:{s:s, s:o}, s:o, s:o, s:o, s:o}", "version", REPORT_VERSION, "tool", "name",
                           "heddle", "version", json_text(report->version), "title", json_known(report->title),
                           "generated", date(report->generated_s), "campaigns", campaigns, "mtbf", estimates);
  fputc('{', out);
  bool written = json_write(out, head, true);
  fputs(", \"bugs\": [", out);
  for (size_t i = 0; written && i < report->bug_count; ++i) {
    fputs(i > 0 ? ",\n" : "\n", out);
    written = json_write(out, bug_to_json(&report->bugs[i]), false);
  }
  fputs("\n]}\n", out);
  return written && fflush(out) == 0 && !ferror(out);
}
