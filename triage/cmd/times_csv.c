/* times_csv.c - see times_csv.h. */
#include "triage/cmd/times_csv.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 256
#define SHOWN 40 /* characters of a field in a message */

enum column { TIME, EVENT, COUNT, COLUMN_COUNT };

static const char *const column_names[COLUMN_COUNT] = {"time", "event", "count"};

struct reader {
  const char *name;
  enum times_csv_kind kind;
  struct times_csv *csv;
  struct finding_error *error;
  size_t line;
  size_t place[COLUMN_COUNT]; /* which field of a line; COLUMNS_MAX: there is none */
  size_t capacity;
};

/* ---- fields ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The next field of *rest, which is cut out of its line, without blanks and quotes around it.  NULL after the last. */
static char *next_field(char **rest) {
  char *field = strsep(rest, ",");
  if (!field)
    return NULL;
  while (is_blank(*field))
    field++;
  size_t length = strlen(field);
  while (length > 0 && is_blank(field[length - 1]))
    length--;
  if (length >= 2 && field[0] == '"' && field[length - 1] == '"') {
    field++;
    length -= 2;
  }
  field[length] = '\0';
  return field;
}

/* What there is to read in a line; NULL: nothing. */
static char *trim_line(char *line, size_t length) {
  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
    line[--length] = '\0';
  while (is_blank(*line))
    line++;
  return *line && *line != '#' ? line : NULL;
}

__attribute__((format(printf, 2, 3))) static bool fail(struct reader *reader, const char *format, ...) {
  va_list values;
  int length = snprintf(reader->error->text, sizeof reader->error->text, "%s:%zu: ", reader->name, reader->line);
  size_t at = length < 0 ? 0 : (size_t)length;
  va_start(values, format);
  if (at < sizeof reader->error->text)
    vsnprintf(reader->error->text + at, sizeof reader->error->text - at, format, values);
  va_end(values);
  return false;
}

static bool fail_field(struct reader *reader, enum column column, const char *field, const char *wanted) {
  char shown[SHOWN + 1];
  snprintf(shown, sizeof shown, "%s", field);
  for (char *c = shown; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 0x7f)
      *c = '?';
  return fail(reader, "%s `%s`: give %s", column_names[column], shown, wanted);
}

static bool parse_number(const char *field, double *number) {
  char *end;
  *number = strtod(field, &end);
  return end != field && !*end;
}

/* ---- lines ---- */

static bool read_header(struct reader *reader, char *line) {
  size_t count = 0;
  if (strncmp(line, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
    line += 3;
  for (char *field; (field = next_field(&line)) != NULL && count < COLUMNS_MAX; count++)
    for (size_t i = 0; i < COLUMN_COUNT; i++)
      if (strcmp(field, column_names[i]) == 0 && reader->place[i] == COLUMNS_MAX)
        reader->place[i] = count;
  if (reader->place[TIME] == COLUMNS_MAX)
    return fail(reader, "no column `time`: begin the file with a line of column names, as `%s`",
                reader->kind == TIMES_CSV_LIVES ? "time,event" : "time");
  if (reader->kind == TIMES_CSV_LIVES && reader->place[EVENT] == COLUMNS_MAX)
    return fail(reader, "no column `event`: give one, 1 where it failed at that time, 0 where it had not, or ask for "
                        "--arrivals");
  if (reader->kind == TIMES_CSV_ARRIVALS)
    reader->place[EVENT] = reader->place[COUNT] = COLUMNS_MAX;
  return true;
}

static void *enlarge(void *array, size_t capacity, size_t size) {
  void *larger = reallocarray(array, capacity, size);
  if (!larger)
    abort();
  return larger;
}

static void make_room(struct reader *reader) {
  struct times_csv *csv = reader->csv;
  if (csv->count < reader->capacity)
    return;
  size_t capacity = reader->capacity = reader->capacity ? reader->capacity + reader->capacity / 2 : 1024;
  csv->times = enlarge(csv->times, capacity, sizeof *csv->times);
  if (reader->place[EVENT] != COLUMNS_MAX)
    csv->events = enlarge(csv->events, capacity, sizeof *csv->events);
  if (reader->place[COUNT] != COLUMNS_MAX)
    csv->counts = enlarge(csv->counts, capacity, sizeof *csv->counts);
}

static bool read_row(struct reader *reader, char *line) {
  struct times_csv *csv = reader->csv;
  const char *fields[COLUMN_COUNT] = {0};
  double number;
  size_t at = 0;
  for (char *field; (field = next_field(&line)) != NULL; at++)
    for (size_t i = 0; i < COLUMN_COUNT; i++)
      if (reader->place[i] == at)
        fields[i] = field;
  for (size_t i = 0; i < COLUMN_COUNT; i++)
    if (!fields[i] && reader->place[i] != COLUMNS_MAX)
      return fail(reader, "no %s: the line has fewer fields than there are columns", column_names[i]);
  make_room(reader);
  assert(fields[TIME] && "the header has a time");
  if (!parse_number(fields[TIME], &number) || !isfinite(number) || number < 0)
    return fail_field(reader, TIME, fields[TIME], "a number from 0");
  csv->times[csv->count] = number == 0 ? 0 : number; /* without a sign */
  if (fields[EVENT]) {
    if (!parse_number(fields[EVENT], &number) || (number != 0 && number != 1))
      return fail_field(reader, EVENT, fields[EVENT], "1 where it failed at that time, 0 where it had not");
    csv->events[csv->count] = number == 1;
  }
  if (fields[COUNT]) {
    if (!parse_number(fields[COUNT], &number) || !(number >= 1 && number <= 0x1p53) || number != floor(number))
      return fail_field(reader, COUNT, fields[COUNT], "a whole number from 1");
    csv->counts[csv->count] = (uint64_t)number;
  }
  csv->count++;
  return true;
}

/* ---- files ---- */

static bool read_lines(struct reader *reader, FILE *in) {
  char *line = NULL, *text;
  size_t size = 0;
  bool headed = false, good = true;
  for (ssize_t length; good && (length = getline(&line, &size, in)) >= 0;) {
    reader->line++;
    if (strlen(line) != (size_t)length)
      good = fail(reader, "a zero byte: give a text file");
    else if ((text = trim_line(line, (size_t)length)) != NULL) {
      good = headed ? read_row(reader, text) : read_header(reader, text);
      headed = true;
    }
  }
  free(line);
  if (good && ferror(in))
    good = fail(reader, "cannot be read to its end (%s): look at the file", strerror(errno));
  if (good && !headed)
    good = fail(reader, "empty: begin the file with a line of column names, as `time,event`");
  return good;
}

bool times_csv_read(FILE *in, const char *name, enum times_csv_kind kind, struct times_csv *csv,
                    struct finding_error *error) {
  struct reader reader = {
      .name = name, .kind = kind, .csv = csv, .error = error, .place = {COLUMNS_MAX, COLUMNS_MAX, COLUMNS_MAX}};
  *csv = (struct times_csv){0};
  bool good = read_lines(&reader, in);
  if (!good)
    times_csv_free(csv);
  return good;
}

void times_csv_free(struct times_csv *csv) {
  free(csv->times);
  free(csv->events);
  free(csv->counts);
  *csv = (struct times_csv){0};
}
