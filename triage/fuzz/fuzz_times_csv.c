/* fuzz_times_csv.c - a file of times, through `heddle mtbf` and `heddle slo` to what they print and draw.
 *
 * The first line says how the file is read: `lives`, `arrivals`, `arrivals 1500` with the end of watching; then the
 * confidence may stand, as in `lives .9`.  The rest is the file.  Whatever it holds, it is read or one line says why
 * not; every fit ends; what is JSON parses as such, so that no figure in it is NaN or infinite; and people read
 * neither.
 *
 * fuzz: seeds=triage/fuzz/seeds/times_csv dict=triage/fuzz/times_csv.dict */
#include <math.h>

#include <jansson.h>

#include "triage/cmd/mtbf_source.h"
#include "triage/fuzz/fuzz.h"
#include "triage/report/availability.h"
#include "triage/report/plot.h"

struct way {
  enum times_csv_kind kind;
  double end, confidence;
};

static struct way read_way(const char *line) {
  struct way way = {*line == 'a' ? TIMES_CSV_ARRIVALS : TIMES_CSV_LIVES, NAN, 0.95};
  const char *at = line + strcspn(line, " ");
  for (char *end; *at; at = end) {
    double number = strtod(at, &end);
    if (end == at)
      break;
    if (number > 0 && number < 1)
      way.confidence = number;
    else if (number > 0 && isfinite(number))
      way.end = number;
  }
  return way;
}

static void check_json(const char *text) {
  json_error_t error;
  json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
  assert(json && "JSON, with numbers that JSON has");
  json_decref(json);
}

static void check_text(const char *text) {
  static const char *const none[] = {" nan", "-nan", "\"nan", ",nan", " inf", "-inf", "\"inf", ",inf"};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    assert(!strstr(text, none[i]) && "a word for what is no number");
  for (; *text; text++)
    assert(((unsigned char)*text >= ' ' || *text == '\n') && *text != 0x7f);
}

static void check_mtbf(const struct mtbf *mtbf) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert(out && mtbf_write_json(out, mtbf) && fclose(out) == 0);
  check_json(text);
  free(text);
  out = open_memstream(&text, &size);
  assert(out && mtbf_write_text(out, mtbf, 80, false, true) && fclose(out) == 0);
  check_text(text);
  free(text);
}

static void check_picture(const struct mtbf *mtbf) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert(out && plot_write_svg(out, mtbf) && fclose(out) == 0);
  check_text(text);
  free(text);
}

static void check_availability(const struct mtbf_source *source, const struct estimate *estimate) {
  struct arrivals arrivals = {source->times.times, source->times.count,
                              isnan(source->end) ? ARRIVALS_FAILURE : ARRIVALS_TIME, source->end};
  struct availability availability = {.target = "99.99%",
                                      .confidence = estimate->confidence,
                                      .failures = source->arrived ? (double)source->times.count
                                                                  : estimate->exponential.failures,
                                      .exposure = estimate->exposure,
                                      .arrivals = source->arrived ? &arrivals : NULL,
                                      .window = SLO_WINDOW_SECONDS,
                                      .doubt = ""};
  char *text = NULL;
  size_t size;
  assert(!decimal_parse_share("99.99%", &availability.share) && !decimal_parse_duration("8min", &availability.mttr));
  if (isnan(availability_weigh(&availability).threshold))
    return;
  FILE *out = open_memstream(&text, &size);
  assert(out && availability_write_json(out, &availability) && fclose(out) == 0);
  check_json(text);
  free(text);
  out = open_memstream(&text, &size);
  assert(out && availability_write_text(out, &availability, false) && fclose(out) == 0);
  check_text(text);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char path[PATH_MAX];
  static int file = -1;
  if (file < 0)
    file = fuzz_file(path);
  struct fuzz fuzz = fuzz_begin(data, size);
  struct way way = read_way(fuzz_line(&fuzz));
  struct mtbf_source source;
  struct finding_error error;
  fuzz_file_put(file, fuzz.at, (size_t)(fuzz.end - fuzz.at));
  if (mtbf_source_from_file(path, way.kind, way.end, &source, &error)) {
    struct estimate estimate;
    struct mtbf mtbf;
    mtbf_source_estimate(&source, way.confidence, &estimate, &mtbf);
    mtbf.source = "times.csv";
    check_mtbf(&mtbf);
    check_picture(&mtbf);
    check_availability(&source, &estimate);
    mtbf_source_free(&source);
  } else {
    fuzz_check_error(&error);
  }
  fuzz_end(&fuzz);
  return 0;
}
