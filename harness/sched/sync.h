/* sync.h - the model of what tasks wait for: who owns which lock, who sleeps where.
 *
 * All tasks may share one OS thread, so the C library cannot know who holds a lock; this does.  Objects are known by
 * an id (their address, looked up and never compared) and exist from their first use until sync_destroy() or the end
 * of the run.  Every call is made by the running task inside a run; those that may block let other tasks run.
 * Deadlines are virtual nanoseconds, 0 for none; a deadline already past means: try once. */
#ifndef HEDDLE_SCHED_SYNC_H
#define HEDDLE_SCHED_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/sched.h"

enum sync_result {
  SYNC_OK,
  SYNC_BUSY,      /* try: held by somebody */
  SYNC_TIMED_OUT, /* the deadline passed */
  SYNC_OWNED,     /* the caller itself holds it, and asking again is an error of this kind of lock */
  SYNC_NOT_OWNER, /* unlock by somebody who does not hold it */
  SYNC_NOT_HELD,  /* unlock of what nobody holds; barrier: not initialised */
  SYNC_IN_USE,    /* destroy while held or waited for */
  SYNC_OVERFLOW,
  SYNC_LAST, /* barrier: the caller completed it */
};

enum sync_mutex_kind { SYNC_MUTEX_NORMAL, SYNC_MUTEX_RECURSIVE, SYNC_MUTEX_ERRORCHECK };

/* Forgets every object; at the start of a run. */
void sync_begin(void);
/* Forgets the objects in [address, address+size): their memory was freed. */
void sync_forget_range(uintptr_t address, uint64_t size);

/* Mutexes.  A normal mutex locked twice by one task is a deadlock, and shows as one. */
enum sync_result sync_mutex_lock(uintptr_t id, enum sync_mutex_kind kind, uint64_t deadline_ns,
                                 const struct sched_place *place);
enum sync_result sync_mutex_try(uintptr_t id, enum sync_mutex_kind kind);
enum sync_result sync_mutex_unlock(uintptr_t id);
/* Recursion depth at which the running task holds it; 0: it does not. */
uint32_t sync_mutex_depth(uintptr_t id);

/* Spin locks: as a normal mutex, reported under their own name. */
enum sync_result sync_spin_lock(uintptr_t id, const struct sched_place *place);

/* Readers-writer locks; the plan's prefer_writers says who goes first. */
enum sync_result sync_rwlock_read(uintptr_t id, uint64_t deadline_ns, const struct sched_place *place);
enum sync_result sync_rwlock_write(uintptr_t id, uint64_t deadline_ns, const struct sched_place *place);
enum sync_result sync_rwlock_try_read(uintptr_t id);
enum sync_result sync_rwlock_try_write(uintptr_t id);
enum sync_result sync_rwlock_unlock(uintptr_t id);

/* Condition variables.  The caller enters, unlocks its mutex, sleeps, and locks it again: between enter and sleep no
 * other task runs unless the caller lets it, so no signal is lost.  Sleep: OK (signalled, or spuriously) or TIMED_OUT.
 */
void sync_cond_enter(uintptr_t id);
enum sync_result sync_cond_sleep(uintptr_t id, uint64_t deadline_ns, const struct sched_place *place);
void sync_cond_signal(uintptr_t id);
void sync_cond_broadcast(uintptr_t id);

/* Barriers: sync_barrier_init first, or waiting is NOT_HELD.  OK, or LAST for the one who completed the round. */
void sync_barrier_init(uintptr_t id, uint32_t count);
enum sync_result sync_barrier_wait(uintptr_t id, const struct sched_place *place);

/* Once: true: the caller is the one to run the initialiser, and then calls sync_once_done(); false: it has been run. */
bool sync_once_enter(uintptr_t id, bool done_before, const struct sched_place *place);
void sync_once_done(uintptr_t id);

/* Semaphores. The first use sets the value. */
void sync_sem_init(uintptr_t id, uint32_t value);
enum sync_result sync_sem_wait(uintptr_t id, uint32_t value_at_first, uint64_t deadline_ns,
                               const struct sched_place *place);
enum sync_result sync_sem_try(uintptr_t id, uint32_t value_at_first);
enum sync_result sync_sem_post(uintptr_t id, uint32_t value_at_first);

/* IN_USE where somebody holds it or waits for it; the object is forgotten otherwise. */
enum sync_result sync_destroy(uintptr_t id);
/* A fresh object at this id, whatever was there: initialisation. */
void sync_init(uintptr_t id);

/* For reports: the task that owns the object exclusively, or SCHED_NO_TASK. */
int sync_owner(uintptr_t id);
/* Calls `visit` for each object that `task` holds (exclusively or shared), in the order of first use. */
struct sync_holding {
  uintptr_t id;
  const void *taken_at; /* the call that took it last, whoever made it; NULL: a try */
  uint32_t label;       /* what that task was doing (sched_label) */
};
void sync_visit_held(int task, void (*visit)(void *context, const struct sync_holding *holding), void *context);

#endif
