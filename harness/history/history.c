/* history.c - see history.h. */
#include "history/history.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static struct history_event *events;
static struct history now;

void history_begin(void) {
  if (!events) {
    /* Mostly never touched: pages come as they are written. */
    events = mmap(NULL, HISTORY_EVENTS_MAX * sizeof *events, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (events == MAP_FAILED)
      abort();
  }
  now = (struct history){.events = events, .complete = true};
}

/* NULL: there is no room, and the history is not complete any more. */
static struct history_event *append(void) {
  if (now.count < HISTORY_EVENTS_MAX)
    return &events[now.count++];
  now.complete = false;
  return NULL;
}

uint32_t history_call(const struct history_event *call) {
  struct history_event *event = append();
  if (!event)
    return HISTORY_NO_PARENT;
  *event = *call;
  event->parent = HISTORY_NO_PARENT;
  event->call = now.end++;
  event->ret = HISTORY_PENDING;
  return now.count - 1;
}

void history_return(uint32_t index, enum map_status status, uint64_t result, uint64_t other_result) {
  if (index == HISTORY_NO_PARENT)
    return;
  struct history_event *event = &events[index];
  assert(index < now.count && event->ret == HISTORY_PENDING);
  event->ret = now.end++;
  event->status = (uint8_t)status;
  event->result = result;
  event->other_result = other_result;
}

static uint32_t within(uint32_t parent, enum history_kind kind, uint64_t key) {
  if (parent == HISTORY_NO_PARENT)
    return HISTORY_NO_PARENT;
  struct history_event *event = append();
  if (!event)
    return HISTORY_NO_PARENT;
  const struct history_event *iteration = &events[parent];
  *event = (struct history_event){.key = key,
                                  .call = iteration->call,
                                  .ret = HISTORY_PENDING,
                                  .label = iteration->label,
                                  .parent = parent,
                                  .task = iteration->task,
                                  .kind = (uint8_t)kind};
  return now.count - 1;
}

uint32_t history_shown(uint32_t parent, uint64_t key, uint64_t value) {
  uint32_t index = within(parent, HISTORY_SHOWN, key);
  history_return(index, MAP_DONE, value, 0);
  return index;
}

uint32_t history_erased(uint32_t parent, uint64_t key) {
  uint32_t index = within(parent, HISTORY_ERASED, key);
  if (index != HISTORY_NO_PARENT)
    events[index].call = now.end++;
  return index;
}

void history_starve(void) { now.starved = true; }

const struct history *history_now(void) { return &now; }

const char *history_kind_text(enum history_kind kind) {
  static const char *const texts[] = {"get",    "put",  "insert",   "get-or-insert", "cas",
                                      "delete", "take", "contains", "len",           "clear",
                                      "move",   "swap", "iterate",  "shows",         "erases"};
  assert(kind < sizeof texts / sizeof texts[0]);
  return texts[kind];
}

/* Appends to text[*used ...]; *used counts on past the end, as snprintf does. */
__attribute__((format(printf, 4, 5))) static void add(char *text, size_t size, int *used, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t at = (size_t)*used < size ? (size_t)*used : size;
  *used += vsnprintf(size ? text + at : NULL, size - at, format, arguments);
  va_end(arguments);
}

static void add_result(char *text, size_t size, int *used, const struct history_event *event) {
  if (event->status == MAP_NO_MEMORY) {
    add(text, size, used, ": no memory");
    return;
  }
  switch ((enum history_kind)event->kind) {
  case HISTORY_GET:
  case HISTORY_TAKE:
  case HISTORY_MOVE:
    if (event->status == MAP_DONE)
      add(text, size, used, " = %" PRIx64, event->result);
    break;
  case HISTORY_GET_OR_INSERT:
    add(text, size, used, " = %" PRIx64, event->result);
    return;
  case HISTORY_SWAP:
    if (event->status == MAP_DONE)
      add(text, size, used, " = %" PRIx64 " and %" PRIx64, event->result, event->other_result);
    break;
  case HISTORY_SHOWN:
    add(text, size, used, " = %" PRIx64, event->result);
    return;
  case HISTORY_LEN:
    add(text, size, used, " = %" PRIu64, event->result);
    return;
  case HISTORY_ITERATE:
    add(text, size, used, " = %" PRIu64 "%s", event->result, event->status == MAP_DONE ? "" : ", stopped");
    return;
  case HISTORY_CONTAINS:
    add(text, size, used, event->status == MAP_DONE ? ": present" : ": absent");
    return;
  default:
    break;
  }
  static const char *const words[] = {
      [MAP_ABSENT] = ": absent", [MAP_PRESENT] = ": present", [MAP_DIFFERS] = ": differs"};
  if (event->status != MAP_DONE)
    add(text, size, used, "%s", words[event->status]);
}

int history_print(char *text, size_t size, const struct history_event *event) {
  int used = 0;
  add(text, size, &used, "T%u %s", event->task, history_kind_text(event->kind));
  if (event->kind != HISTORY_LEN && event->kind != HISTORY_CLEAR && event->kind != HISTORY_ITERATE)
    add(text, size, &used, " k%" PRIu64, event->key);
  if (event->kind == HISTORY_MOVE || event->kind == HISTORY_SWAP)
    add(text, size, &used, " k%" PRIu64, event->other);
  if (event->kind == HISTORY_CAS)
    add(text, size, &used, " %" PRIx64 " ->", event->expected);
  if (event->kind >= HISTORY_PUT && event->kind <= HISTORY_CAS)
    add(text, size, &used, " %" PRIx64, event->value);
  if (event->ret == HISTORY_PENDING)
    add(text, size, &used, ": has not returned");
  else
    add_result(text, size, &used, event);
  return used;
}
