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
  size_t count; /* keys that have it; of SHARE_KEY the key's number */
  size_t first; /* of them, in group->having */
};

struct share_set {
  uint32_t numbers[GROUP_SHARES_MAX]; /* rising once the group is sealed */
  size_t count;
};

struct group_member {
  char key[KEY_TEXT_SIZE];
  char *kind;
  struct share_set sets[SHARE_TYPES];
};

struct group {
  struct group_member *members;
  size_t member_count;
  struct share *shares;
  size_t share_count;
  uint32_t *table; /* number + 1 of a share, by its text's hash; 0: free */
  size_t table_size;
  size_t *having; /* members by share; valid while sealed */
  bool sealed;    /* nothing was added since sets were sorted and counted */
};

/* realloc that ends the process without memory. */
void *share_grow(void *array, size_t count, size_t size);

/* The share's number; new ones are counted 0. */
uint32_t share_find(struct group *group, enum share_type type, const char *text);

/* What a finding's key has, into the member's sets. */
void share_add_finding(struct group *group, struct group_member *member, const struct finding *finding);

/* Sorts the sets, counts the shares and lists who has each. */
void share_seal(struct group *group);

#endif
