/* history.h - what was asked of a map and what it answered, with the order of calls and returns: what oracles judge.
 *
 * Times are numbers of their own: each call and each return takes the next one, so two events never have the same, and
 * one call precedes another exactly where its return has the smaller number.  Values are unique in a run.
 *
 * Fixed memory, no allocation after the first run; one run at a time, one task at a time.  The room is not instrumented
 * and synchronises nothing: that it watches cannot be told from what it watches. */
#ifndef HEDDLE_HISTORY_HISTORY_H
#define HEDDLE_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map/map.h"

/* Calls of a map, and two things that happen within an iteration. */
enum history_kind {
  HISTORY_GET,           /* key -> result */
  HISTORY_PUT,           /* key, value */
  HISTORY_INSERT,        /* key, value */
  HISTORY_GET_OR_INSERT, /* key, value -> result */
  HISTORY_CAS,           /* key, expected, value */
  HISTORY_DEL,           /* key */
  HISTORY_TAKE,          /* key -> result */
  HISTORY_CONTAINS,      /* key */
  HISTORY_LEN,           /* -> result */
  HISTORY_CLEAR,
  HISTORY_MOVE,    /* key (from), other (to) -> result */
  HISTORY_SWAP,    /* key, other -> result, other_result: their values from before */
  HISTORY_ITERATE, /* value: at which entry the visitor stops it, or 0 -> result: entries shown; status: MAP_DONE where
                      it went through the whole map, MAP_PRESENT where it was stopped */
  HISTORY_SHOWN, /* key, result: shown by the iteration `parent`; call: that of the iteration; ret: when it was shown */
  HISTORY_ERASED, /* key: deleted through the iteration `parent`; call: when the visitor said so; ret: when the next
                     entry was shown or the iteration returned */
};

#define HISTORY_PENDING UINT32_MAX /* ret: the call has not returned (the run was left in the middle) */
#define HISTORY_NO_PARENT UINT32_MAX
#define HISTORY_EVENTS_MAX (UINT32_C(1) << 20) /* no run has more (PROGRAM_OPERATIONS_MAX, what iterations show) */
#define HISTORY_TASKS_MAX 9                    /* the main task and PROGRAM_THREADS_MAX threads */

struct history_event {
  uint64_t key, other;   /* keys; 0 where the kind has none */
  uint64_t value;        /* the argument */
  uint64_t expected;     /* CAS */
  uint64_t result;       /* valid where status and kind say so: a value that was read, a number */
  uint64_t other_result; /* SWAP */
  uint32_t call, ret;    /* times; ret > call */
  uint32_t label;        /* what sched_label() had: the operation's number in the program, or EXECUTE_LABEL_SETUP */
  uint32_t parent;       /* SHOWN, ERASED: index of the ITERATE event */
  uint8_t task;          /* 0: the main task, which works alone before the threads begin and after they have ended */
  uint8_t kind;          /* enum history_kind */
  uint8_t status;        /* enum map_status, once it has returned */
};

struct history {
  const struct history_event *events; /* in the order of their calls; SHOWN and ERASED follow in the order of adding */
  uint32_t count;
  uint32_t end;  /* the next time */
  bool complete; /* false: events are missing (more than HISTORY_EVENTS_MAX); nothing may be concluded */
  bool starved;  /* an allocation was made to fail in this run: guarantee G is at stake */
};

/* Empties it; at the start of a run. */
void history_begin(void);
/* Records a call and gives its index, for history_return.  Of `call`, all but call, ret and the results count. */
uint32_t history_call(const struct history_event *call);
void history_return(uint32_t index, enum map_status status, uint64_t result, uint64_t other_result);
/* The running iteration `parent` showed an entry; returns the event's index. */
uint32_t history_shown(uint32_t parent, uint64_t key, uint64_t value);
/* The visitor asked to delete that entry; history_return ends it. */
uint32_t history_erased(uint32_t parent, uint64_t key);
/* Says that an allocation was made to fail. */
void history_starve(void);
/* The present one; valid until history_begin. */
const struct history *history_now(void);

const char *history_kind_text(enum history_kind kind);
/* One event as text, `T1 get k3 = 17`; snprintf's contract. */
int history_print(char *text, size_t size, const struct history_event *event);

#endif
