/* status.h - the counters that a fuzzing worker shares with the command that watches it.
 *
 * One file of 64-bit words, mapped shared by both; the worker alone writes, so plain aligned stores suffice and a
 * reader sees each word whole.  It outlives the worker: a restarted one maps it again and counts on. */
#ifndef HEDDLE_CAMPAIGN_STATUS_H
#define HEDDLE_CAMPAIGN_STATUS_H

#include <stdint.h>

#define STATUS_MAGIC UINT64_C(0x0001737574617473) /* "status" and the layout's version, 1 */
#define STATUS_RAW_KEYS 4096

struct status_raw {
  uint64_t raw;   /* a failure's raw key; 0: free slot */
  uint64_t count; /* runs in which it was seen */
};

struct status {
  uint64_t magic;
  uint64_t inputs;         /* runs executed */
  uint64_t operations;     /* map operations completed */
  uint64_t points;         /* scheduling points taken */
  uint64_t switches;       /* context switches */
  uint64_t failing_inputs; /* runs with at least one failure */
  uint64_t cpu_ns;         /* of the worker process, summed over its restarts */
  uint64_t wall_ns;        /* likewise */
  uint64_t heartbeat;      /* grows with every run: a watcher sees a hang */
  uint64_t divergences;    /* determinism checks that failed */
  uint64_t checked;        /* determinism checks made */
  uint64_t reserved[5];
  struct status_raw raw[STATUS_RAW_KEYS]; /* open addressing: slot raw % STATUS_RAW_KEYS, then linear */
};

#endif
