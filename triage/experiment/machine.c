/* machine.c - see machine.h. */
#include "triage/experiment/machine.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* "a processor" where the kernel does not say. */
static void find_model(char *model, int size) {
  char line[512];
  FILE *file = fopen("/proc/cpuinfo", "re");
  snprintf(model, (size_t)size, "a processor");
  while (file && fgets(line, sizeof line, file)) {
    const char *value = strncmp(line, "model name", 10) == 0 ? strstr(line, ": ") : NULL;
    if (!value)
      continue;
    snprintf(model, (size_t)size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
    break;
  }
  if (file)
    fclose(file);
}

void machine_describe(char *text, size_t size) {
  struct utsname system;
  cpu_set_t allowed;
  char model[256];
  find_model(model, sizeof model);
  int processors = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
  if (uname(&system) != 0)
    memset(&system, 0, sizeof system);
  snprintf(text, size, "%d x %s, %s, %s %s", processors, model, system.machine, system.sysname, system.release);
}
