/* scenario.h - the programs under test: plain C with threads, as a user would write it.
 *
 * Each is a thread's body.  Where it says `guarded`, a NULL argument leaves out what the program is about, and what it
 * protects is accessed without.  They check themselves by assert(). */
#ifndef HEDDLE_TEST_SCENARIO_SCENARIO_H
#define HEDDLE_TEST_SCENARIO_SCENARIO_H

/* mutex.c */
void *mutex_counter(void *guarded);
void *mutex_blocks(void *arg);
void *mutex_recursive(void *arg);
void *mutex_errorcheck(void *arg);
void *mutex_timed(void *arg);
void *mutex_try(void *guarded);
void *mutex_unlock_unlocked(void *arg);
void *mutex_unlock_of_another(void *arg);
void *mutex_destroy_locked(void *arg);
void *mutex_destroy_awaited(void *arg);
void *mutex_use_destroyed(void *arg);
void *mutex_lock_twice(void *arg);
void *mutex_left_locked(void *arg);

/* rwlock.c */
void *rwlock_shared(void *guarded);
void *rwlock_readers_meet(void *arg);
void *rwlock_blocks(void *arg);
void *rwlock_timed(void *arg);
/* Adds 1 to the int at `arg` where the waiting writer went before a reader that came later. */
void *rwlock_preference(void *arg);
void *rwlock_unlock_unlocked(void *arg);
void *rwlock_unlock_of_another(void *arg);
void *rwlock_destroy_locked(void *arg);
void *rwlock_upgrade(void *arg);

/* cond.c */
void *cond_buffer(void *guarded);
void *cond_broadcast(void *arg);
/* Adds to the int at `arg` how many of three waits in vain ended before their time. */
void *cond_timed(void *arg);
void *cond_in_time(void *arg);
void *cond_wait_without_mutex(void *arg);
void *cond_destroy_awaited(void *arg);
void *cond_never_signalled(void *arg);

/* spin.c */
void *spin_counter(void *guarded);
void *spin_try(void *arg);
void *spin_unlock_unlocked(void *arg);
void *spin_unlock_of_another(void *arg);
void *spin_destroy_locked(void *arg);
void *spin_lock_twice(void *arg);

/* barrier.c */
void *barrier_rounds(void *guarded);
void *barrier_blocks(void *arg);
void *barrier_wait_destroyed(void *arg);
void *barrier_destroy_awaited(void *arg);
void *barrier_too_few(void *arg);

/* once.c */
void *once_table(void *guarded);
void *once_circular(void *arg);

/* semaphore.c */
void *semaphore_box(void *guarded);
void *semaphore_timed(void *arg);
void *semaphore_destroy_awaited(void *arg);
void *semaphore_never_posted(void *arg);

/* verdict.c: the argument points to a uint32_t, which says what its threads do */
void *verdict_globals(void *seed);
void *verdict_stack(void *seed);
void *verdict_heap(void *seed);

/* past.c: four threads that each lock and unlock a mutex so often as the long at `count` says */
void *past_locks(void *count);

/* threads.c */
void *threads_join(void *guarded);
void *threads_detach(void *guarded);
void *threads_exit(void *arg);
void *threads_self(void *arg);
void *threads_nested(void *arg);
void *threads_too_many(void *arg);
void *threads_keys(void *arg);
void *threads_local(void *guarded);
void *threads_join_twice(void *arg);
void *threads_join_detached(void *arg);
void *threads_detach_twice(void *arg);
void *threads_join_unknown(void *arg);
void *threads_join_circle(void *arg);

/* clock.c */
void *clock_sleeps(void *arg);
void *clock_reads(void *arg);
void *clock_order(void *arg);
void *clock_orders_nothing(void *arg); /* races */
void *clock_yields(void *arg);

/* c11.c */
void *c11_mailbox(void *guarded);
void *c11_mutexes(void *arg);
/* Adds 1 to the int at `arg` where a wait in vain ended before its time. */
void *c11_timed_wait(void *arg);
void *c11_once_and_keys(void *guarded);
void *c11_detach(void *arg);
void *c11_unlock_unlocked(void *arg);
void *c11_join_detached(void *arg);

/* allocation.c */
void *allocation_exchange(void *guarded);
void *allocation_calls(void *arg);
void *allocation_fresh(void *arg); /* stores a sum of fresh bytes in the int at `arg` */
void *allocation_leak(void *arg);
void *allocation_double_free(void *arg);
void *allocation_overflow(void *arg);
void *allocation_underflow(void *arg);
void *allocation_use_after_free(void *arg); /* stores a sum of what it reads, 0 to 7, in the int at `arg` */
void *allocation_free_and_use(void *arg);

/* atomics.c */
void *atomics_message(void *guarded);
void *atomics_locks(void *guarded);
void *atomics_operations(void *arg);
void *atomics_lost_update(void *arg); /* its assertion fails in some interleavings */

/* refused.c: up to a NULL name */
struct refused {
  const char *name;
  void *(*body)(void *arg);
};
extern const struct refused refused_calls[];
void *refused_in_thread(void *arg);

/* wrong.c */
void *wrong_overflow(void *arg);
void *wrong_index(void *arg);
void *wrong_unreachable(void *arg);
void *wrong_abort(void *arg);
void *wrong_assertion(void *arg);
void *wrong_exit(void *arg);
void *wrong_in_thread(void *arg);

/* standstill.c */
void *standstill_ring(void *arg);
void *standstill_another_time(void *arg);
void *standstill_one_order(void *arg);
void *standstill_politeness(void *arg);
void *standstill_spinning(void *arg);
void *standstill_none(void *arg);

/* everything.c: the argument points to a uint32_t, which says what its threads do */
void *everything(void *seed);

/* invisible.c: the argument points to an int, which kind of other work goes on: below invisible_noises() one, from
 * there on several at a time */
int invisible_noises(void);
void *invisible_race(void *which);
void *invisible_order(void *which);

/* Known bugs, a file each: without an argument they have it, with one they are fixed. */
void *known_philosophers(void *fixed);
void *known_rwlock_abba(void *fixed);
void *known_lost_wakeup(void *fixed);
void *known_missed_broadcast(void *fixed);
void *known_use_after_free(void *fixed);

#endif
