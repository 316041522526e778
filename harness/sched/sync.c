/* sync.c - see sync.h.  An unlock wakes everybody who waits, and the scheduler decides who takes the lock: barging, as
 * the C library has it.  Waiters are kept as a bit set; condition variables and semaphores need no order either, since
 * POSIX names none: sched_chance() picks the one to be signalled. */
#include "sched/sync.h"

#include <stddef.h>
#include <string.h>

#define OBJECTS_MAX 4096u /* in use at once; the table holds twice as many slots */
#define SLOTS (2 * OBJECTS_MAX)

struct object {
  uintptr_t id;
  uint32_t depth; /* mutex: recursion; once: 1 running, 2 done */
  int owner;      /* exclusive holder */
  bool forgotten;
  uint64_t readers;                      /* bit a task: rwlock held for reading */
  uint64_t waiting;                      /* bit a task */
  uint64_t writers;                      /* of `waiting`: those who want to write */
  uint64_t sleeping;                     /* bit a task: in a condition variable, not yet signalled */
  uint32_t value;                        /* semaphore's value, barrier's count */
  uint32_t arrived;                      /* at the barrier, this round */
  uint32_t label;                        /* what its last taker was doing */
  const void *taken_at;                  /* where it was taken last; NULL: by a try */
  uint8_t shared_depth[SCHED_TASKS_MAX]; /* rwlock: read locks of each task */
};

/* Objects lie in the order of first use; the table finds them by id.  Open addressing; a run's entries carry its
 * number, so that beginning a run costs nothing. */
static struct object objects[OBJECTS_MAX];
static uint32_t object_count;
static struct {
  uint32_t run, object;
} slots[SLOTS];
static uint32_t run;

static uint64_t bit(int task) { return UINT64_C(1) << task; }

void sync_begin(void) {
  object_count = 0;
  run++;
}

static uint32_t hash(uintptr_t id) { return (uint32_t)((id * SCHED_MIX) >> 40) % SLOTS; }

static struct object *find(uintptr_t id) {
  for (uint32_t s = hash(id); slots[s].run == run; s = (s + 1) % SLOTS) {
    struct object *object = &objects[slots[s].object];
    if (object->id == id && !object->forgotten)
      return object;
  }
  return NULL;
}

static void reset(struct object *object) {
  object->depth = object->value = object->arrived = 0;
  object->owner = SCHED_NO_TASK;
  object->readers = object->waiting = object->writers = object->sleeping = 0;
  object->forgotten = false;
  object->label = 0;
  object->taken_at = NULL;
  memset(object->shared_depth, 0, sizeof object->shared_depth);
}

/* Drops forgotten objects from the list and lays the table anew. */
static void compact(void) {
  uint32_t kept = 0;
  run++;
  for (uint32_t i = 0; i < object_count; i++) {
    if (objects[i].forgotten)
      continue;
    objects[kept] = objects[i];
    uint32_t s = hash(objects[kept].id);
    while (slots[s].run == run)
      s = (s + 1) % SLOTS;
    slots[s].run = run;
    slots[s].object = kept++;
  }
  object_count = kept;
}

static struct object *get(uintptr_t id) {
  struct object *object = find(id);
  if (object)
    return object;
  if (object_count == OBJECTS_MAX)
    compact();
  if (object_count == OBJECTS_MAX)
    sched_stop(SCHED_BUDGET);
  uint32_t s = hash(id);
  while (slots[s].run == run)
    s = (s + 1) % SLOTS;
  slots[s].run = run;
  slots[s].object = object_count;
  object = &objects[object_count++];
  object->id = id;
  reset(object);
  return object;
}

void sync_init(uintptr_t id) { reset(get(id)); }

void sync_forget_range(uintptr_t address, uint64_t size) {
  for (uint32_t i = 0; i < object_count; i++)
    if (objects[i].id - address < size)
      objects[i].forgotten = true;
}

static bool in_use(const struct object *object) {
  return object->owner != SCHED_NO_TASK || object->readers || object->waiting || object->sleeping;
}

enum sync_result sync_destroy(uintptr_t id) {
  struct object *object = find(id);
  if (!object)
    return SYNC_OK;
  if (in_use(object))
    return SYNC_IN_USE;
  object->forgotten = true;
  return SYNC_OK;
}

int sync_owner(uintptr_t id) {
  const struct object *object = find(id);
  return object ? object->owner : SCHED_NO_TASK;
}

void sync_visit_held(int task, void (*visit)(void *context, const struct sync_holding *holding), void *context) {
  for (uint32_t i = 0; i < object_count; i++) {
    const struct object *object = &objects[i];
    if (!object->forgotten && (object->owner == task || (object->readers & bit(task))))
      visit(context, &(struct sync_holding){object->id, object->taken_at, object->label});
  }
}

static void note_taker(struct object *object, const struct sched_place *place) {
  object->label = sched.tasks[sched.running].label;
  object->taken_at = place ? place->pc : NULL;
}

/* One whose deadline has passed is awake already, and has yet to go on. */
static void wake_all(uint64_t tasks) {
  for (; tasks; tasks &= tasks - 1)
    if (sched.tasks[__builtin_ctzll(tasks)].state == SCHED_TASK_BLOCKED)
      sched_wake(__builtin_ctzll(tasks));
}

/* A writer stays one of `writers` until it goes on: it still keeps new readers out. */
static void wake_waiting(struct object *object) {
  uint64_t tasks = object->waiting;
  object->waiting = 0;
  wake_all(tasks);
}

/* The one task whose unlock could end a wait for the object. */
static int only_holder(const struct object *object) {
  if (object->owner != SCHED_NO_TASK)
    return object->owner;
  return __builtin_popcountll(object->readers) == 1 ? __builtin_ctzll(object->readers) : SCHED_NO_TASK;
}

/* Waits for a change of the object; false where the deadline passed first.  The object may be destroyed or freed
 * meanwhile: the caller looks it up again. */
static bool wait_for_change(uintptr_t id, enum sched_wait wait, uint64_t deadline_ns, const struct sched_place *place) {
  struct object *object = get(id);
  int self = sched.running;
  if (deadline_ns && deadline_ns <= sched_now_ns())
    return false;
  object->waiting |= bit(self);
  if (wait == SCHED_WAIT_RWLOCK_WRITE)
    object->writers |= bit(self);
  bool woken = sched_block(wait, id, only_holder(object), deadline_ns, place);
  object = find(id);
  if (!object)
    return woken;
  object->waiting &= ~bit(self);
  object->writers &= ~bit(self);
  return woken;
}

/* Mutexes and spin locks. */

static enum sync_result take_mutex(struct object *object, enum sync_mutex_kind kind, const struct sched_place *place) {
  if (object->owner == SCHED_NO_TASK) {
    note_taker(object, place);
    object->owner = sched.running;
    object->depth = 1;
    return SYNC_OK;
  }
  if (object->owner != sched.running)
    return SYNC_BUSY;
  if (kind == SYNC_MUTEX_NORMAL)
    return SYNC_BUSY;
  if (kind == SYNC_MUTEX_ERRORCHECK)
    return SYNC_OWNED;
  object->depth++;
  return SYNC_OK;
}

static enum sync_result lock_mutex(uintptr_t id, enum sync_mutex_kind kind, enum sched_wait wait, uint64_t deadline_ns,
                                   const struct sched_place *place) {
  enum sync_result result;
  while ((result = take_mutex(get(id), kind, place)) == SYNC_BUSY)
    if (!wait_for_change(id, wait, deadline_ns, place))
      return SYNC_TIMED_OUT;
  return result;
}

enum sync_result sync_mutex_lock(uintptr_t id, enum sync_mutex_kind kind, uint64_t deadline_ns,
                                 const struct sched_place *place) {
  return lock_mutex(id, kind, SCHED_WAIT_MUTEX, deadline_ns, place);
}

enum sync_result sync_spin_lock(uintptr_t id, const struct sched_place *place) {
  return lock_mutex(id, SYNC_MUTEX_NORMAL, SCHED_WAIT_SPIN, 0, place);
}

enum sync_result sync_mutex_try(uintptr_t id, enum sync_mutex_kind kind) {
  enum sync_result result = take_mutex(get(id), kind, NULL);
  return result == SYNC_OWNED ? SYNC_BUSY : result;
}

enum sync_result sync_mutex_unlock(uintptr_t id) {
  struct object *object = get(id);
  if (object->owner == SCHED_NO_TASK)
    return SYNC_NOT_HELD;
  if (object->owner != sched.running)
    return SYNC_NOT_OWNER;
  if (--object->depth)
    return SYNC_OK;
  object->owner = SCHED_NO_TASK;
  wake_waiting(object);
  return SYNC_OK;
}

uint32_t sync_mutex_depth(uintptr_t id) {
  const struct object *object = find(id);
  return object && object->owner == sched.running ? object->depth : 0;
}

/* Readers-writer locks. */

static enum sync_result take_read(struct object *object, const struct sched_place *place) {
  int self = sched.running;
  if (object->owner == self)
    return SYNC_OWNED;
  if (object->owner != SCHED_NO_TASK)
    return SYNC_BUSY;
  bool again = object->readers & bit(self);
  if (sched.plan->prefer_writers && object->writers && !again)
    return SYNC_BUSY;
  if (object->shared_depth[self] == UINT8_MAX)
    return SYNC_OVERFLOW;
  note_taker(object, place);
  object->readers |= bit(self);
  object->shared_depth[self]++;
  return SYNC_OK;
}

static enum sync_result take_write(struct object *object, const struct sched_place *place) {
  if (object->owner == sched.running)
    return SYNC_OWNED;
  if (object->owner != SCHED_NO_TASK || object->readers)
    return SYNC_BUSY;
  note_taker(object, place);
  object->owner = sched.running;
  return SYNC_OK;
}

enum sync_result sync_rwlock_read(uintptr_t id, uint64_t deadline_ns, const struct sched_place *place) {
  enum sync_result result;
  while ((result = take_read(get(id), place)) == SYNC_BUSY)
    if (!wait_for_change(id, SCHED_WAIT_RWLOCK_READ, deadline_ns, place))
      return SYNC_TIMED_OUT;
  return result;
}

enum sync_result sync_rwlock_write(uintptr_t id, uint64_t deadline_ns, const struct sched_place *place) {
  enum sync_result result;
  while ((result = take_write(get(id), place)) == SYNC_BUSY) {
    if (!wait_for_change(id, SCHED_WAIT_RWLOCK_WRITE, deadline_ns, place)) {
      /* Readers that stood back for this writer may go on. */
      struct object *object = get(id);
      if (!object->writers)
        wake_waiting(object);
      return SYNC_TIMED_OUT;
    }
  }
  return result;
}

enum sync_result sync_rwlock_try_read(uintptr_t id) {
  enum sync_result result = take_read(get(id), NULL);
  return result == SYNC_OWNED ? SYNC_BUSY : result;
}

enum sync_result sync_rwlock_try_write(uintptr_t id) {
  enum sync_result result = take_write(get(id), NULL);
  return result == SYNC_OWNED ? SYNC_BUSY : result;
}

enum sync_result sync_rwlock_unlock(uintptr_t id) {
  struct object *object = get(id);
  int self = sched.running;
  if (object->owner == self) {
    object->owner = SCHED_NO_TASK;
  } else if (object->readers & bit(self)) {
    if (--object->shared_depth[self])
      return SYNC_OK;
    object->readers &= ~bit(self);
  } else {
    return object->owner == SCHED_NO_TASK && !object->readers ? SYNC_NOT_HELD : SYNC_NOT_OWNER;
  }
  if (!object->readers)
    wake_waiting(object);
  return SYNC_OK;
}

/* Condition variables. */

void sync_cond_enter(uintptr_t id) { get(id)->sleeping |= bit(sched.running); }

enum sync_result sync_cond_sleep(uintptr_t id, uint64_t deadline_ns, const struct sched_place *place) {
  int self = sched.running;
  bool woken = true;
  bool spurious = sched.plan->spurious && sched_chance(4) == 0;
  if (get(id)->sleeping & bit(self)) {
    if (spurious)
      sched_give_way(SCHED_POINT_COND, place);
    else if (deadline_ns && deadline_ns <= sched_now_ns())
      woken = false;
    else
      woken = sched_block(SCHED_WAIT_COND, id, SCHED_NO_TASK, deadline_ns, place);
  }
  /* A signal that came after the deadline, but before this task went on, was taken from nobody else: it counts. */
  struct object *object = get(id);
  bool signalled = !(object->sleeping & bit(self));
  object->sleeping &= ~bit(self);
  return woken || signalled ? SYNC_OK : SYNC_TIMED_OUT;
}

/* One that already goes on spuriously, or has yet to sleep, is not blocked: it only leaves the set. */
static void signal_task(struct object *object, int task) {
  object->sleeping &= ~bit(task);
  if (sched.tasks[task].state == SCHED_TASK_BLOCKED && sched.tasks[task].wait == SCHED_WAIT_COND)
    sched_wake(task);
}

void sync_cond_signal(uintptr_t id) {
  struct object *object = get(id);
  if (!object->sleeping)
    return;
  uint32_t nth = sched_chance((uint32_t)__builtin_popcountll(object->sleeping));
  uint64_t rest = object->sleeping;
  while (nth--)
    rest &= rest - 1;
  signal_task(object, __builtin_ctzll(rest));
}

void sync_cond_broadcast(uintptr_t id) {
  struct object *object = get(id);
  while (object->sleeping)
    signal_task(object, __builtin_ctzll(object->sleeping));
}

/* Barriers. */

void sync_barrier_init(uintptr_t id, uint32_t count) {
  struct object *object = get(id);
  reset(object);
  object->value = count;
}

enum sync_result sync_barrier_wait(uintptr_t id, const struct sched_place *place) {
  struct object *object = get(id);
  if (object->value == 0)
    return SYNC_NOT_HELD;
  if (++object->arrived == object->value) {
    object->arrived = 0;
    wake_waiting(object);
    return SYNC_LAST;
  }
  /* Only the last one's arrival wakes; the barrier itself may be gone by the time this task goes on. */
  wait_for_change(id, SCHED_WAIT_BARRIER, 0, place);
  return SYNC_OK;
}

/* Once. */

enum { ONCE_NEW, ONCE_RUNNING, ONCE_DONE };

bool sync_once_enter(uintptr_t id, bool done_before, const struct sched_place *place) {
  struct object *object = get(id);
  if (done_before)
    object->depth = ONCE_DONE;
  while ((object = get(id))->depth == ONCE_RUNNING)
    wait_for_change(id, SCHED_WAIT_ONCE, 0, place);
  if (object->depth == ONCE_DONE)
    return false;
  object->depth = ONCE_RUNNING;
  object->owner = sched.running;
  return true;
}

void sync_once_done(uintptr_t id) {
  struct object *object = get(id);
  object->depth = ONCE_DONE;
  object->owner = SCHED_NO_TASK;
  wake_waiting(object);
}

/* Semaphores. */

static struct object *semaphore(uintptr_t id, uint32_t value_at_first) {
  struct object *object = find(id);
  if (object)
    return object;
  object = get(id);
  object->value = value_at_first;
  return object;
}

void sync_sem_init(uintptr_t id, uint32_t value) {
  struct object *object = get(id);
  reset(object);
  object->value = value;
}

enum sync_result sync_sem_wait(uintptr_t id, uint32_t value_at_first, uint64_t deadline_ns,
                               const struct sched_place *place) {
  while (semaphore(id, value_at_first)->value == 0)
    if (!wait_for_change(id, SCHED_WAIT_SEMAPHORE, deadline_ns, place))
      return SYNC_TIMED_OUT;
  semaphore(id, value_at_first)->value--;
  return SYNC_OK;
}

enum sync_result sync_sem_try(uintptr_t id, uint32_t value_at_first) {
  struct object *object = semaphore(id, value_at_first);
  if (object->value == 0)
    return SYNC_BUSY;
  object->value--;
  return SYNC_OK;
}

enum sync_result sync_sem_post(uintptr_t id, uint32_t value_at_first) {
  struct object *object = semaphore(id, value_at_first);
  if (object->value == INT32_MAX)
    return SYNC_OVERFLOW;
  object->value++;
  wake_waiting(object);
  return SYNC_OK;
}
