/* flavour.c - see flavour.h. */
#include "flavour/flavour.h"

bool flavour_ignore_wanted, flavour_ignores_lost;
