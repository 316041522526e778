/* oracle_histories.h - histories of a map that is right: threads at random on one that does each thing at an instant,
 * or key by key where a map may.  Deterministic in the seed. */
#ifndef HEDDLE_TEST_ORACLE_HISTORIES_H
#define HEDDLE_TEST_ORACLE_HISTORIES_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "history/history.h"

#define MADE_KEYS_MAX 64
#define MADE_THREADS_MAX 8

struct made_options {
  unsigned threads, keys;
  uint32_t operations;    /* calls in all */
  uint32_t kinds;         /* bit 1 << enum history_kind: which calls */
  bool filled;            /* begins with a put of every key, on the main task */
  bool pieces;            /* clear takes one key after the other */
  bool torn_pairs;        /* move and swap take one key after the other: not as H promises */
  unsigned pending_in_16; /* chance for an operation in progress at the end to be left so */
  unsigned starved_in_16; /* chance for an operation to find no memory */
  unsigned alone_in_16;   /* chance for an operation on one key to be done before another thread goes on */
};

struct made_thread {
  bool busy, effective;
  bool looked, erase_due; /* iterating: an entry is to be shown; one that was is to be deleted */
  uint32_t event, erased; /* its call; the deletion in progress, or HISTORY_NO_PARENT */
  unsigned step;          /* keys done, of those that take one after the other */
  unsigned offset, stride;
  enum map_status status;
  uint64_t result, other_result, shown, shown_key;
};

/* `room` events in `events`. */
struct made {
  struct history_event *events;
  uint32_t room;
  struct history history;
  uint64_t random, last_value;
  bool present[MADE_KEYS_MAX];
  uint64_t value[MADE_KEYS_MAX];
  struct made_thread threads[MADE_THREADS_MAX];
};

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static inline uint64_t made_random(struct made *made, uint64_t below) {
  uint64_t z = (made->random += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (z ^ (z >> 31)) % below;
}

static inline struct history_event *made_event(struct made *made, struct history_event event) {
  assert(made->history.count < made->room);
  struct history_event *to = &made->events[made->history.count++];
  *to = event;
  return to;
}

static inline void made_return(struct made *made, uint32_t event, enum map_status status, uint64_t result,
                               uint64_t other_result) {
  struct history_event *to = &made->events[event];
  to->ret = made->history.end++;
  to->status = (uint8_t)status;
  to->result = result;
  to->other_result = other_result;
}

static inline void made_call(struct made *made, const struct made_options *options, unsigned number) {
  struct made_thread *thread = &made->threads[number];
  unsigned kind;
  do
    kind = (unsigned)made_random(made, HISTORY_ITERATE + 1);
  while (!(options->kinds >> kind & 1));
  *thread = (struct made_thread){.busy = true, .event = made->history.count, .erased = HISTORY_NO_PARENT};
  thread->offset = (unsigned)made_random(made, options->keys);
  thread->stride = made_random(made, 2) ? 1 : options->keys - 1;
  bool keyless = kind == HISTORY_LEN || kind == HISTORY_CLEAR || kind == HISTORY_ITERATE;
  struct history_event *event = made_event(made, (struct history_event){.task = (uint8_t)(number + 1),
                                                                        .kind = (uint8_t)kind,
                                                                        .parent = HISTORY_NO_PARENT,
                                                                        .call = made->history.end++,
                                                                        .ret = HISTORY_PENDING});
  if (!keyless)
    event->key = made_random(made, options->keys);
  if (kind == HISTORY_MOVE || kind == HISTORY_SWAP)
    event->other = made_random(made, options->keys);
  if (kind >= HISTORY_PUT && kind <= HISTORY_CAS)
    event->value = ++made->last_value;
  if (kind == HISTORY_CAS)
    event->expected = made_random(made, 2) ? made->value[event->key] : 1 + made_random(made, made->last_value);
}

static inline void made_store(struct made *made, uint64_t key, uint64_t value) {
  made->present[key] = true;
  made->value[key] = value;
}

static inline void made_pair(struct made *made, struct made_thread *thread, const struct history_event *event) {
  uint64_t from = event->key, to = event->other;
  if (event->kind == HISTORY_MOVE) {
    if (!made->present[from]) {
      thread->status = MAP_ABSENT;
    } else if (made->present[to]) {
      thread->status = MAP_PRESENT;
    } else {
      thread->result = made->value[from];
      made->present[from] = false;
      made_store(made, to, thread->result);
    }
  } else if (made->present[from] && made->present[to]) {
    thread->result = made->value[from];
    thread->other_result = made->value[to];
    made->value[from] = thread->other_result;
    made->value[to] = thread->result;
  } else {
    thread->status = MAP_ABSENT;
  }
}

/* move and swap as two threads' worth of steps: the other key follows later.  True where that was the last step. */
static inline bool made_torn_pair(struct made *made, struct made_thread *thread, const struct history_event *event) {
  uint64_t from = event->key, to = event->other;
  if (thread->step++ == 0) {
    struct made copy = *made;
    made_pair(&copy, thread, event);
    if (thread->status != MAP_DONE || from == to)
      return true;
    if (event->kind == HISTORY_MOVE)
      made->present[from] = false;
    else
      made->value[from] = thread->other_result;
    return false;
  }
  made_store(made, to, thread->result);
  return true;
}

/* Shows the entry that was looked at, and perhaps asks for its deletion. */
static inline void made_show(struct made *made, struct made_thread *thread) {
  struct history_event shown = made->events[thread->event];
  if (thread->erased != HISTORY_NO_PARENT)
    made_return(made, thread->erased, MAP_DONE, 0, 0);
  thread->erased = HISTORY_NO_PARENT;
  shown.kind = HISTORY_SHOWN;
  shown.key = thread->shown_key;
  shown.parent = thread->event;
  made_event(made, shown);
  made_return(made, made->history.count - 1, MAP_DONE, thread->shown, 0);
  thread->result++;
  thread->erase_due = made_random(made, 4) == 0;
  if (!thread->erase_due)
    return;
  thread->erased = made->history.count;
  shown.kind = HISTORY_ERASED;
  shown.call = made->history.end++;
  made_event(made, shown);
}

/* One step of an iteration: a key is looked at, shown or deleted.  True where there are no more. */
static inline bool made_look(struct made *made, const struct made_options *options, struct made_thread *thread) {
  if (thread->erase_due) {
    made->present[thread->shown_key] = thread->erase_due = false;
    return false;
  }
  if (thread->looked) {
    made_show(made, thread);
    thread->looked = false;
    return false;
  }
  if (thread->step == options->keys)
    return true;
  thread->shown_key = (thread->offset + thread->step++ * thread->stride) % options->keys;
  thread->looked = made->present[thread->shown_key];
  thread->shown = made->value[thread->shown_key];
  return false;
}

/* What the operation does, or a piece of it; true where it is all done. */
static inline bool made_effect(struct made *made, const struct made_options *options, struct made_thread *thread) {
  const struct history_event *event = &made->events[thread->event];
  uint64_t key = event->key;
  bool there = made->present[key];
  switch ((enum history_kind)event->kind) {
  case HISTORY_GET:
  case HISTORY_CONTAINS:
  case HISTORY_DEL:
  case HISTORY_TAKE:
    thread->status = there ? MAP_DONE : MAP_ABSENT;
    if (event->kind == HISTORY_GET || event->kind == HISTORY_TAKE)
      thread->result = there ? made->value[key] : 0;
    if (event->kind == HISTORY_DEL || event->kind == HISTORY_TAKE)
      made->present[key] = false;
    return true;
  case HISTORY_PUT:
    made_store(made, key, event->value);
    return true;
  case HISTORY_INSERT:
  case HISTORY_GET_OR_INSERT:
    thread->status = there ? MAP_PRESENT : MAP_DONE;
    if (!there)
      made_store(made, key, event->value);
    if (event->kind == HISTORY_GET_OR_INSERT)
      thread->result = made->value[key];
    return true;
  case HISTORY_CAS:
    thread->status = !there ? MAP_ABSENT : made->value[key] == event->expected ? MAP_DONE : MAP_DIFFERS;
    if (thread->status == MAP_DONE)
      made->value[key] = event->value;
    return true;
  case HISTORY_LEN:
    for (unsigned i = 0; i < options->keys; i++)
      thread->result += made->present[i];
    return true;
  case HISTORY_CLEAR:
    if (options->pieces) {
      made->present[(thread->offset + thread->step++ * thread->stride) % options->keys] = false;
      return thread->step == options->keys;
    }
    memset(made->present, 0, sizeof made->present);
    return true;
  case HISTORY_MOVE:
  case HISTORY_SWAP:
    if (options->torn_pairs)
      return made_torn_pair(made, thread, event);
    made_pair(made, thread, event);
    return true;
  case HISTORY_ITERATE:
    return made_look(made, options, thread);
  default:
    abort();
  }
}

/* A thread goes one step on: calls, has an effect, or returns. */
static inline void made_step(struct made *made, const struct made_options *options, unsigned number) {
  struct made_thread *thread = &made->threads[number];
  if (!thread->busy) {
    made_call(made, options, number);
  } else if (!thread->effective) {
    unsigned kind = made->events[thread->event].kind;
    if (thread->step == 0 && kind != HISTORY_ITERATE && kind != HISTORY_LEN && kind != HISTORY_CLEAR &&
        made_random(made, 16) < options->starved_in_16) {
      thread->status = MAP_NO_MEMORY;
      thread->effective = made->history.starved = true;
    } else {
      thread->effective = made_effect(made, options, thread);
    }
  } else {
    if (thread->erased != HISTORY_NO_PARENT)
      made_return(made, thread->erased, MAP_DONE, 0, 0);
    made_return(made, thread->event, thread->status, thread->result, thread->other_result);
    thread->busy = false;
  }
}

static inline void made_fill(struct made *made, uint64_t key) {
  made_event(made, (struct history_event){.kind = HISTORY_PUT,
                                          .parent = HISTORY_NO_PARENT,
                                          .key = key,
                                          .value = ++made->last_value,
                                          .call = made->history.end++});
  made_return(made, made->history.count - 1, MAP_DONE, 0, 0);
  made_store(made, key, made->last_value);
}

/* Makes a history; valid as long as the events are. */
static inline void made_history(struct made *made, const struct made_options *options, uint64_t seed) {
  struct history_event *all = made->events;
  uint32_t room = made->room, calls = 0, busy = 0;
  *made = (struct made){.events = all, .room = room, .random = seed};
  made->history = (struct history){.events = all, .complete = true};
  for (uint64_t key = 0; options->filled && key < options->keys; key++)
    made_fill(made, key);
  while (calls < options->operations || busy > 0) {
    unsigned number = (unsigned)made_random(made, options->threads);
    struct made_thread *thread = &made->threads[number];
    if (!thread->busy && calls == options->operations)
      continue;
    bool called = !thread->busy;
    calls += called;
    busy += called;
    made_step(made, options, number);
    if (called && made->events[thread->event].kind < HISTORY_LEN && made_random(made, 16) < options->alone_in_16)
      while (thread->busy)
        made_step(made, options, number);
    if (!called && thread->busy && calls == options->operations && made_random(made, 16) < options->pending_in_16) {
      thread->busy = false; /* for good */
      busy--;
      continue;
    }
    busy -= !thread->busy;
  }
}

#endif
