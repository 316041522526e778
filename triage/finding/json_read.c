/* json_read.c - from JSON to struct finding (json.h).  Strict: a member that is missing or of the wrong type is an
 * error, one that is not known is let pass. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "triage/finding/json.h"

/* What is being read, for the error: the first member that failed stays in `where`. */
struct reading {
  const json_t *object;
  const char *where;
};

static const json_t *member(struct reading *reading, const char *name, bool (*fits)(const json_t *)) {
  const json_t *value = json_object_get(reading->object, name);
  if (value && fits(value))
    return value;
  if (!reading->where)
    reading->where = name;
  return NULL;
}

static bool is_text(const json_t *value) { return json_is_string(value); }
static bool is_text_or_null(const json_t *value) { return is_text(value) || json_is_null(value); }
static bool is_integer(const json_t *value) { return json_is_integer(value); }
static bool is_integer_or_null(const json_t *value) { return is_integer(value) || json_is_null(value); }
static bool is_number(const json_t *value) {
  json_type type = json_typeof(value);
  return type == JSON_INTEGER || type == JSON_REAL;
}
static bool is_array(const json_t *value) { return json_is_array(value); }
static bool is_object(const json_t *value) { return json_is_object(value); }

static const char *text(struct reading *reading, const char *name) {
  const json_t *value = member(reading, name, is_text);
  return value ? json_string_value(value) : "";
}

static const char *text_or_null(struct reading *reading, const char *name) {
  const json_t *value = member(reading, name, is_text_or_null);
  const char *own = json_string_value(value); /* NULL for null too */
  return own ? own : "";
}

static json_int_t integer(struct reading *reading, const char *name) {
  return json_integer_value(member(reading, name, is_integer));
}

/* From 0 to `most`. */
static json_int_t ranged(struct reading *reading, const char *name, json_int_t most) {
  json_int_t value = integer(reading, name);
  if (value >= 0 && value <= most)
    return value;
  if (!reading->where)
    reading->where = name;
  return 0;
}

static double number(struct reading *reading, const char *name) {
  return json_number_value(member(reading, name, is_number));
}

/* A hexadecimal number in a string, with or without 0x. */
static uint64_t hex(struct reading *reading, const char *name) {
  const char *digits = text(reading, name);
  char *end = NULL;
  errno = 0;
  uint64_t value = strtoull(digits, &end, 16);
  if ((errno || end == digits || *end || *digits == '-') && !reading->where)
    reading->where = name;
  return value;
}

static void copy_key(struct reading *reading, const char *name, const char *value, char key[KEY_TEXT_SIZE]) {
  if (key_valid(value))
    memcpy(key, value, KEY_TEXT_SIZE);
  else if (!reading->where)
    reading->where = name;
}

static void read_frame(struct reading *reading, const json_t *json, struct frame *frame) {
  reading->object = json;
  frame->function = text_or_null(reading, "function");
  frame->file = text_or_null(reading, "file");
  frame->line = (uint32_t)ranged(reading, "line", UINT32_MAX);
  frame->column = (uint32_t)ranged(reading, "column", UINT32_MAX);
  frame->module = text_or_null(reading, "module");
  frame->offset = hex(reading, "offset");
}

static void read_frames(struct reading *reading, struct finding_stack *stack) {
  const json_t *list = member(reading, "frames", is_array);
  size_t count = json_array_size(list);
  if (count == 0)
    return;
  struct frame *frames = calloc(count, sizeof *frames);
  if (!frames) {
    reading->where = "frames";
    return;
  }
  stack->frames = frames;
  stack->frame_count = count;
  for (size_t i = 0; i < count; ++i)
    read_frame(reading, json_array_get(list, i), &frames[i]);
}

static void read_role(struct reading *reading, struct finding_stack *stack) {
  const char *name = text(reading, "role");
  for (enum finding_role role = 0; role < FINDING_ROLE_COUNT; ++role)
    if (strcmp(name, finding_role_text(role)) == 0) {
      stack->role = role;
      return;
    }
  if (!reading->where)
    reading->where = "role";
}

static void read_access(struct reading *reading, struct finding_stack *stack) {
  const char *name = text_or_null(reading, "access");
  stack->access = FINDING_NO_ACCESS;
  if (!*name)
    return;
  for (enum finding_access access = FINDING_READ; access < FINDING_ACCESS_COUNT; ++access)
    if (strcmp(name, finding_access_text(access)) == 0) {
      stack->access = access;
      return;
    }
  if (!reading->where)
    reading->where = "access";
}

static void read_stack(struct reading *reading, const json_t *json, struct finding_stack *stack) {
  reading->object = json;
  read_role(reading, stack);
  read_access(reading, stack);
  bool known = !json_is_null(member(reading, "task", is_integer_or_null));
  stack->task = known ? (int)ranged(reading, "task", INT_MAX) : -1;
  stack->operation = text_or_null(reading, "operation");
  stack->size = (uint32_t)ranged(reading, "size", UINT32_MAX);
  read_frames(reading, stack);
}

static void read_snapshot(struct reading *reading, struct finding *finding) {
  const json_t *snapshot = member(reading, "snapshot", is_object);
  const char *name;
  const json_t *value;
  json_object_foreach((json_t *)snapshot, name, value) {
    if (!json_is_integer(value) || finding->number_count == FINDING_NUMBERS_MAX) {
      reading->where = "snapshot";
      return;
    }
    finding->numbers[finding->number_count++] = (struct finding_number){name, (uint64_t)json_integer_value(value)};
  }
}

static void read_also(struct reading *reading, struct finding *finding) {
  const json_t *keys = json_object_get(reading->object, "also");
  finding->also_known = keys != NULL;
  if (keys && (!json_is_array(keys) || json_array_size(keys) > FINDING_ALSO_MAX) && !reading->where)
    reading->where = "also";
  for (size_t i = 0; i < json_array_size(keys) && !reading->where; ++i) {
    const char *key = json_string_value(json_array_get(keys, i));
    copy_key(reading, "also", key ? key : "", finding->also[finding->also_count++]);
  }
}

static struct finding_span read_span(struct reading *reading) {
  return (struct finding_span){.inputs = (uint64_t)integer(reading, "inputs"),
                               .operations = (uint64_t)integer(reading, "operations"),
                               .cpu_s = number(reading, "cpu_s"),
                               .wall_s = number(reading, "wall_s")};
}

static void read_clock(struct reading *reading, struct finding_clock *clock) {
  clock->known = true;
  clock->begun = read_span(reading);
  reading->object = member(reading, "since_last_failure", is_object);
  clock->last_failure = read_span(reading);
}

bool finding_clock_from_json(const json_t *object, struct finding_clock *clock, struct finding_clock *worker,
                             const char **where) {
  struct reading reading = {.object = object};
  clock->known = worker->known = false;
  if (!object || json_is_null(object))
    return true;
  read_clock(&reading, clock);
  const json_t *inner = json_object_get(object, "worker");
  if (inner) {
    reading.object = inner;
    read_clock(&reading, worker);
  }
  *where = reading.where;
  return !reading.where;
}

static void read_head(struct reading *reading, struct finding *finding) {
  finding->kind = text(reading, "kind");
  finding->oracle = text(reading, "oracle");
  finding->guarantee = json_object_get(reading->object, "guarantee") ? text_or_null(reading, "guarantee") : "";
  copy_key(reading, "key", text(reading, "key"), finding->key);
  const char *raw = text_or_null(reading, "raw");
  if (*raw)
    copy_key(reading, "raw", raw, finding->raw);
  finding->message = text(reading, "message");
  finding->location = text_or_null(reading, "location");
  finding->target = text(reading, "target");
  finding->map = text(reading, "map");
  finding->flavour = text(reading, "flavour");
  finding->engine = text(reading, "engine");
  finding->build_id = text_or_null(reading, "build_id");
  finding->digest = hex(reading, "digest");
  finding->points = (uint64_t)integer(reading, "points");
}

bool finding_from_json(const json_t *document, struct finding *finding, const char **where) {
  struct reading reading = {.object = document};
  *finding = (struct finding){.version = (int)integer(&reading, "version")};
  if (finding->version != FINDING_VERSION) {
    *where = "version";
    return false;
  }
  read_head(&reading, finding);
  read_snapshot(&reading, finding);
  read_also(&reading, finding);
  const json_t *stacks = member(&reading, "stacks", is_array);
  if (json_array_size(stacks) > FINDING_STACKS_MAX && !reading.where)
    reading.where = "stacks";
  for (size_t i = 0; i < json_array_size(stacks) && !reading.where; ++i)
    read_stack(&reading, json_array_get(stacks, i), &finding->stacks[finding->stack_count++]);
  *where = reading.where;
  if (!reading.where &&
      finding_clock_from_json(json_object_get(document, "clock"), &finding->clock, &finding->worker_clock, where))
    return true;
  finding_free_stacks(finding);
  return false;
}

void finding_free_stacks(struct finding *finding) {
  for (size_t i = 0; i < finding->stack_count; ++i)
    free((void *)finding->stacks[i].frames);
  finding->stack_count = 0;
}
