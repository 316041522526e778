/* dictionary.c - the format's idioms as a dictionary for libFuzzer and AFL++ (both read NAME="\xAB...").
 *
 * Entries are whole records, as the encoder would write them, and so come from ops.def and layout.h alone. */
#include "program/program.h"

#include <ctype.h>

#include "program/layout.h"
#include "program/names.h"

/* NAME in letters, digits and underscores, which is all that AFL++ takes. */
static void write_entry(FILE *out, const char *prefix, const char *name, unsigned number, const uint8_t *bytes,
                        size_t size) {
  fprintf(out, "%s_", prefix);
  for (const char *c = name; *c != '\0'; c++)
    fputc(isalnum((unsigned char)*c) ? *c : '_', out);
  fprintf(out, "_%u=\"", number);
  for (size_t i = 0; i < size; i++)
    fprintf(out, "\\x%02x", bytes[i]);
  fputs("\"\n", out);
}

static void write_op(FILE *out, unsigned code) {
  for (uint8_t thread = 0; thread < 2; thread++) {
    uint8_t bytes[LAYOUT_OP_BYTES] = {thread, (uint8_t)code};
    if (names_op_is_bulk(code))
      bytes[4] = thread == 0 ? 4 : PROGRAM_BULK_CODES - 1; /* 16 and the most */
    write_entry(out, "op", names_op(code), thread + 1u, bytes, sizeof bytes);
  }
}

static void write_policies(FILE *out) {
  for (unsigned policy = 0; policy < SCHED_POLICY_REPLAY; policy++)
    for (unsigned granularity = 0; granularity < SCHED_GRANULARITY_COUNT; granularity++) {
      uint8_t bytes[] = {(uint8_t)policy, (uint8_t)granularity, 2, 4}; /* PCT: depth 3 within 256 points */
      _Static_assert(LAYOUT_GRANULARITY == LAYOUT_POLICY + 1 && LAYOUT_DEPTH == LAYOUT_POLICY + 2 &&
                         LAYOUT_HORIZON == LAYOUT_POLICY + 3,
                     "the schedule's bytes stand side by side");
      write_entry(out, "policy", names_policy(policy), granularity, bytes, sizeof bytes);
    }
}

static void write_constraints(FILE *out) {
  for (uint8_t task = 0; task < 2; task++) {
    uint8_t at_8[LAYOUT_CONSTRAINT_BYTES] = {task, 0, 8};
    uint8_t wait[LAYOUT_CONSTRAINT_BYTES] = {(uint8_t)(task | (1 - task) << 4), 1, 8, 0, 0, 8};
    write_entry(out, "constraint", "switch", task + 1u, at_8, sizeof at_8);
    write_entry(out, "constraint", "order", task + 1u, wait, sizeof wait);
  }
}

void program_write_dictionary(FILE *out) {
  fputs("# The idioms of harness/program/FORMAT.md.  Generated from ops.def: do not edit.\n", out);
  fputs("# op_NAME_t: an operation of thread t; policy_NAME_g: with granularity g; constraint_KIND_t: on task t.\n",
        out);
  for (unsigned code = 0; code < PROGRAM_OP_COUNT; code++)
    write_op(out, code);
  write_policies(out);
  write_constraints(out);
}
