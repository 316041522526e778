/* sarif.c - the report as SARIF 2.1.0 (OASIS standard, 27 March 2020); numbers of sections are that document's.
 *
 * A result a key and a line, of which one at a time is in memory.  The first stack is the result's location, the second
 * a related one, both also in `stacks`; the key is a partial fingerprint (3.27.17), so that a viewer knows the result
 * again after lines have moved; the interleaving is a code flow (3.36) with a thread flow a task, put in order by
 * executionOrder. */
#include <stdlib.h>
#include <string.h>

#include "triage/report/json_text.h"
#include "triage/report/words.h"
#include "triage/stack/normalize.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* `add` unless it is null, which SARIF does not take. */
static void set_known(json_t *object, const char *name, json_t *add) {
  if (json_is_null(add))
    json_decref(add);
  else
    json_object_set_new(object, name, add);
}

static json_t *message(const char *text) { return json_pack("{s:o}", "text", json_text(words_or(text, "not known"))); }

/* A file's name as a URI reference (3.4.3): every byte that may not stand there as %XX. */
static json_t *artifact(const char *file) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  static const char scheme[] = "file://";
  char *uri = malloc(sizeof scheme + 3 * strlen(file)), *end = uri;
  if (!uri)
    return NULL;
  if (*file == '/')
    end = stpcpy(end, scheme);
  for (const char *byte = file; *byte; ++byte)
    if (strchr(plain, *byte))
      *end++ = *byte;
    else
      end += sprintf(end, "%%%02X", (unsigned char)*byte);
  *end = '\0';
  json_t *location = json_pack("{s:s}", "uri", uri);
  if (*file != '/')
    json_object_set_new(location, "uriBaseId", json_string("SRCROOT"));
  free(uri);
  return location;
}

static json_t *region(uint32_t line, uint32_t column) {
  json_t *object = json_pack("{s:I}", "startLine", (json_int_t)line);
  if (column > 0)
    json_object_set_new(object, "startColumn", json_integer((json_int_t)column));
  return object;
}

/* A frame whose source is not known is told by its binary and the place in it. */
static json_t *physical(const struct frame *frame, const struct report_key *key) {
  if (!*frame->file && !*frame->module)
    return json_null();
  if (!*frame->file)
    return json_pack("{s:o, s:{s:I}}", "artifactLocation", artifact(frame->module), "address", "offsetFromParent",
                     (json_int_t)frame->offset);
  json_t *object = json_pack("{s:o}", "artifactLocation", artifact(frame->file));
  if (frame->line == 0)
    return object;
  json_object_set_new(object, "region", region(frame->line, frame->column));
  for (size_t i = 0; key && i < key->excerpt_count; ++i) {
    const struct report_excerpt *excerpt = &key->excerpts[i];
    if (excerpt->line != frame->line || excerpt->line_count == 0 || excerpt->first_line == 0 ||
        strcmp(words_or(excerpt->file, ""), frame->file) != 0)
      continue;
    char *text = NULL;
    size_t size = 0;
    FILE *lines = open_memstream(&text, &size);
    for (size_t n = 0; lines && n < excerpt->line_count; ++n)
      fprintf(lines, "%s\n", words_or(excerpt->lines[n], ""));
    if (lines && fclose(lines) == 0)
      json_object_set_new(object, "contextRegion",
                          json_pack("{s:I, s:I, s:{s:o}}", "startLine", (json_int_t)excerpt->first_line, "endLine",
                                    (json_int_t)(excerpt->first_line + excerpt->line_count - 1), "snippet", "text",
                                    json_text(text)));
    free(text);
    break;
  }
  return object;
}

static json_t *location(const struct frame *frame, const struct report_key *key, const char *text) {
  json_t *object = json_object();
  if (frame) {
    set_known(object, "physicalLocation", physical(frame, key));
    if (*frame->function)
      json_object_set_new(
          object, "logicalLocations",
          json_pack("[{s:o, s:s}]", "fullyQualifiedName", json_text(frame->function), "kind", "function"));
  }
  if (text)
    json_object_set_new(object, "message", message(text));
  return object;
}

static json_t *stack_location(const struct report_key *key, size_t i) {
  char what[WORDS_SIZE], who[WORDS_SIZE], text[sizeof what + sizeof who];
  const struct finding_stack *stack = &key->stacks[i];
  words_stack(stack, what);
  words_task(stack, who);
  snprintf(text, sizeof text, "%s%s%s", what, *who ? ", " : "", who);
  return location(stack_top(stack->frames, stack->frame_count), key, text);
}

static json_t *stack(const struct finding_stack *stack) {
  char what[WORDS_SIZE];
  json_t *frames = json_array();
  for (size_t i = 0; i < stack->frame_count; ++i) {
    const struct frame *frame = &stack->frames[i];
    json_t *object = json_pack("{s:o}", "location", location(frame, NULL, NULL));
    set_known(object, "module", json_known(frame->module));
    if (stack->task >= 0)
      json_object_set_new(object, "threadId", json_integer(stack->task));
    json_array_append_new(frames, object);
  }
  return json_pack("{s:o, s:o}", "message", message(words_stack(stack, what)), "frames", frames);
}

/* `stacks` takes no two that are equal (3.27.19). */
static void append_unlike(json_t *array, json_t *add) {
  bool known = false;
  for (size_t i = 0; i < json_array_size(array); ++i)
    known |= json_equal(json_array_get(array, i), add);
  if (known)
    json_decref(add);
  else
    json_array_append_new(array, add);
}

static json_t *step_location(const struct report_step *step, size_t order) {
  char text[3 * WORDS_SIZE];
  const char *operation = words_or(step->operation, ""), *place = words_or(step->place, "");
  snprintf(text, sizeof text, "%.500s%s%.500s%s%.500s", operation, *operation ? ": " : "", words_or(step->text, ""),
           *place ? " at " : "", place);
  return json_pack("{s:{s:o}, s:I, s:s}", "location", "message", message(text), "executionOrder", (json_int_t)order,
                   "importance", step->racing ? "essential" : "important");
}

/* The steps that say something (words_rows), each in the flow of its task; null without steps. */
static json_t *code_flows(const struct report_key *key) {
  struct words_row rows[WORDS_ROWS_MAX];
  size_t count = words_rows(key, rows);
  json_t *flows = json_array();
  for (size_t first = 0; first < count; ++first) {
    int task = rows[first].step->task;
    bool done = false;
    for (size_t i = 0; i < first; ++i)
      done |= rows[i].step->task == task;
    if (done)
      continue;
    char id[24];
    snprintf(id, sizeof id, "T%d", task);
    json_t *locations = json_array();
    for (size_t i = first; i < count; ++i)
      if (rows[i].step->task == task)
        json_array_append_new(locations, step_location(rows[i].step, i + 1));
    json_array_append_new(flows, json_pack("{s:s, s:o}", "id", id, "locations", locations));
  }
  if (json_array_size(flows) == 0) {
    json_decref(flows);
    return json_null();
  }
  return json_pack("[{s:{s:s}, s:o}]", "message", "text", "the interleaving that failed", "threadFlows", flows);
}

static const char *level(enum report_state state) {
  return state == REPORT_IGNORED || state == REPORT_FIXED ? "note" : state == REPORT_INCUBATING ? "warning" : "error";
}

static void set_dates(json_t *result, const struct report_key *key) {
  char first[WORDS_SIZE], last[WORDS_SIZE];
  json_t *provenance = json_object();
  set_known(provenance, "firstDetectionTimeUtc", json_known(words_timestamp(key->first.time_s, first)));
  set_known(provenance, "lastDetectionTimeUtc", json_known(words_timestamp(key->last.time_s, last)));
  json_object_set_new(result, "provenance", provenance);
}

/* 3.27.23: a viewer must not count a result that a person has put aside. */
static void set_suppression(json_t *result, const struct report_key *key) {
  if (key->state != REPORT_IGNORED)
    return;
  json_t *suppression = json_pack("{s:s, s:s}", "kind", "external", "status", "accepted");
  set_known(suppression, "justification", json_known(key->state_note));
  json_object_set_new(result, "suppressions", json_pack("[o]", suppression));
}

/* Why the bug's keys belong together. */
static json_t *reasons(const struct report_bug *bug) {
  json_t *array = json_array();
  for (size_t i = 0; i < bug->reason_count; ++i)
    json_array_append_new(array, json_text(bug->reasons[i]));
  return array;
}

static json_t *result_of(const struct report_key *key, const struct report_bug *bug, size_t rule) {
  json_t *stacks = json_array(), *related = json_array();
  for (size_t i = 0; i < key->stack_count; ++i) {
    append_unlike(stacks, stack(&key->stacks[i]));
    if (i > 0) {
      json_t *other = stack_location(key, i);
      json_object_set_new(other, "id", json_integer((json_int_t)i));
      json_array_append_new(related, other);
    }
  }
  json_t *result = json_pack(
      "{s:o, s:I, s:s, s:o, s:{s:o}, s:o, s:o}", "ruleId", json_text(words_or(key->kind, "unknown")), "ruleIndex",
      (json_int_t)rule, "level", level(key->state), "message", message(words_or(key->title, key->kind)),
      "partialFingerprints", "heddleKey/v1", json_text(key->key), "stacks", stacks, "relatedLocations", related);
  if (key->stack_count > 0)
    json_object_set_new(result, "locations", json_pack("[o]", stack_location(key, 0)));
  if (key->count > 0)
    json_object_set_new(result, "occurrenceCount", json_integer((json_int_t)key->count));
  set_known(result, "codeFlows", code_flows(key));
  set_dates(result, key);
  set_suppression(result, key);
  json_t *properties = json_pack("{s:s, s:o}", "state", report_state_text(key->state), "bug",
                                 json_text(words_or(bug->keys[0].key, "?")));
  set_known(properties, "oracle", json_known(key->oracle));
  set_known(properties, "guarantee", json_known(key->guarantee));
  set_known(properties, "location", json_known(key->location));
  set_known(properties, "map", json_known(key->map));
  set_known(properties, "command", json_known(key->command));
  if (bug->reason_count > 0)
    json_object_set_new(properties, "reasons", reasons(bug));
  json_object_set_new(result, "properties", properties);
  return result;
}

/* The rule of a kind, which is added where it is new; returns its place. */
static size_t rule_of(json_t *rules, const char *kind) {
  json_t *id = json_text(words_or(kind, "unknown"));
  for (size_t i = 0; i < json_array_size(rules); ++i)
    if (json_equal(json_object_get(json_array_get(rules, i), "id"), id)) {
      json_decref(id);
      return i;
    }
  json_array_append_new(rules, json_pack("{s:o}", "id", id));
  return json_array_size(rules) - 1;
}

/* For a property bag (3.8): the standard has no place of its own for them. */
static json_t *estimates_of(const struct report *report) {
  json_t *estimates = json_array();
  for (size_t i = 0; i < report->mtbf_count; ++i)
    json_array_append_new(estimates, json_mtbf(&report->mtbf[i]));
  return estimates;
}

/* All of the run but its results. */
static json_t *run_of(const struct report *report, json_t *rules) {
  json_t *driver = json_pack("{s:s, s:O}", "name", "heddle", "rules", rules);
  set_known(driver, "version", json_known(report->version));
  json_t *run = json_pack("{s:{s:o}, s:{s:{s:{s:s}}}, s:s}", "tool", "driver", driver, "originalUriBaseIds", "SRCROOT",
                          "description", "text", "the top folder of the sources", "columnKind", "unicodeCodePoints");
  if (report->mtbf_count > 0)
    json_object_set_new(run, "properties", json_pack("{s:o}", "mtbf", estimates_of(report)));
  return run;
}

bool report_write_sarif(FILE *out, const struct report *report) {
  json_t *rules = json_array();
  for (size_t i = 0; i < report->bug_count; ++i)
    for (size_t n = 0; n < report->bugs[i].key_count; ++n)
      rule_of(rules, report->bugs[i].keys[n].kind);
  fputs("{\"$schema\": \"" SCHEMA "\", \"version\": \"2.1.0\", \"runs\": [{", out);
  bool written = json_write(out, run_of(report, rules), true), first = true;
  fputs(", \"results\": [", out);
  for (size_t i = 0; i < report->bug_count; ++i)
    for (size_t n = 0; written && n < report->bugs[i].key_count; ++n, first = false) {
      const struct report_key *key = &report->bugs[i].keys[n];
      fputs(first ? "\n" : ",\n", out);
      written = json_write(out, result_of(key, &report->bugs[i], rule_of(rules, key->kind)), false);
    }
  fputs("\n]}]}\n", out);
  json_decref(rules);
  return written && fflush(out) == 0 && !ferror(out);
}
