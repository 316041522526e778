/* policy_bytes.c - the constraints decide; otherwise each task runs until it blocks, ends or gives way, and the next
 * one in the order of numbers goes on.
 *
 * With no constraint this is the sequential execution; each constraint adds one switch.  Most bugs of concurrent code
 * need few (Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs",
 * PLDI 2007), so a short input can say exactly the interleaving that matters. */
#include "sched/policy.h"

const struct sched_policy policy_bytes = {.name = "bytes", .choose = policy_go_on};
