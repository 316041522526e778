/* real.h - the wrapped calls and the real ones behind them: -Wl,--wrap=NAME (wrap.list) turns every call of NAME into
 * one of __wrap_NAME, and __real_NAME is what it was. */
#ifndef HEDDLE_HOOKS_REAL_H
#define HEDDLE_HOOKS_REAL_H

#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE first: some of these are GNU's"
#endif
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) extern __typeof__(name) __real_##name, __wrap_##name;

REAL(malloc)
REAL(calloc)
REAL(realloc)
REAL(free)
REAL(aligned_alloc)
REAL(posix_memalign)
REAL(strdup)
REAL(strndup)

REAL(pthread_mutex_init)
REAL(pthread_mutex_destroy)
REAL(pthread_mutex_lock)
REAL(pthread_mutex_trylock)
REAL(pthread_mutex_timedlock)
REAL(pthread_mutex_clocklock)
REAL(pthread_mutex_unlock)
REAL(pthread_spin_init)
REAL(pthread_spin_destroy)
REAL(pthread_spin_lock)
REAL(pthread_spin_trylock)
REAL(pthread_spin_unlock)
REAL(pthread_rwlock_init)
REAL(pthread_rwlock_destroy)
REAL(pthread_rwlock_rdlock)
REAL(pthread_rwlock_tryrdlock)
REAL(pthread_rwlock_timedrdlock)
REAL(pthread_rwlock_clockrdlock)
REAL(pthread_rwlock_wrlock)
REAL(pthread_rwlock_trywrlock)
REAL(pthread_rwlock_timedwrlock)
REAL(pthread_rwlock_clockwrlock)
REAL(pthread_rwlock_unlock)
REAL(pthread_cond_init)
REAL(pthread_cond_destroy)
REAL(pthread_cond_wait)
REAL(pthread_cond_timedwait)
REAL(pthread_cond_clockwait)
REAL(pthread_cond_signal)
REAL(pthread_cond_broadcast)
REAL(pthread_barrier_init)
REAL(pthread_barrier_destroy)
REAL(pthread_barrier_wait)
REAL(pthread_once)
REAL(sem_init)
REAL(sem_destroy)
REAL(sem_wait)
REAL(sem_trywait)
REAL(sem_timedwait)
REAL(sem_clockwait)
REAL(sem_post)
REAL(sem_getvalue)
REAL(pthread_create)
REAL(pthread_join)
REAL(pthread_detach)
REAL(pthread_self)
REAL(pthread_setname_np)
REAL(pthread_setaffinity_np)
REAL(pthread_key_create)
REAL(pthread_key_delete)
REAL(pthread_setspecific)
REAL(pthread_getspecific)

REAL(mtx_init)
REAL(mtx_destroy)
REAL(mtx_lock)
REAL(mtx_timedlock)
REAL(mtx_trylock)
REAL(mtx_unlock)
REAL(cnd_init)
REAL(cnd_destroy)
REAL(cnd_wait)
REAL(cnd_timedwait)
REAL(cnd_signal)
REAL(cnd_broadcast)
REAL(call_once)
REAL(thrd_create)
REAL(thrd_join)
REAL(thrd_detach)
REAL(thrd_current)
REAL(thrd_equal)
REAL(thrd_yield)
REAL(thrd_sleep)
REAL(tss_create)
REAL(tss_delete)
REAL(tss_set)
REAL(tss_get)

REAL(clock_gettime)
REAL(timespec_get)
REAL(gettimeofday)
REAL(time)
REAL(nanosleep)
REAL(clock_nanosleep)
REAL(usleep)
REAL(sleep)
REAL(sched_yield)

#undef REAL

_Noreturn void __real_pthread_exit(void *result);
_Noreturn void __wrap_pthread_exit(void *result);
_Noreturn void __real_thrd_exit(int result);
_Noreturn void __wrap_thrd_exit(int result);
_Noreturn void __real_abort(void);
_Noreturn void __wrap_abort(void);
_Noreturn void __real_exit(int status);
_Noreturn void __wrap_exit(int status);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
_Noreturn void __real___assert_fail(const char *condition, const char *file, unsigned line, const char *function);
_Noreturn void __wrap___assert_fail(const char *condition, const char *file, unsigned line, const char *function);
_Noreturn void __real_map_fatal(const char *message);
_Noreturn void __wrap_map_fatal(const char *message);

#endif
