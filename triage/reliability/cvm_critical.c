/* cvm_critical.c - see power_law_cvm_critical in power_law.h. */
#include <math.h>
#include <stddef.h>

#include "triage/reliability/power_law.h"

#define LEVELS 5

static const struct {
  double m, values[LEVELS];
} table[] = {
#define CVM_CRITICAL(m, ...) {m, {__VA_ARGS__}},
#include "triage/reliability/cvm_critical.def"
#undef CVM_CRITICAL
};
#define ROWS (sizeof table / sizeof *table)

double power_law_cvm_critical(double m, double significance) {
  static const double levels[LEVELS] = {.20, .15, .10, .05, .01};
  size_t level = 0, row = 1;
  while (level < LEVELS && levels[level] != significance)
    level++;
  if (level == LEVELS || !(m >= table[0].m))
    return NAN;
  while (row < ROWS && table[row].m < m)
    row++;
  if (row == ROWS)
    return table[ROWS - 1].values[level]; /* within 0.001 of the limit */
  double before = 1 / table[row - 1].m, after = 1 / table[row].m;
  double part = (before - 1 / m) / (before - after);
  return table[row - 1].values[level] + part * (table[row].values[level] - table[row - 1].values[level]);
}
