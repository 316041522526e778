/* clock.c - time is virtual: it passes with the points of a run, and at once where nobody can run. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "hooks/model.h"
#include "hooks/real.h"

#define NS_PER_S UINT64_C(1000000000)
#define REALTIME_AT_START (UINT64_C(946684800) * NS_PER_S) /* 2000-01-01 UTC; every other clock starts at 0 */

static uint64_t origin_of(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI ? REALTIME_AT_START : 0;
}

static uint64_t ns_of(const struct timespec *time) {
  if (time->tv_sec < 0)
    return 0;
  if ((uint64_t)time->tv_sec > UINT64_MAX / NS_PER_S / 2)
    return UINT64_MAX / 2;
  return (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
}

static struct timespec timespec_of(uint64_t ns) {
  return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

uint64_t model_deadline(clockid_t clock, const struct timespec *at) {
  uint64_t ns = ns_of(at), origin = origin_of(clock);
  return ns > origin ? ns - origin : 1;
}

struct timespec model_clock(clockid_t clock) { return timespec_of(origin_of(clock) + sched_now_ns()); }

void model_sleep(uint64_t ns, const struct sched_place *place) {
  if (ns == 0)
    sched_give_way(SCHED_POINT_TIME, place);
  else
    sched_block(SCHED_WAIT_SLEEP, 0, SCHED_NO_TASK, sched_now_ns() + ns, place);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *time) {
  if (!hook_acts())
    return __real_clock_gettime(clock, time);
  sched_point(SCHED_POINT_TIME, HOOK_PLACE(time, 0));
  *time = model_clock(clock);
  return 0;
}

int __wrap_timespec_get(struct timespec *time, int base) {
  if (!hook_acts())
    return __real_timespec_get(time, base);
  sched_point(SCHED_POINT_TIME, HOOK_PLACE(time, 0));
  *time = model_clock(CLOCK_REALTIME);
  return base;
}

int __wrap_gettimeofday(struct timeval *time, void *zone) {
  if (!hook_acts())
    return __real_gettimeofday(time, zone);
  sched_point(SCHED_POINT_TIME, HOOK_PLACE(time, 0));
  struct timespec now = model_clock(CLOCK_REALTIME);
  *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

time_t __wrap_time(time_t *time) {
  if (!hook_acts())
    return __real_time(time);
  sched_point(SCHED_POINT_TIME, HOOK_PLACE(time, 0));
  time_t now = model_clock(CLOCK_REALTIME).tv_sec;
  if (time)
    *time = now;
  return now;
}

int __wrap_nanosleep(const struct timespec *duration, struct timespec *left) {
  if (!hook_acts())
    return __real_nanosleep(duration, left);
  model_sleep(ns_of(duration), &HOOK_PLACE(duration, 0));
  if (left)
    *left = (struct timespec){0, 0};
  return 0;
}

int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left) {
  if (!hook_acts())
    return __real_clock_nanosleep(clock, flags, time, left);
  uint64_t ns = ns_of(time), now = sched_now_ns();
  if (flags & TIMER_ABSTIME) {
    uint64_t deadline = model_deadline(clock, time);
    ns = deadline > now ? deadline - now : 0;
  }
  model_sleep(ns, &HOOK_PLACE(time, 0));
  if (left)
    *left = (struct timespec){0, 0};
  return 0;
}

int __wrap_usleep(useconds_t microseconds) {
  if (!hook_acts())
    return __real_usleep(microseconds);
  model_sleep((uint64_t)microseconds * 1000, &HOOK_PLACE(0, 0));
  return 0;
}

unsigned __wrap_sleep(unsigned seconds) {
  if (!hook_acts())
    return __real_sleep(seconds);
  model_sleep(seconds * NS_PER_S, &HOOK_PLACE(0, 0));
  return 0;
}

int __wrap_sched_yield(void) {
  if (!hook_acts())
    return __real_sched_yield();
  sched_give_way(SCHED_POINT_YIELD, &HOOK_PLACE(0, 0));
  return 0;
}
