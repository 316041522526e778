#include "triage/stack/key.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "triage/stack/function.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x00000100000001b3)

static const struct frame unknown = {"", "", 0, 0, "", 0};

static const char *module_name(const struct frame *frame) {
  const char *slash = strrchr(frame->module, '/');
  return slash ? slash + 1 : frame->module;
}

int key_compare_sites(const struct frame *a, const struct frame *b) {
  char name_a[FUNCTION_NAME_SIZE], name_b[FUNCTION_NAME_SIZE];
  a = a ? a : &unknown;
  b = b ? b : &unknown;
  function_fold(a->function, name_a, sizeof name_a);
  function_fold(b->function, name_b, sizeof name_b);
  int order = strcmp(name_a, name_b);
  if (order == 0)
    order = strcmp(a->file, b->file);
  if (order != 0 || *a->function)
    return order;
  order = strcmp(module_name(a), module_name(b));
  return order ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

/* Takes in the text and its end, so that "ab","c" and "a","bc" differ. */
static uint64_t mix(uint64_t hash, const char *text) {
  do
    hash = (hash ^ (unsigned char)*text) * FNV_PRIME;
  while (*text++);
  return hash;
}

static uint64_t mix_site(uint64_t hash, const struct frame *site) {
  char name[FUNCTION_NAME_SIZE];
  if (!site)
    site = &unknown;
  function_fold(site->function, name, sizeof name);
  hash = mix(mix(hash, name), site->file);
  if (*site->function || !*site->module)
    return hash;
  char offset[32];
  snprintf(offset, sizeof offset, "+0x%" PRIx64, site->offset);
  return mix(mix(hash, module_name(site)), offset);
}

uint64_t key_of(const char *kind, const struct frame *const sites[], size_t count) {
  assert(count <= KEY_SITES_MAX);
  const struct frame *sorted[KEY_SITES_MAX];
  for (size_t i = 0; i < count; ++i) {
    size_t place = i;
    for (; place > 0 && key_compare_sites(sorted[place - 1], sites[i]) > 0; --place)
      sorted[place] = sorted[place - 1];
    sorted[place] = sites[i];
  }
  uint64_t hash = mix(FNV_OFFSET, kind);
  for (size_t i = 0; i < count; ++i)
    hash = mix_site(hash, sorted[i]);
  return hash;
}

uint64_t key_deep_site(const struct frame *const frames[], size_t count) {
  uint64_t hash = FNV_OFFSET;
  for (size_t i = 0; i < count; ++i)
    hash = mix_site(hash, frames[i]);
  return hash;
}

uint64_t key_of_deep(const char *kind, const uint64_t sites[], size_t count) {
  assert(count <= KEY_SITES_MAX);
  uint64_t sorted[KEY_SITES_MAX], hash = mix(FNV_OFFSET, kind);
  for (size_t i = 0; i < count; ++i) {
    size_t place = i;
    for (; place > 0 && sorted[place - 1] > sites[i]; --place)
      sorted[place] = sorted[place - 1];
    sorted[place] = sites[i];
  }
  for (size_t i = 0; i < count; ++i) {
    char text[KEY_TEXT_SIZE];
    key_print(sorted[i], text);
    hash = mix(hash, text);
  }
  return hash;
}

void key_print(uint64_t key, char text[KEY_TEXT_SIZE]) { snprintf(text, KEY_TEXT_SIZE, "%016" PRIx64, key); }

bool key_valid(const char *text) { return strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16; }
