/* finding.h - one failure of one input, as it is kept on disk.  FORMAT.md describes the folder.
 *
 * Nothing here decodes an input or knows a scheduler: a finding carries its program and schedule already printed.
 * Every string is borrowed.  The writer's caller owns what it passes; after finding_read the strings belong to the
 * finding and go with finding_free.  No global state: safe from several threads on different findings.  Plain C without
 * global constructors, so that a process under a sanitizer can use it too. */
#ifndef HEDDLE_FINDING_FINDING_H
#define HEDDLE_FINDING_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/stack/frame.h"
#include "triage/stack/key.h"

#define FINDING_VERSION 1
#define FINDING_STACKS_MAX 32
#define FINDING_NUMBERS_MAX 16
#define FINDING_ALSO_MAX 32
#define FINDING_INPUTS_KEPT 3 /* of each key, unless all are to be kept */
#define FINDING_SITE_SIZE 512 /* room for the text of one site */

/* What a stack is to its failure: ROLE(name, text in finding.json, how it enters the key).
 *   ALWAYS  each such stack is a site of the key
 *   ONCE    equal sites count once: how many tasks wait at a place is chance
 *   NEVER   told, but not part of the key */
#define FINDING_ROLES(ROLE)                                                                                            \
  ROLE(ACCESS, "access", ALWAYS)     /* the access, call or abort that failed */                                       \
  ROLE(PREVIOUS, "previous", ALWAYS) /* a race's other access */                                                       \
  ROLE(FREE, "free", ALWAYS)         /* where the memory was freed */                                                  \
  ROLE(WAITING, "waiting", ONCE)     /* deadlock: where a task waits */                                                \
  ROLE(RUNNING, "running", ONCE)     /* livelock: where a task goes round */                                           \
  ROLE(ALLOC, "alloc", NEVER)        /* where the memory was allocated */                                              \
  ROLE(WITNESS, "witness", NEVER)    /* another call that the verdict rests on */                                      \
  ROLE(CREATED, "created", NEVER)    /* where a task or lock was created */                                            \
  ROLE(HELD, "held", NEVER)          /* where a lock that is held was taken */

enum finding_role {
#define ROLE(name, text, in_key) FINDING_##name,
  FINDING_ROLES(ROLE)
#undef ROLE
      FINDING_ROLE_COUNT
};

enum finding_access {
  FINDING_NO_ACCESS,
  FINDING_READ,
  FINDING_WRITE,
  FINDING_ATOMIC_READ,
  FINDING_ATOMIC_WRITE,
  FINDING_ACCESS_COUNT
};

struct finding_stack {
  enum finding_role role;
  int task;                   /* -1 where not known */
  const char *operation;      /* what the task was doing, as `put k17`; "" where not known */
  enum finding_access access; /* FINDING_NO_ACCESS where the role has none */
  uint32_t size;              /* bytes accessed; 0 where there is no access */
  const struct frame *frames; /* innermost first, none dropped, files made relative (stack_normalize) */
  size_t frame_count;
};

struct finding_interleaving; /* interleaving.h */

struct finding_number {
  const char *name;
  uint64_t value;
};

/* An exposure: how much had been run. */
struct finding_span {
  uint64_t inputs;
  uint64_t operations;
  double cpu_s;
  double wall_s;
};

struct finding_clock {
  bool known;
  struct finding_span begun;        /* since the campaign began */
  struct finding_span last_failure; /* since the map's last failure */
};

struct finding {
  int version;           /* the reader's: what the file says; the writer writes FINDING_VERSION */
  const char *kind;      /* as `data-race`: lower case, words joined by hyphens */
  const char *oracle;    /* who saw it: ThreadSanitizer, linearizability, guard, progress, ... */
  const char *guarantee; /* the letter of the map's promise that it breaks; "" where it breaks none */
  char key[KEY_TEXT_SIZE];
  char raw[KEY_TEXT_SIZE]; /* the target's own name for it; "" where there is none */
  const char *message;     /* one sentence */
  const char *location;    /* of the memory, as `heap block of 128 bytes, 16 in`; "" where not known */
  struct finding_stack stacks[FINDING_STACKS_MAX];
  size_t stack_count;
  struct finding_number numbers[FINDING_NUMBERS_MAX]; /* the map's snapshot */
  size_t number_count;
  char also[FINDING_ALSO_MAX]
           [KEY_TEXT_SIZE]; /* keys of what else the run showed, each once; further ones are left out */
  size_t also_count;
  bool also_known; /* false: nothing is known of what else it showed */

  const char *target, *map, *flavour, *engine;
  const char *build_id;              /* "" where not known */
  uint64_t digest;                   /* of the schedule taken */
  uint64_t points;                   /* scheduling points taken */
  struct finding_clock clock;        /* over all workers of the campaign */
  struct finding_clock worker_clock; /* of the worker that met it, exact to the run */

  /* The writer's only; a reader gets them with finding_read_text. */
  const char *report;                              /* the sanitizer's own words */
  const char *program;                             /* printed */
  const char *schedule;                            /* printed */
  const struct finding_interleaving *interleaving; /* NULL: not known */
  const uint8_t *input;
  size_t input_size;

  void *document; /* what the strings of a finding that was read live in */
};

/* One line for people: `WHAT: WHERE: what to do`, without a newline. */
struct finding_error {
  char text[1024];
};

enum finding_result {
  FINDING_WRITTEN,
  FINDING_KNOWN, /* this input is stored under this key already, or the key has its inputs */
  FINDING_FAILED /* *error says why; nothing half is left behind */
};

/* The key from kind and stacks, by the rules of FINDING_ROLES; sets finding->key. */
void finding_set_key(struct finding *finding);

/* The same with up to `depth` application frames of each stack; 0 counts as 1. */
void finding_set_key_depth(struct finding *finding, unsigned depth);

/* The sites of the key in its order, as `gomap_delete map/gomap.c:210`; returns how many. */
size_t finding_sites(const struct finding *finding, char sites[][FINDING_SITE_SIZE], size_t capacity);

/* The same text for one frame; NULL gives `?`. */
void finding_print_site(const struct frame *frame, char text[FINDING_SITE_SIZE]);

/* Stores the finding as findings_dir/<key>/<sha1 of input>/, whole or not at all, also where the process is killed in
 * between or another one does the same.  At most `keep` inputs a key; 0 keeps all.  Makes the folders it needs. */
enum finding_result finding_write(const char *findings_dir, const struct finding *finding, size_t keep,
                                  struct finding_error *error);

/* True where finding_write would answer FINDING_KNOWN as things stand: what is costly need not be filled in then. */
bool finding_is_known(const char *findings_dir, const struct finding *finding, size_t keep);

/* Reads `path`, a finding's folder or its finding.json.  On false *error names the file and what to do, and there is
 * nothing to free. */
bool finding_read(const char *path, struct finding *finding, struct finding_error *error);
void finding_free(struct finding *finding);

/* One of the folder's texts, as "program.txt"; NULL and *error where it cannot be read.  The caller frees it. */
char *finding_read_text(const char *folder, const char *name, struct finding_error *error);

/* Fills both clocks from a file of `clock`'s form (FORMAT.md). */
bool finding_read_clock(const char *path, struct finding *finding, struct finding_error *error);

const char *finding_role_text(enum finding_role role);
/* True where such a stack is a site of the key. */
bool finding_role_in_key(enum finding_role role);
const char *finding_access_text(enum finding_access access); /* NULL for FINDING_NO_ACCESS */

#endif
