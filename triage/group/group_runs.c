/* group_runs.c - which keys were shown by the same runs (group_share.h). */
#include <assert.h>
#include <stdlib.h>

#include "triage/group/group_share.h"

static void count_other(struct share_runs *runs, uint32_t key) {
  size_t i = 0;
  while (i < runs->count && runs->others[i].key != key)
    i++;
  if (i == GROUP_SHARES_MAX)
    return;
  if (i == runs->count) {
    runs->others[i].key = key;
    runs->others[i].times = 0;
    runs->count++;
  }
  runs->others[i].times++;
}

void share_add_runs(struct group *group, struct group_member *member, const struct finding *finding) {
  if (!finding->also_known)
    return;
  member->runs.told++;
  for (size_t i = 0; i < finding->also_count; i++)
    count_other(&member->runs, share_find(group, SHARE_KEY, finding->also[i]));
}

size_t share_times(const struct group_member *a, const struct group_member *b) {
  for (size_t i = 0; i < a->runs.count; i++)
    if (a->runs.others[i].key == b->number)
      return a->runs.others[i].times;
  return 0;
}

/* Calls for each pair of a member and another that its runs showed. */
static void each_pair(struct group *group, void (*fn)(struct group *group, size_t a, size_t b)) {
  for (size_t a = 0; a < group->member_count; a++)
    for (size_t i = 0; i < group->members[a].runs.count; i++) {
      size_t b = group->shares[group->members[a].runs.others[i].key].count;
      if (b != SHARE_NO_MEMBER && b != a) {
        fn(group, a, b);
        fn(group, b, a);
      }
    }
}

static void count_neighbour(struct group *group, size_t a, size_t b) {
  (void)b;
  group->neighbours[a + 1].first++;
}

static void note_neighbour(struct group *group, size_t a, size_t b) {
  struct share_neighbours *own = &group->neighbours[a];
  group->neighbour_members[own->first + own->count++] = b;
}

void share_list_neighbours(struct group *group) {
  size_t members = group->member_count;
  group->neighbours = share_grow(group->neighbours, members + 1, sizeof *group->neighbours);
  for (size_t i = 0; i <= members; i++)
    group->neighbours[i] = (struct share_neighbours){0};
  each_pair(group, count_neighbour);
  for (size_t i = 0; i < members; i++)
    group->neighbours[i + 1].first += group->neighbours[i].first;
  group->neighbour_members =
      share_grow(group->neighbour_members, group->neighbours[members].first + 1, sizeof *group->neighbour_members);
  each_pair(group, note_neighbour);
}
