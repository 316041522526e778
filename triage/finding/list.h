/* list.h - every finding of a campaign, one line a key. */
#ifndef HEDDLE_FINDING_LIST_H
#define HEDDLE_FINDING_LIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/finding/finding.h"

struct finding_summary {
  char key[KEY_TEXT_SIZE];
  char *kind, *oracle, *map, *flavour, *message; /* of the input that showed it first; owned */
  char **sites;                                  /* owned */
  size_t site_count;
  uint64_t *raws; /* the target's names for it, over all its inputs; owned */
  size_t raw_count;
  uint64_t count;      /* times seen */
  size_t inputs;       /* stored */
  double first_seen_s; /* wall time since the campaign began, seconds; 0 where not known */
  uint64_t inputs_at_first;
  char *smallest_input;   /* path; owned */
  uint64_t smallest_size; /* bytes */
};

struct finding_list {
  struct finding_summary *entries; /* by first_seen_s, then key */
  size_t count;
};

/* Called for each file that cannot be read; the others are read all the same. */
typedef void (*finding_complain_fn)(void *context, const char *line);

/* Reads out/findings, and there the folder of `key` alone unless it is NULL.  No findings yet is an empty list.
 * False: something could not be read, and `complain` heard of it.  The caller frees *list in either case. */
bool finding_list_read(const char *out, const char *key, struct finding_list *list, finding_complain_fn complain,
                       void *context);
void finding_list_free(struct finding_list *list);

/* {key, kind, oracle, map, flavour, sites, count, first_seen_s, inputs_at_first, smallest_input}; a new reference. */
json_t *finding_summary_to_json(const struct finding_summary *summary);

/* Times seen, kept as out/findings/<key>/count.json.  The campaign alone writes it.  Reading gives 0 where there is
 * none; writing returns 0 or an errno. */
uint64_t finding_count_read(const char *out, const char *key);
int finding_count_write(const char *out, const char *key, uint64_t count, bool durable);

#endif
