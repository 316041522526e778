/* Signal handlers that do what they may not, a thread that nobody joins, a null pointer: the argument says which. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *volatile kept;

__attribute__((noinline)) static void allocate_in_handler(int number) {
  (void)number;
  kept = malloc(10);
}

__attribute__((noinline)) static void spoil_errno(int number) {
  (void)number;
  errno = 77;
}

static void *nothing(void *unused) { return unused; }

__attribute__((noinline)) static void leak_thread(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, nothing, NULL);
}

__attribute__((noinline)) static void write_null(void) { *(volatile int *)kept = 1; }

static void *send(void *thread) {
  pthread_kill(*(pthread_t *)thread, SIGPROF);
  return NULL;
}

__attribute__((noinline)) static void get_signal(void) {
  pthread_t self = pthread_self(), sender;
  pthread_create(&sender, NULL, send, &self);
  pthread_join(sender, NULL);
  for (int i = 0; i < 10; i++)
    usleep(10000);
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "null";
  if (strcmp(what, "malloc") == 0 || strcmp(what, "errno") == 0) {
    signal(SIGPROF, *what == 'm' ? allocate_in_handler : spoil_errno);
    get_signal();
  } else if (strcmp(what, "thread") == 0) {
    leak_thread();
    usleep(100000);
  } else
    write_null();
  return 0;
}
