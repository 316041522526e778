/* Errors of memory: the argument says which. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char table[40];
char *volatile block;
volatile int far = 4;

__attribute__((noinline)) static void write_past(void) { block[16 + far] = 1; }
__attribute__((noinline)) static void write_before(void) { block[-far] = 1; }
__attribute__((noinline)) static void write_past_global(void) { table[40 + far] = 1; }

__attribute__((noinline)) static int read_past_local(void) {
  char local[10];
  memset(local, 0, sizeof local);
  return ((volatile char *)local)[10 + far];
}

__attribute__((noinline)) static void free_twice(void) {
  free(block);
  free(block);
}

__attribute__((noinline)) static void free_inside(void) { free(block + 8); }
__attribute__((noinline)) static void copy_onto_itself(void) { memcpy(block, block + far, (size_t)far * 2); }
__attribute__((noinline)) static void take_too_much(void) { block = malloc((size_t)-1 >> far >> far); }
__attribute__((noinline)) static int recurse(int depth) {
  volatile char local[1024];
  local[0] = (char)depth;
  return depth < 0 ? 0 : recurse(depth + 1) + local[0];
}

__attribute__((noinline)) static void lose(void) {
  char *volatile *outer = malloc(64);
  *outer = malloc(8);
  block = (char *)outer;
  block = NULL;
}

/* What still points to a block may be left behind on the stack. */
__attribute__((noinline)) static void wipe(void) {
  volatile char local[4096];
  for (size_t i = 0; i < sizeof local; i++)
    local[i] = 0;
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "after";
  static const struct {
    const char *name;
    void (*act)(void);
  } acts[] = {
      {"after", write_past},   {"before", write_before},      {"global", write_past_global}, {"twice", free_twice},
      {"inside", free_inside}, {"overlap", copy_onto_itself}, {"size", take_too_much},       {"leak", lose}};
  block = malloc(16);
  if (strcmp(what, "local") == 0)
    return read_past_local() & 0;
  if (strcmp(what, "deep") == 0)
    return recurse(0) & 0;
  for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
    if (strcmp(what, acts[i].name) == 0)
      acts[i].act();
  wipe();
  return 0;
}
