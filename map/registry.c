/* registry.c - the maps of registry.def, by name and by number. */
#include "map/map.h"

#include <string.h>

#define MAP(name, text) extern const struct map_ops name##_ops;
#include "map/registry.def"
#undef MAP

static const struct map_ops *const registered[] = {
#define MAP(name, text) &name##_ops,
#include "map/registry.def"
#undef MAP
};

const struct map_ops *map_at(size_t index) {
  return index < sizeof registered / sizeof registered[0] ? registered[index] : NULL;
}

const struct map_ops *map_find(const char *name) {
  for (size_t i = 0; map_at(i) != NULL; i++)
    if (strcmp(map_at(i)->name, name) == 0)
      return map_at(i);
  return NULL;
}
