/* fatal.c - guarantee F's last word: a map saw that it was used against its rules.
 *
 * Go calls this fatal, not panic: the map may already be damaged, so nothing may recover from it. */
#include "map/map.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void map_fatal(const char *message) {
  fprintf(stderr, "fatal error: %s\n", message);
  fflush(stderr);
  abort();
}
