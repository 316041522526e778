/* gather_mtbf.c - see gather_mtbf.h. */
#include "triage/cmd/gather_mtbf.h"

#include <stdlib.h>
#include <string.h>

#include "triage/cmd/mtbf_source.h"

struct gather_mtbf_part {
  struct mtbf_source source;
  struct estimate estimate;
};

static bool is_named_before(const struct report_campaign *campaigns, size_t index) {
  for (size_t i = 0; i < index; i++)
    if (strcmp(campaigns[i].map, campaigns[index].map) == 0)
      return true;
  return false;
}

bool gather_mtbf(struct store *store, const char *store_name, const struct report_campaign *campaigns, size_t count,
                 struct gathered_mtbf *out, struct finding_error *error) {
  *out = (struct gathered_mtbf){calloc(count + 1, sizeof *out->estimates), 0, calloc(count + 1, sizeof *out->parts)};
  if (!out->estimates || !out->parts)
    abort();
  for (size_t i = 0; i < count; i++) {
    if (!*campaigns[i].map || is_named_before(campaigns, i))
      continue;
    struct mtbf_request request = {.map = campaigns[i].map, .clock = MTBF_INPUTS, .per = MTBF_PER_GROUP};
    struct gather_mtbf_part *part = &out->parts[out->count];
    if (!mtbf_source_from_store(store, &request, &part->source, error))
      return false;
    mtbf_source_estimate(&part->source, HEADLINE_CONFIDENCE, &part->estimate, &out->estimates[out->count]);
    out->estimates[out->count++].source = store_name;
  }
  return true;
}

void gather_mtbf_free(struct gathered_mtbf *gathered) {
  for (size_t i = 0; i < gathered->count; i++)
    mtbf_source_free(&gathered->parts[i].source);
  free(gathered->estimates);
  free(gathered->parts);
}
