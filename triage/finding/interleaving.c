/* interleaving.c - see interleaving.h.  As strict as json_read.c: a member of the wrong type is an error, one that is
 * not known is let pass. */
#include "triage/finding/interleaving.h"

#include <limits.h>
#include <stdlib.h>

#include "triage/finding/json.h"

/* Adds a text where there is one. */
static void set_text(json_t *object, const char *name, const char *text) {
  if (text && *text)
    json_object_set_new(object, name, finding_text_to_json(text));
}

static json_t *step_to_json(const struct finding_step *step) {
  json_t *object = json_pack("{s:I, s:i, s:b, s:o}", "point", (json_int_t)step->point, "task", step->task, "racing",
                             (int)step->racing, "text", finding_text_to_json(step->text));
  set_text(object, "operation", step->operation);
  set_text(object, "place", step->place);
  return object;
}

json_t *finding_interleaving_to_json(const struct finding_interleaving *interleaving) {
  json_t *steps = json_array();
  for (size_t i = 0; i < interleaving->step_count; ++i)
    json_array_append_new(steps, step_to_json(&interleaving->steps[i]));
  return json_pack("{s:i, s:I, s:o}", "version", FINDING_INTERLEAVING_VERSION, "left_out",
                   (json_int_t)interleaving->left_out, "steps", steps);
}

/* A text that may be missing. */
static bool read_text(const json_t *object, const char *name, const char **text) {
  const json_t *value = json_object_get(object, name);
  *text = json_is_string(value) ? json_string_value(value) : "";
  return !value || json_is_string(value);
}

static bool read_number(const json_t *object, const char *name, uint64_t most, uint64_t *number) {
  const json_t *value = json_object_get(object, name);
  *number = (uint64_t)json_integer_value(value);
  return json_is_integer(value) && *number <= most;
}

/* NULL, or the member that is missing or wrong. */
static const char *read_step(const json_t *object, struct finding_step *step) {
  uint64_t task;
  const json_t *racing = json_object_get(object, "racing");
  if (!read_number(object, "point", INT64_MAX, &step->point))
    return "point";
  if (!read_number(object, "task", INT_MAX, &task))
    return "task";
  if (!json_is_boolean(racing))
    return "racing";
  step->task = (int)task;
  step->racing = json_is_true(racing);
  if (!json_object_get(object, "text") || !read_text(object, "text", &step->text))
    return "text";
  if (!read_text(object, "operation", &step->operation))
    return "operation";
  return read_text(object, "place", &step->place) ? NULL : "place";
}

static const char *read_steps(const json_t *list, struct finding_interleaving *interleaving) {
  size_t count = json_array_size(list);
  if (!json_is_array(list) || count > FINDING_STEPS_MAX)
    return "steps";
  struct finding_step *steps = calloc(count + 1, sizeof *steps);
  if (!steps)
    return "steps";
  interleaving->steps = steps;
  interleaving->step_count = count;
  for (size_t i = 0; i < count; ++i) {
    const char *where = read_step(json_array_get(list, i), &steps[i]);
    if (where)
      return where;
    if (i > 0 && steps[i].point < steps[i - 1].point)
      return "point";
  }
  return NULL;
}

bool finding_interleaving_from_json(const json_t *document, struct finding_interleaving *interleaving,
                                    const char **where) {
  *interleaving = (struct finding_interleaving){.steps = NULL};
  if (json_integer_value(json_object_get(document, "version")) != FINDING_INTERLEAVING_VERSION)
    *where = "version";
  else if (!read_number(document, "left_out", INT64_MAX, &interleaving->left_out))
    *where = "left_out";
  else
    *where = read_steps(json_object_get(document, "steps"), interleaving);
  if (!*where)
    return true;
  finding_free_interleaving(interleaving);
  return false;
}

void finding_free_interleaving(struct finding_interleaving *interleaving) {
  free((void *)(uintptr_t)interleaving->steps);
  json_decref(interleaving->document);
  *interleaving = (struct finding_interleaving){.steps = NULL};
}
