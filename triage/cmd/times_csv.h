/* times_csv.h - times out of a CSV file: how long something ran until it failed, or when things happened.
 *
 * The first line that is not empty names the columns, in any order: `time`, `event` (1: failed then; 0: had not failed
 * by then), `count` (how many such, a whole number from 1), the latter two where they are needed; other columns are
 * passed over.  A field is a number as strtod has it, between double quotes or not; lines end with LF or CRLF; empty
 * lines and those that begin with # are passed over.  Times are finite and not negative, in whatever unit. */
#ifndef HEDDLE_CMD_TIMES_CSV_H
#define HEDDLE_CMD_TIMES_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "triage/finding/finding.h"

struct times_csv {
  double *times;
  uint8_t *events;  /* NULL where arrivals were asked for */
  uint64_t *counts; /* NULL where the file has no such column */
  size_t count;
};

enum times_csv_kind {
  TIMES_CSV_LIVES,   /* `time` and `event`, `count` if it is there */
  TIMES_CSV_ARRIVALS /* `time` alone */
};

/* Reads to the end of `in`, which `name` stands for in messages.  A file without times is no error.  On false *error
 * says file, line, reason and what to do, and there is nothing to free. */
bool times_csv_read(FILE *in, const char *name, enum times_csv_kind kind, struct times_csv *csv,
                    struct finding_error *error);
void times_csv_free(struct times_csv *csv);

#endif
