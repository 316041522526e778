/* A block is read by a thread, and then freed by another without anything in between. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((noinline)) static int visit(volatile int *node) { return node[3]; }

static void *visitor(void *node) {
  visit(node);
  return NULL;
}

__attribute__((noinline)) static void drop(void *node) { free(node); }

int main(void) {
  int *node = calloc(10, sizeof *node);
  pthread_t thread;
  pthread_create(&thread, NULL, visitor, node);
  usleep(100000);
  drop(node);
  pthread_join(thread, NULL);
  return 0;
}
