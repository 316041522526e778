/* Calls that would block and that no model stands for. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

static void *wait_on_futex(void *arg) {
  static uint32_t word;
  syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
  return arg;
}

static void *call_poll(void *arg) {
  struct pollfd none = {.fd = -1};
  poll(&none, 1, -1);
  return arg;
}

static void *call_select(void *arg) {
  select(0, NULL, NULL, NULL, NULL);
  return arg;
}

static void *call_fork(void *arg) {
  if (fork() == 0)
    _exit(0);
  return arg;
}

static void *call_sem_open(void *arg) {
  sem_open("/name", O_CREAT, 0600, 1);
  return arg;
}

static void *call_recv(void *arg) {
  char byte;
  recv(0, &byte, 1, 0);
  return arg;
}

static void *call_pause(void *arg) {
  pause();
  return arg;
}

static void *call_flock(void *arg) {
  flock(0, LOCK_EX);
  return arg;
}

static void *call_cancel(void *arg) {
  pthread_cancel(pthread_self());
  return arg;
}

static void *call_waitpid(void *arg) {
  waitpid(-1, NULL, 0);
  return arg;
}

const struct refused refused_calls[] = {
    {"syscall", wait_on_futex},
    {"poll", call_poll},
    {"select", call_select},
    {"fork", call_fork},
    {"sem_open", call_sem_open},
    {"recv", call_recv},
    {"pause", call_pause},
    {"flock", call_flock},
    {"pthread_cancel", call_cancel},
    {"waitpid", call_waitpid},
    {NULL, NULL},
};

/* From a thread, while another one waits: the run ends all the same. */
void *refused_in_thread(void *arg) {
  start_and_join(call_poll, NULL, 2);
  return arg;
}
