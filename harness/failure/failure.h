/* failure.h - what went wrong in a run, as it was seen: program counters, no symbols.
 *
 * Whoever sees something (a sanitizer's callback, the model of a lock, an oracle) fills one in and adds it; whoever
 * runs the input reads the list afterwards.  Fixed memory, no allocation: failures are added in signal handlers and in
 * the middle of the code under test.  One run at a time. */
#ifndef HEDDLE_FAILURE_FAILURE_H
#define HEDDLE_FAILURE_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAILURE_FRAMES_MAX 24
#define FAILURE_STACKS_MAX 8
#define FAILURES_MAX 64 /* distinct ones of one run; more are dropped */
#define FAILURE_MESSAGE_MAX 512
#define FAILURE_LOCATION_MAX 160

/* What a stack is to its failure.  Those up to FAILURE_IN_KEY make the failure's key. */
enum failure_role {
  FAILURE_ACCESS,   /* the access, call or abort that failed */
  FAILURE_PREVIOUS, /* a race's other access */
  FAILURE_FREE,     /* where the memory was freed */
  FAILURE_WAITING,  /* deadlock: where a task waits */
  FAILURE_RUNNING,  /* livelock: where a task goes round */
  FAILURE_IN_KEY = FAILURE_RUNNING,
  FAILURE_ALLOC,   /* where the memory was allocated */
  FAILURE_WITNESS, /* another call that the verdict rests on */
};

struct failure_stack {
  enum failure_role role;
  const char *access; /* "read", "write", "atomic read", "atomic write", or NULL */
  uint32_t size;      /* bytes accessed; 0: not an access */
  uintptr_t address;  /* of the access, in this process; 0: not known */
  int task;           /* -1: not known */
  uint32_t label;     /* what the task was doing, as sched_label() had it */
  uint32_t depth;
  uintptr_t pcs[FAILURE_FRAMES_MAX]; /* return addresses, innermost first */
};

struct failure {
  const char *kind;   /* "data-race", "heap-use-after-free", "deadlock" ...: static text, letters and dashes */
  const char *oracle; /* "ThreadSanitizer", "AddressSanitizer", "guard", "progress", "locks" ...: static text */
  char message[FAILURE_MESSAGE_MAX];   /* one line for people */
  char location[FAILURE_LOCATION_MAX]; /* what was accessed: "heap block of 208 bytes, offset 16"; may be empty */
  uint64_t point;                      /* of the run, when it was seen */
  uint64_t raw;                        /* the same failure has the same number in every run of one binary */
  uint32_t stack_count;
  struct failure_stack stacks[FAILURE_STACKS_MAX];
  uint32_t count; /* times seen in this run */
};

/* Names this build: raw numbers of other builds are others.  Once a process. */
void failure_init(const char *build_id);
/* Empties the list; at the start of a run. */
void failure_begin(void);
/* A cleared failure to be filled in, or NULL while another one is being filled in or the list is full. */
struct failure *failure_open(const char *kind, const char *oracle);
/* Appends a stack of `role`, empty; NULL where there are enough. */
struct failure_stack *failure_stack(struct failure *failure, enum failure_role role);
/* Closes it: drops the frames of sanitizer and harness on top of each stack, computes `raw`, drops it where this run
 * has it already (counting it), calls heddle_failure(). */
void failure_close(struct failure *failure);

size_t failure_count(void);
const struct failure *failure_at(size_t index);

/* Called once for each new failure of a run, while the code that failed is still on the stack: a place for a
 * debugger's breakpoint.  NULL: a replay came to the point where another flavour saw one. */
void heddle_failure(const struct failure *failure);

/* Fills in the callers of the function whose frame pointer is `frame` (code under test and harness keep frame
 * pointers), innermost first.  Stops at whatever does not look like a frame of the same stack. */
void failure_walk(struct failure_stack *stack, const void *frame);

/* Whose code pc is in: the build puts the code under test and the harness's own into sections of their own. */
enum failure_origin { FAILURE_UNDER_TEST, FAILURE_HARNESS, FAILURE_ELSEWHERE };
enum failure_origin failure_origin(uintptr_t pc);

/* Where pc lies in this executable's file image: the same in every process.  0: it lies elsewhere. */
uint64_t failure_module_offset(uintptr_t pc);

#endif
