/* sched.h - who runs next.
 *
 * One run at a time a process.  The scheduler knows tasks by number and which of them can run; it never sees a map, a
 * program or a sanitizer.  Everything it decides follows from the plan and from the points that the tasks take: no
 * clock, no address, no randomness of its own.  So the same plan over the same code gives the same interleaving, and
 * `digest` proves it.
 *
 * Exactly one task executes at any moment (the carrier sees to that), hence no locks in here.  Calls come from the
 * running task, except where it says otherwise. */
#ifndef HEDDLE_SCHED_SCHED_H
#define HEDDLE_SCHED_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/plan.h"

#define SCHED_TASKS_MAX 64
#define SCHED_NO_TASK (-1)
#define SCHED_NS_PER_TICK 100 /* virtual time that one point takes */
#define SCHED_ORDERS_MAX 64   /* order constraints of a plan beyond these are ignored */

enum sched_point_kind {
#define POINT(name, memory, text) SCHED_POINT_##name,
#include "sched/points.def"
#undef POINT
  SCHED_POINT_KIND_COUNT
};

enum sched_outcome {
  SCHED_RUNNING,
  SCHED_COMPLETED, /* every task came to its end */
  SCHED_DEADLOCK,  /* nobody can run and nobody ever will */
  SCHED_LIVELOCK,  /* a step bound passed without progress */
  SCHED_STOPPED,   /* sched_stop: something was seen after which the run means nothing */
  SCHED_DIVERGED,  /* replay: a decision could not be taken as it was written */
  SCHED_BUDGET,    /* the run was longer than its budget: neither right nor wrong */
};

enum sched_task_state { SCHED_TASK_FREE, SCHED_TASK_RUNNABLE, SCHED_TASK_BLOCKED, SCHED_TASK_DONE };

/* What a blocked task waits for; names in sched_wait_text(). */
enum sched_wait {
  SCHED_WAIT_NONE,
  SCHED_WAIT_MUTEX,
  SCHED_WAIT_RWLOCK_READ,
  SCHED_WAIT_RWLOCK_WRITE,
  SCHED_WAIT_COND,
  SCHED_WAIT_SPIN,
  SCHED_WAIT_BARRIER,
  SCHED_WAIT_ONCE,
  SCHED_WAIT_SEMAPHORE,
  SCHED_WAIT_JOIN,
  SCHED_WAIT_SLEEP,
};

struct sched_task {
  uint8_t state; /* enum sched_task_state */
  uint8_t wait;  /* enum sched_wait, while blocked */
  bool timed_out;
  bool detached;
  int8_t waits_for; /* the task to be joined or the owner of the lock, as far as there is just one */
  uintptr_t wait_object;
  uint64_t deadline_ns; /* virtual; 0: none */
  uint64_t points;      /* taken by this task */
  uint32_t achieved;    /* sched_progress calls, since the nudge where there was one */
  bool nudged;          /* was woken by it */
  uint64_t priority;    /* PCT's; higher runs first */
  const void *pc;       /* of its last place, while it does not run */
  const void *frame;
  uint32_t label; /* what the harness says it is doing: an operation's index */
  void *result;   /* what its body returned, for join */
};

/* What carries tasks: fibers or threads.  Set once before sched_begin. */
struct sched_carrier {
  const char *name;
  /* Readies `task` to run body(arg) at its first resume. */
  void (*start)(int task, void *(*body)(void *), void *arg);
  /* Suspends the calling task, runs `task`; returns when the caller is resumed. */
  void (*resume)(int task);
  /* The run is over: back to who began it.  Does not return to the task. */
  void (*leave)(void);
};

struct sched_place;

/* Called at each point while a trace is taken: before the task goes on, or before another one is resumed. */
struct sched_step {
  uint64_t point; /* index in the run; of the points that count */
  int task;
  int next; /* who runs after this point; == task: no switch */
  enum sched_point_kind kind;
  bool blocked; /* the task waits, or ended */
  bool first;   /* of its run: what came before it is another run's */
  uint32_t label;
  const struct sched_place *place;
};
typedef void (*sched_trace_fn)(void *context, const struct sched_step *step);

struct sched {
  /* The hot line: read and written at each point. */
  int64_t countdown; /* points until something may have to be decided */
  uint64_t digest;
  int running;
  bool active;         /* a run is on: hooks act */
  bool memory_points;  /* SCHED_EVERY_ACCESS */
  bool stop_requested; /* leave at the next point */
  int32_t quiet;       /* SCHED_SYNC_ONLY: memory accesses until one counts as a point after all */

  int64_t armed; /* what countdown was set to */
  int64_t due;   /* traced: what it would have been set to, and how much of that is left */
  bool solo;     /* one live task: its points do not count, there is nothing to decide */
  uint64_t points;
  uint64_t ticks;      /* points, those of a lone task too */
  uint64_t skipped_ns; /* virtual time that passed while nobody could run */
  uint64_t switches;
  uint64_t progress_mark; /* ticks when somebody last got something done */
  uint64_t held_mark;     /* ticks when order constraints began to hold somebody back */
  uint64_t turn_mark;     /* ticks when the running task was resumed, or made progress */
  uint64_t runnable;      /* bit a task */
  uint64_t held;          /* bit a task: an order constraint holds it back */
  uint64_t timed;         /* bit a task: blocked with a deadline */
  uint64_t random;        /* state of the policy's random choices */
  uint64_t chance;        /* state of every other choice: who is signalled, spurious wake-ups */
  int task_count;
  int live;
  enum sched_outcome outcome;
  const struct sched_plan *plan;
  const struct sched_policy *policy;
  const struct sched_carrier *carrier;
  uint64_t livelock_bound; /* ticks without progress */
  uint64_t budget;         /* ticks in all */
  bool nudge;              /* is still to come */
  bool traced;             /* the run has told a step */
  sched_trace_fn trace;
  void *trace_context;
  struct sched_record *record;
  uint8_t *switch_map; /* SCHED_SWITCH_MAP_SIZE bytes, or NULL: which places were switched between */
  uintptr_t switch_base;
  uint64_t change_points[8]; /* PCT's, ascending */
  uint32_t change_count, next_change;
  uint32_t next_switch; /* the first of switch_index not yet taken */
  uint32_t switch_count;
  uint64_t orders_pending;                           /* bit each of order_index: neither met nor given up */
  uint16_t order_index[SCHED_ORDERS_MAX];            /* the plan's SCHED_ORDER constraints */
  uint16_t switch_index[SCHED_PLAN_CONSTRAINTS_MAX]; /* the plan's SCHED_SWITCH constraints, by `at` */
  struct sched_task tasks[SCHED_TASKS_MAX];
};

/* Every decision that differs from what the policies bytes and replay would do by themselves: with these constraints
 * and the same seed, those policies take the same interleaving. */
struct sched_record {
  struct sched_constraint *constraints; /* owned by the caller */
  uint32_t capacity, count;
  bool overflow; /* there were more than `capacity` */
};

/* The run.  Hooks read countdown, active and running directly: they are called at each memory access. */
extern struct sched sched;

struct sched_limits {
  uint64_t livelock_bound; /* points without progress before it is called a livelock; 0: 1,048,576 */
  uint64_t budget;         /* points a run; 0: 2^28 */
  bool nudge;              /* where nobody can run any more, wake whoever sleeps on a condition variable, once */
};

/* Readies a run of task 0, body(arg), under `plan`; the plan must outlive the run.  The caller then resumes task 0
 * through its carrier; when that comes back, sched.outcome says how it ended, and sched_end() closes the run. */
void sched_begin(const struct sched_plan *plan, const struct sched_carrier *carrier, const struct sched_limits *limits,
                 void *(*body)(void *), void *arg);
void sched_end(void);
/* Sees every point of the next runs; NULL: none.  Stays set. */
void sched_set_trace(sched_trace_fn trace, void *context);
/* Records the next runs' decisions, each run from an empty list; NULL: do not.  Stays set. */
void sched_set_record(struct sched_record *record);
/* Marks in `map` (SCHED_SWITCH_MAP_SIZE bytes, the caller's; NULL: do not) each pair of places that the next runs
 * switch between, for a fuzzer's feedback.  `base` is subtracted from their addresses.  Stays set. */
#define SCHED_SWITCH_MAP_SIZE 4096u
void sched_set_switch_map(uint8_t *map, uintptr_t base);

/* Where a task stands, for reports: the return address and the frame pointer of the hook it is in, and what it is
 * about to access there. */
struct sched_place {
  const void *pc, *frame;
  uintptr_t address;
  uint32_t size;    /* bytes; 0: an object, not an access */
  const char *call; /* the function that was called there, as `pthread_mutex_lock`; NULL: an access */
};

/* The slow halves of a point, and of a memory access under SCHED_SYNC_ONLY (a bound against busy waiting).  A place in
 * pieces, so that the fast half keeps it in registers. */
void sched_decide(enum sched_point_kind kind, const void *pc, const void *frame, uintptr_t address, uint32_t size,
                  const char *call);
void sched_quiet(const void *pc, const void *frame, uintptr_t address, uint32_t size);

#define SCHED_MIX UINT64_C(0x9e3779b97f4a7c15)

/* A scheduling point of the running task, of its own or of a modelled call.  Another task may run before it returns. */
static inline __attribute__((always_inline)) void sched_point(enum sched_point_kind kind, struct sched_place place) {
  sched.digest = (sched.digest ^ ((uint64_t)kind << 8 | (unsigned)sched.running)) * SCHED_MIX;
  if (__builtin_expect(--sched.countdown <= 0, 0))
    sched_decide(kind, place.pc, place.frame, place.address, place.size, place.call);
}

/* A plain memory access of the running task: a point where the plan's granularity says so. */
static inline __attribute__((always_inline)) void sched_access(enum sched_point_kind kind, struct sched_place place) {
  if (__builtin_expect(sched.memory_points, 1))
    sched_point(kind, place);
  else if (__builtin_expect(--sched.quiet <= 0, 0))
    sched_quiet(place.pc, place.frame, place.address, place.size);
}

/* Mixes a value that must be the same in every replay into the digest. */
static inline void sched_fold(uint64_t value) {
  sched.digest = ((sched.digest ^ value) * SCHED_MIX) ^ (sched.digest >> 29);
}

/* A new task, runnable; returns its number, or SCHED_NO_TASK where there is no room for one more.  No point. */
int sched_spawn(void *(*body)(void *), void *arg);
/* The running task is done; does not return. Called by the carrier when the body returned, or by pthread_exit. */
_Noreturn void sched_exit(void *result);
/* The running task gives way: another one runs, if one can. */
void sched_give_way(enum sched_point_kind kind, const struct sched_place *place);
/* Blocks the running task until sched_wake(), or until deadline_ns (virtual, 0: never); true: woken, false: the
 * deadline passed. `waits_for`: the one task that could end the wait, or SCHED_NO_TASK. */
bool sched_block(enum sched_wait wait, uintptr_t object, int waits_for, uint64_t deadline_ns,
                 const struct sched_place *place);
void sched_wake(int task);
/* Blocks the running task until `task` has ended. */
void sched_join(int task, const struct sched_place *place);
/* Something was achieved (an operation completed): resets the livelock bound. */
void sched_progress(void);
/* Says what the running task is doing from now on. */
void sched_label(uint32_t label);
/* Ends the run from inside a task; does not return. */
_Noreturn void sched_stop(enum sched_outcome outcome);
/* Asks for SCHED_STOPPED at the next point; for callbacks that must first return, such as a sanitizer's report. */
void sched_stop_soon(void);

/* Points taken so far, of those that count. */
uint64_t sched_points_now(void);
/* Virtual time since the run began. */
uint64_t sched_now_ns(void);
/* A number below n (n >= 1) that the input decides: who is signalled, whether a wake-up is spurious. */
uint32_t sched_chance(uint32_t n);

const char *sched_point_text(enum sched_point_kind kind);
const char *sched_wait_text(enum sched_wait wait);
const char *sched_outcome_text(enum sched_outcome outcome);

#endif
