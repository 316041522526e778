/* fault.c - what a map's check finds wrong, in words. */
#include "map/map.h"

#include <stdarg.h>
#include <stdio.h>

enum map_invariant map_fault_set(struct map_fault *fault, enum map_invariant broken, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(fault->text, sizeof fault->text, format, arguments);
  va_end(arguments);
  return fault->broken = broken;
}
