/* chrome.c - a run in the Trace Event Format: one JSON file, a track a thread.
 *
 * Google, "Trace Event Format" (the Chromium project's document): complete events ("ph":"X") with a start and a length
 * in microseconds; here a point is a microsecond. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "target/trace.h"

static json_t *complete(const char *name, const char *category, int task, uint64_t start, uint64_t length) {
  return json_pack("{s:s, s:s, s:s, s:i, s:i, s:I, s:I}", "name", name, "cat", category, "ph", "X", "pid", 1, "tid",
                   task, "ts", (json_int_t)start, "dur", (json_int_t)length);
}

static void add_names(json_t *events, const struct program *program) {
  for (int task = 0; task <= program->threads; task++) {
    char name[16];
    snprintf(name, sizeof name, task ? "T%d" : "main", task);
    json_array_append_new(events, json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", "thread_name", "ph", "M", "pid", 1,
                                            "tid", task, "args", "name", name));
  }
}

static void add_step(json_t *events, const struct trace_step *step) {
  char text[TRACE_TEXT_SIZE], place[FINDING_SITE_SIZE], name[TRACE_TEXT_SIZE + FINDING_SITE_SIZE];
  trace_say(step, text);
  trace_place(step, place);
  snprintf(name, sizeof name, "%s%s%s", text, *place ? " " : "", place);
  json_array_append_new(events, complete(name, step->blocked ? "wait" : "step", step->task, step->point, 1));
}

/* An operation lasts from its first step to its last, its thread's waits included. */
static void add_operations(json_t *events, const struct program *program, int task) {
  size_t i = 0;
  while (i < trace_count()) {
    const struct trace_step *first = trace_at(i);
    if (first->task != task || first->label >= program->op_count) {
      i++;
      continue;
    }
    uint64_t last = first->point;
    for (; i < trace_count(); i++) {
      if (trace_at(i)->task != task)
        continue;
      if (trace_at(i)->label != first->label)
        break;
      last = trace_at(i)->point;
    }
    char name[TRACE_TEXT_SIZE];
    trace_operation(first, program, name);
    json_array_append_new(events, complete(name, "operation", task, first->point, last + 1 - first->point));
  }
}

bool trace_write_chrome(const char *path, const struct program *program) {
  json_t *events = json_array();
  add_names(events, program);
  for (int task = 1; task <= program->threads; task++)
    add_operations(events, program, task);
  for (size_t i = 0; i < trace_count(); i++)
    if (trace_at(i)->task > 0)
      add_step(events, trace_at(i));
  json_t *document = json_pack("{s:o, s:s}", "traceEvents", events, "displayTimeUnit", "ns");
  bool written = document && json_dump_file(document, path, JSON_COMPACT) == 0;
  json_decref(document);
  return written;
}
