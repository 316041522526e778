/* syncmap_check.c - syncmap looked at from outside: the snapshot, and what must hold at rest.
 *
 * Concurrency.  Both only read and take no lock: they run where no call is in progress.  (The snapshot too: a get may
 * promote.)  Walks are bounded by the size of a table, or by the number of blocks that are said to be in a list. */
#include "map/syncmap_internal.h"

/* The check under way. */
struct syncmap_audit {
  struct syncmap *map;
  const struct syncmap_view *view;
  struct map_fault *fault; /* broken stays MAP_SOUND as long as nothing is wrong */
};

/* ---- the snapshot ---- */

/* What the table has, apart from what `other`, which may be NULL, has too. */
static void syncmap_look_at(const struct syncmap_table *table, const struct syncmap_table *other,
                            struct map_snapshot *out) {
  for (uint64_t slot = 0; slot < syncmap_table_slots(table); slot++) {
    struct syncmap_entry *entry = table->slots[slot];
    if (entry == NULL)
      continue;
    uint64_t probe = ((slot - syncmap_table_home(table, entry->key)) & table->mask) + 1;
    out->longest_probe = probe > out->longest_probe ? probe : out->longest_probe;
    if (syncmap_table_find(other, entry->key) != NULL)
      continue;
    bool live = syncmap_is_value(atomic_load(&entry->box));
    out->count += live;
    out->tombstones += !live;
  }
}

/* flags: whether the view is amended; old_buckets_left: misses that are left before the dirty table is promoted;
 * overflow_buckets: the slots of that table.  tombstones: entries whose key is deleted. */
void syncmap_snapshot(struct map *opaque, struct map_snapshot *out) {
  struct syncmap *map = syncmap_of(opaque);
  const struct syncmap_view *view = atomic_load(&map->read);
  uint64_t inside = syncmap_inside(map);
  uint64_t due = syncmap_table_count(map->dirty);
  *out = (struct map_snapshot){
      .capacity = syncmap_table_slots(view->table) + syncmap_table_slots(map->dirty),
      .overflow_buckets = syncmap_table_slots(map->dirty),
      .old_buckets_left = map->misses < due ? due - map->misses : 0,
      .flags = view->amended,
      .in_progress = inside,
      .retired = atomic_load(&map->retired),
      .retired_bound = inside == 0 ? 0 : UINT64_MAX, /* all that was retired since the oldest call inside began */
  };
  syncmap_look_at(view->table, NULL, out);
  syncmap_look_at(map->dirty, view->table, out);
}

/* ---- the check: what is under way ---- */

static bool syncmap_audit_idle(struct syncmap_audit *audit) {
  uint64_t inside = syncmap_inside(audit->map);
  if (inside != 0)
    return !map_fault_set(audit->fault, MAP_BROKEN_BUSY, "%llu calls have not left", (unsigned long long)inside);
  uint64_t retired = atomic_load(&audit->map->retired);
  uint64_t listed = 0;
  for (unsigned n = 0; n < SYNCMAP_EPOCHS; n++)
    for (struct syncmap_block *b = atomic_load(&audit->map->limbo[n]); b != NULL && listed <= retired; b = b->next)
      listed++;
  if (listed != retired)
    return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "%llu blocks are said to be in limbo, and %llu%s are",
                          (unsigned long long)retired, (unsigned long long)listed, listed > retired ? " or more" : "");
  if (retired != 0)
    return !map_fault_set(audit->fault, MAP_BROKEN_RETIRED, "%llu blocks wait to be freed, and no call is inside",
                          (unsigned long long)retired);
  return true;
}

/* The view, the dirty table and the misses go together. */
static bool syncmap_audit_state(struct syncmap_audit *audit) {
  const struct syncmap_table *dirty = audit->map->dirty;
  const struct syncmap_view *view = audit->view;
  if (view != syncmap_view_of(audit->map, view->table, view->amended))
    return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "the view belongs to another table");
  if (view->amended != (dirty != NULL))
    return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "the view is %s, and there is %s dirty table",
                          view->amended ? "amended" : "not amended", dirty != NULL ? "a" : "no");
  if (dirty != NULL && dirty == view->table)
    return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "the read table is the dirty one");
  uint64_t misses = audit->map->misses;
  if (misses != 0 && misses >= syncmap_table_count(dirty))
    return !map_fault_set(audit->fault, MAP_BROKEN_BUSY, "%llu misses, and the dirty table of %llu is not promoted",
                          (unsigned long long)misses, (unsigned long long)syncmap_table_count(dirty));
  return true;
}

/* ---- the check: tables ---- */

/* The entry is where looking its key up ends, and its key in no other slot. */
static bool syncmap_audit_slot(struct syncmap_audit *audit, const struct syncmap_table *table, uint64_t slot,
                               const char *which) {
  const struct syncmap_entry *entry = table->slots[slot];
  uint64_t home = syncmap_table_home(table, entry->key);
  for (uint64_t at = home; at != slot; at = (at + 1) & table->mask) {
    if (table->slots[at] == NULL)
      return !map_fault_set(audit->fault, MAP_BROKEN_REACH, "%s slot %llu: key %llu is not found from slot %llu on",
                            which, (unsigned long long)slot, (unsigned long long)entry->key, (unsigned long long)home);
    if (table->slots[at]->key == entry->key)
      return !map_fault_set(audit->fault, MAP_BROKEN_TWICE, "%s slots %llu and %llu both have key %llu", which,
                            (unsigned long long)at, (unsigned long long)slot, (unsigned long long)entry->key);
  }
  if (syncmap_table_find(table, entry->key) != entry)
    return !map_fault_set(audit->fault, MAP_BROKEN_REACH, "%s slot %llu: key %llu is not found", which,
                          (unsigned long long)slot, (unsigned long long)entry->key);
  return true;
}

static bool syncmap_audit_table(struct syncmap_audit *audit, const struct syncmap_table *table, const char *which) {
  uint64_t used = 0;
  for (uint64_t slot = 0; slot < syncmap_table_slots(table); slot++) {
    if (table->slots[slot] == NULL)
      continue;
    used++;
    if (!syncmap_audit_slot(audit, table, slot, which))
      return false;
  }
  if (used != syncmap_table_count(table))
    return !map_fault_set(audit->fault, MAP_BROKEN_COUNT, "the %s table counts %llu entries and has %llu", which,
                          (unsigned long long)syncmap_table_count(table), (unsigned long long)used);
  if (used > syncmap_table_slots(table) / 4 * 3)
    return !map_fault_set(audit->fault, MAP_BROKEN_SIZE, "the %s table has %llu entries in %llu slots", which,
                          (unsigned long long)used, (unsigned long long)syncmap_table_slots(table));
  return true;
}

/* ---- the check: what the tables have of each other ---- */

/* An entry of the read table is in the dirty one, if there is one, unless it is expunged. */
static bool syncmap_audit_read_entry(struct syncmap_audit *audit, struct syncmap_entry *entry) {
  bool expunged = atomic_load(&entry->box) == &syncmap_expunged;
  unsigned long long key = entry->key;
  if (audit->map->dirty == NULL)
    return !expunged ||
           !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "key %llu is expunged, without a dirty table", key);
  struct syncmap_entry *other = syncmap_table_find(audit->map->dirty, entry->key);
  if (expunged)
    return other == NULL ||
           !map_fault_set(audit->fault, MAP_BROKEN_TWICE, "key %llu is expunged, and in the dirty table", key);
  if (other == NULL)
    return !map_fault_set(audit->fault, MAP_BROKEN_REACH, "key %llu is not in the dirty table, and not expunged", key);
  return other == entry || !map_fault_set(audit->fault, MAP_BROKEN_TWICE, "key %llu has one entry in each table", key);
}

/* An entry that only the dirty table has holds a value: a deletion would have removed it. */
static bool syncmap_audit_dirty_entry(struct syncmap_audit *audit, struct syncmap_entry *entry) {
  struct syncmap_box *box = atomic_load(&entry->box);
  if (syncmap_is_value(box) || (box == NULL && syncmap_table_find(audit->view->table, entry->key) != NULL))
    return true;
  return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "key %llu of the dirty table is %s",
                        (unsigned long long)entry->key, box == NULL ? "deleted" : "expunged");
}

static bool syncmap_audit_pair(struct syncmap_audit *audit) {
  const struct syncmap_table *read = audit->view->table, *dirty = audit->map->dirty;
  for (uint64_t slot = 0; slot < syncmap_table_slots(read); slot++)
    if (read->slots[slot] != NULL && !syncmap_audit_read_entry(audit, read->slots[slot]))
      return false;
  for (uint64_t slot = 0; slot < syncmap_table_slots(dirty); slot++)
    if (dirty->slots[slot] != NULL && !syncmap_audit_dirty_entry(audit, dirty->slots[slot]))
      return false;
  return true;
}

enum map_invariant syncmap_check(struct map *opaque, struct map_fault *fault) {
  struct syncmap *map = syncmap_of(opaque);
  struct syncmap_audit audit = {.map = map, .view = atomic_load(&map->read), .fault = fault};
  *fault = (struct map_fault){.broken = MAP_SOUND};
  if (syncmap_audit_idle(&audit) && syncmap_audit_state(&audit) &&
      syncmap_audit_table(&audit, audit.view->table, "read") && syncmap_audit_table(&audit, map->dirty, "dirty"))
    syncmap_audit_pair(&audit);
  return fault->broken;
}
