/* tell.c - see tell.h. */
#include "oracle/tell.h"

#include <stdarg.h>
#include <stdio.h>

struct line {
  char *text;
  size_t size, used; /* past the size: the rest is cut off */
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t at = line->used < line->size ? line->used : line->size;
  int length = vsnprintf(line->text + at, line->size - at, format, arguments);
  line->used += length > 0 ? (size_t)length : 0;
  va_end(arguments);
}

/* The event, and from when until when it went on. */
static void put_event(struct line *line, const struct history_event *event) {
  char text[128];
  history_print(text, sizeof text, event);
  if (event->ret == HISTORY_PENDING)
    put(line, "%s (%u..)", text, event->call);
  else
    put(line, "%s (%u..%u)", text, event->call, event->ret);
}

/* By the time of the call. */
static void sort_events(const struct history *history, uint32_t *events, uint32_t count) {
  for (uint32_t i = 1; i < count; i++) {
    uint32_t event = events[i], at = i;
    for (; at > 0 && history->events[events[at - 1]].call > history->events[event].call; at--)
      events[at] = events[at - 1];
    events[at] = event;
  }
}

void tell_breach(struct teller *teller, const struct breach *breach, uint32_t *evidence, uint32_t count) {
  const struct history_event *events = teller->history->events;
  struct oracle_violation violation = {.kind = breach->kind, .oracle = breach->oracle, .letter = breach->letter};
  struct line line = {violation.text, sizeof violation.text, 0};
  sort_events(teller->history, evidence, count);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++)
    if (evidence[i] != breach->subject && (kept == 0 || evidence[i] != evidence[kept - 1]))
      evidence[kept++] = evidence[i];
  uint32_t from = kept > ORACLE_EVIDENCE_MAX - 1 ? kept - (ORACLE_EVIDENCE_MAX - 1) : 0;
  violation.events[violation.event_count++] = breach->subject;
  put(&line, "guarantee %c: %s", breach->letter, breach->where);
  put_event(&line, &events[breach->subject]);
  put(&line, " %s", breach->claim);
  if (from > 0)
    put(&line, ", given %u more and", from);
  else if (kept > 0)
    put(&line, ", given");
  for (uint32_t i = from; i < kept; i++) {
    violation.events[violation.event_count++] = evidence[i];
    put(&line, i == from ? " " : ", ");
    put_event(&line, &events[evidence[i]]);
  }
  teller->told++;
  teller->tell(teller->context, &violation);
}
