/* json_write.c - from struct finding to JSON (json.h). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/finding/json.h"

json_t *finding_text_to_json(const char *text) {
  if (!text)
    text = "";
  json_t *json = json_string(text);
  if (json)
    return json;
  char *ascii = strdup(text);
  if (!ascii)
    return NULL;
  for (char *byte = ascii; *byte; ++byte)
    if ((unsigned char)*byte >= 0x80)
      *byte = '?';
  json = json_string(ascii);
  free(ascii);
  return json;
}

/* The empty text is null: not known. */
static json_t *known_text_to_json(const char *text) { return text && *text ? finding_text_to_json(text) : json_null(); }

static json_t *hex_to_json(uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%016" PRIx64, value);
  return json_string(text);
}

/* A finding travels: it names the binary, not the folder that it lay in. */
static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static json_t *frame_to_json(const struct frame *frame) {
  char offset[24];
  snprintf(offset, sizeof offset, "0x%" PRIx64, frame->offset);
  return json_pack("{s:o, s:o, s:I, s:I, s:o, s:s}", "function", known_text_to_json(frame->function), "file",
                   known_text_to_json(frame->file), "line", (json_int_t)frame->line, "column",
                   (json_int_t)frame->column, "module", known_text_to_json(base_name(frame->module)), "offset", offset);
}

static json_t *stack_to_json(const struct finding_stack *stack) {
  json_t *frames = json_array();
  for (size_t i = 0; i < stack->frame_count; ++i)
    json_array_append_new(frames, frame_to_json(&stack->frames[i]));
  return json_pack("{s:s, s:o, s:o, s:s?, s:I, s:o}", "role", finding_role_text(stack->role), "task",
                   stack->task < 0 ? json_null() : json_integer(stack->task), "operation",
                   known_text_to_json(stack->operation), "access", finding_access_text(stack->access), "size",
                   (json_int_t)stack->size, "frames", frames);
}

/* What else the run showed. */
static json_t *also_to_json(const struct finding *finding) {
  json_t *keys = json_array();
  for (size_t i = 0; i < finding->also_count; ++i)
    json_array_append_new(keys, json_string(finding->also[i]));
  return keys;
}

static json_t *span_to_json(const struct finding_span *span) {
  return json_pack("{s:I, s:I, s:f, s:f}", "inputs", (json_int_t)span->inputs, "operations",
                   (json_int_t)span->operations, "cpu_s", span->cpu_s, "wall_s", span->wall_s);
}

json_t *finding_clock_to_json(const struct finding_clock *clock, const struct finding_clock *worker) {
  if (!clock->known)
    return json_null();
  json_t *object = span_to_json(&clock->begun);
  json_object_set_new(object, "since_last_failure", span_to_json(&clock->last_failure));
  if (worker && worker->known)
    json_object_set_new(object, "worker", finding_clock_to_json(worker, NULL));
  return object;
}

json_t *finding_to_json(const struct finding *finding) {
  json_t *stacks = json_array(), *snapshot = json_object();
  for (size_t i = 0; i < finding->stack_count; ++i)
    json_array_append_new(stacks, stack_to_json(&finding->stacks[i]));
  for (size_t i = 0; i < finding->number_count; ++i)
    json_object_set_new(snapshot, finding->numbers[i].name, json_integer((json_int_t)finding->numbers[i].value));
  json_t *document = json_pack(
      "{s:i, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "version",
      FINDING_VERSION, "kind", finding_text_to_json(finding->kind), "oracle", finding_text_to_json(finding->oracle),
      "guarantee", known_text_to_json(finding->guarantee), "key", finding->key, "raw", known_text_to_json(finding->raw),
      "message", finding_text_to_json(finding->message), "location", known_text_to_json(finding->location), "stacks",
      stacks, "snapshot", snapshot, "target", finding_text_to_json(finding->target), "map",
      finding_text_to_json(finding->map), "flavour", finding_text_to_json(finding->flavour), "engine",
      finding_text_to_json(finding->engine), "build_id", known_text_to_json(finding->build_id), "digest",
      hex_to_json(finding->digest), "points", (json_int_t)finding->points, "clock",
      finding_clock_to_json(&finding->clock, &finding->worker_clock));
  if (finding->also_known)
    json_object_set_new(document, "also", also_to_json(finding));
  return document;
}
