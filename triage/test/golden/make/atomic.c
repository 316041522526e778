/* One side is atomic, the other is not; the variable is a global. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

_Atomic int table[4];

__attribute__((noinline)) static void publish(void) { atomic_store_explicit(&table[2], 1, memory_order_release); }

__attribute__((noinline)) static int look(void) { return *(volatile int *)(void *)&table[2]; }

static void *publisher(void *unused) {
  publish();
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, publisher, NULL);
  usleep(100000);
  int seen = look();
  pthread_join(thread, NULL);
  return seen - 1;
}
