/* order.c - see order.h. */
#include "flavour/order.h"

char order_starts[ORDER_TASKS_MAX], order_ends[ORDER_TASKS_MAX];
uint64_t order_unjoined;
