/* machine.h - on what a measurement was made, in one line. */
#ifndef HEDDLE_EXPERIMENT_MACHINE_H
#define HEDDLE_EXPERIMENT_MACHINE_H

#include <stddef.h>

/* As `2 x Intel(R) Xeon(R) Processor, x86_64, Linux 6.1.0`: processors that this process may run on, their model. */
void machine_describe(char *text, size_t size);

#endif
