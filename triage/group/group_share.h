/* group_share.h - what keys may have in common, each a number, and which keys have it. */
#ifndef HEDDLE_GROUP_GROUP_SHARE_H
#define HEDDLE_GROUP_GROUP_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "triage/group/group.h"

enum share_type { SHARE_OBJECT, SHARE_SITE, SHARE_FUNCTION, SHARE_TYPES, SHARE_KEY = SHARE_TYPES };

struct share {
  char *text;
  enum share_type type;
  size_t count; /* keys that have it; of SHARE_KEY its member, or SHARE_NO_MEMBER */
  size_t first; /* of them, in group->having */
};

#define SHARE_NO_MEMBER SIZE_MAX /* a key that was only named by another one's finding */

struct share_set {
  uint32_t numbers[GROUP_SHARES_MAX]; /* rising once the group is sealed */
  size_t count;
};

/* Other keys that the runs of a key showed. */
struct share_runs {
  size_t told; /* findings that say what else their run showed */
  struct {
    uint32_t key; /* number of a SHARE_KEY */
    uint32_t times;
  } others[GROUP_SHARES_MAX];
  size_t count;
};

struct group_member {
  char key[KEY_TEXT_SIZE];
  char *kind;
  uint32_t number; /* of its SHARE_KEY */
  struct share_set sets[SHARE_TYPES];
  struct share_runs runs;
};

/* Members that some run showed together with this one, whichever of the two says so; some may be there twice. */
struct share_neighbours {
  size_t first; /* in group->neighbour_members */
  size_t count;
};

struct group {
  struct group_member *members;
  size_t member_count;
  struct share *shares;
  size_t share_count;
  uint32_t *table; /* number + 1 of a share, by its text's hash; 0: free */
  size_t table_size;
  size_t *having;                      /* members by share; valid while sealed */
  struct share_neighbours *neighbours; /* by member; likewise */
  size_t *neighbour_members;
  bool sealed; /* nothing was added since sets were sorted and counted */
};

/* realloc that ends the process without memory. */
void *share_grow(void *array, size_t count, size_t size);

/* The share's number; new ones are counted 0. */
uint32_t share_find(struct group *group, enum share_type type, const char *text);

/* What a finding's key has, into the member's sets. */
void share_add_finding(struct group *group, struct group_member *member, const struct finding *finding);

/* What else the finding's run showed. */
void share_add_runs(struct group *group, struct group_member *member, const struct finding *finding);

/* Fills group->neighbours. */
void share_list_neighbours(struct group *group);

/* How many of the findings of `a` that say so showed `b` too. */
size_t share_times(const struct group_member *a, const struct group_member *b);

/* Sorts the sets, counts the shares and lists who has each. */
void share_seal(struct group *group);

#endif
