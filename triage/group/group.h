/* group.h - which keys may be one bug, and why.
 *
 * Only suggests: people accept or reject (triage/store/store.h keeps what they say).  How a pair is scored:
 *
 *   shares              counts     what it is
 *   an object           up to 0.7  the memory that went wrong: a global variable's name, or the site that allocated
 *                                  the heap block; with the offset in it.  One is enough
 *   sites               up to 0.6  function and file of the frames that the key is made of.  Twice the shared ones over
 *                                  all that the two have
 *   functions           up to 0.4  of the code under test, in the stacks that the key is made of.  The shared ones over
 *                                  all different ones; from two shared ones on, since one alone is the site again
 *   runs                up to 0.8  of the n findings of one key that say what else their run showed, k showed the other
 *                                  key too: k / (n + 1), for the one of the two for which that is more.  Not where one
 * of them has no site: then it is a kind and nothing else
 *
 * Something that up to GROUP_COMMON keys have counts in full, what n keys have counts GROUP_COMMON / n of it; where
 * several things are shared, the rarest of a row decides.  The rows are put together as independent hints,
 * 1 - (1 - object)(1 - sites)(1 - functions)(1 - runs), and GROUP_OTHER_KIND of that is left where the kinds differ: a
 * race and a use after free may well be one bug.
 *
 * Where both keys say what else their runs showed, that is the better witness, and of object, sites and functions only
 * GROUP_TOLD is left: two races on one field of a map are no news, two that come in one run are.  The figures are
 * chosen, after a look at how many suggested pairs of planted bugs were right (harness/bench/labelled.sh): with the
 * least score of 0.6 nearly three of four, where object, sites and functions alone were right in one of two.
 *
 * Pairs are found through an index of what is shared, so time grows with the keys times GROUP_CROWD at most.  The order
 * in which findings are added changes nothing but the numbers of the keys.
 *
 * A struct group belongs to one thread at a time; several are independent.  All strings are copied and may hold any
 * bytes, which come out in the reasons as they are.  Without memory the process ends. */
#ifndef HEDDLE_GROUP_GROUP_H
#define HEDDLE_GROUP_GROUP_H

#include <stddef.h>

#include "triage/finding/finding.h"

#define GROUP_OBJECT 0.7
#define GROUP_SITES 0.6
#define GROUP_FUNCTIONS 0.4
#define GROUP_RUNS 0.8
#define GROUP_TOLD 0.5
#define GROUP_OTHER_KIND 0.9
#define GROUP_COMMON 16

/* The score from which on a pair is worth a look. */
#define GROUP_LEAST 0.6

/* What more keys than these have leads to no pair by itself: it could not bring one above GROUP_LEAST_EVER. */
#define GROUP_CROWD 256
#define GROUP_LEAST_EVER 0.11

#define GROUP_SHARES_MAX 64 /* objects, sites and functions of one key, each; further ones are passed over */
#define GROUP_REASONS_MAX 5

struct group;

struct group *group_open(void);
void group_close(struct group *group); /* NULL is allowed */

/* Takes in what a finding says of its key; several findings of one key add up.  Returns the key's number, from 0 in the
 * order of their first findings. */
size_t group_add(struct group *group, const struct finding *finding);

size_t group_count(const struct group *group);
const char *group_key(const struct group *group, size_t number);

/* What the key may share with others: the objects, then the sites, as texts that live until something is added. Returns
 * how many, at most GROUP_TOLD_MAX; *objects of them are objects. */
#define GROUP_TOLD_MAX (2 * GROUP_SHARES_MAX)
size_t group_shares(const struct group *group, size_t number, const char *texts[GROUP_TOLD_MAX], size_t *objects);

struct group_pair {
  size_t a, b; /* numbers of keys, the one with the smaller key first */
  double score;
};

/* The score of one pair as things stand. */
double group_score(struct group *group, size_t a, size_t b);

/* All pairs of at least that score (GROUP_LEAST_EVER if it is below): the highest first, then by their keys.  An array
 * of *count for free(). */
struct group_pair *group_pairs(struct group *group, double least, size_t *count);

/* What the two share, in words, as `both touch global "cache" + 8`.  Returns how many; each is for free(). */
size_t group_reasons(struct group *group, const struct group_pair *pair, char *reasons[GROUP_REASONS_MAX]);

#endif
