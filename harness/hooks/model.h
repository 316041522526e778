/* model.h - the modelled calls, once: pthread names, C11 names and semaphores are thin wrappers over these.
 *
 * Each is called in a run, by the running task, with the place of the wrapper that was called; it takes a scheduling
 * point, asks sched/sync.h, and then makes the real call, which never blocks by then: so TSan and glibc see what
 * happened.  Results are errno values, 0 for success. */
#ifndef HEDDLE_HOOKS_MODEL_H
#define HEDDLE_HOOKS_MODEL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "hooks/hook.h"

#define MODEL_FOREVER 0

/* A deadline in virtual nanoseconds from an absolute time on `clock`: never 0, which means none; 1 where it is past. */
uint64_t model_deadline(clockid_t clock, const struct timespec *at);
/* What `clock` shows now. */
struct timespec model_clock(clockid_t clock);
/* Sleeps for so long, virtually. */
void model_sleep(uint64_t ns, const struct sched_place *place);

int model_mutex_lock(pthread_mutex_t *mutex, uint64_t deadline_ns, const struct sched_place *place);
int model_mutex_try(pthread_mutex_t *mutex, const struct sched_place *place);
int model_mutex_unlock(pthread_mutex_t *mutex, const struct sched_place *place);
int model_mutex_destroy(pthread_mutex_t *mutex, const struct sched_place *place);

int model_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns,
                    const struct sched_place *place);
void model_cond_signal(pthread_cond_t *cond, const struct sched_place *place);
void model_cond_broadcast(pthread_cond_t *cond, const struct sched_place *place);
int model_cond_destroy(pthread_cond_t *cond, const struct sched_place *place);

void model_once(int *control, void (*function)(void), const struct sched_place *place);

/* No point: the wrapper takes one first. */
int model_thread_spawn(pthread_t *handle, void *(*body)(void *), void *arg, bool detached);
int model_thread_join(pthread_t handle, void **result, const struct sched_place *place);
int model_thread_detach(pthread_t handle, const struct sched_place *place);
_Noreturn void model_thread_exit(void *result);
pthread_t model_thread_self(void);

int model_key_create(pthread_key_t *key, void (*destructor)(void *));
int model_key_delete(pthread_key_t key);
int model_key_set(pthread_key_t key, const void *value);
void *model_key_get(pthread_key_t key);
/* True where the key was made in this run. */
bool model_key_known(pthread_key_t key);
/* Runs the destructors of the running task's values, as a thread's end does. */
void model_keys_finish(void);
void model_keys_begin(void);
void model_threads_begin(void);

/* A lock, condition variable, barrier, semaphore or thread was used in a way that POSIX leaves undefined: a failure,
 * and the end of the run. */
_Noreturn void model_misuse(const char *what, const struct sched_place *place);
/* A call that may block and has no model: likewise. */
_Noreturn void model_refuse(const char *name, const void *frame);

#endif
