/* A block is read after another function freed it.  With an argument another thread frees it. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((noinline)) static void drop(void *node) { free(node); }

__attribute__((noinline)) static int visit(volatile int *node) { return node[3]; }

static void *dropper(void *node) {
  drop(node);
  return NULL;
}

int main(int count, char **arguments) {
  (void)arguments;
  int *volatile node = malloc(10 * sizeof *node);
  pthread_t thread;
  if (count > 1) {
    pthread_create(&thread, NULL, dropper, node);
    usleep(100000);
  } else
    drop(node);
  int seen = visit(node);
  if (count > 1)
    pthread_join(thread, NULL);
  return seen & 0;
}
