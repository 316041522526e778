/* html_interleaving.c - who ran when, as a picture. */
#include <inttypes.h>
#include <string.h>

#include "triage/campaign/text.h"
#include "triage/report/html.h"

enum {
  TASKS_MAX = 12, /* columns; further tasks share the last one */
  COLUMN = 236,
  GUTTER = 44,
  HEAD = 30,
  STEP = 34,      /* two lines of text */
  OPERATION = 22, /* above a step that begins one */
  GAP = 20,
  SWITCH = 20,
  COLUMNS_OF_TEXT = 31
};

struct picture {
  FILE *out;
  const struct words_row *rows;
  size_t row_count;
  int tasks[TASKS_MAX];
  size_t task_count;
  int y[WORDS_ROWS_MAX]; /* of each row's dot */
  int height;
};

/* The tasks that appear, in the order of their numbers. */
static void find_tasks(struct picture *picture) {
  for (size_t i = 0; i < picture->row_count; ++i) {
    int task = picture->rows[i].step->task;
    size_t place = 0;
    while (place < picture->task_count && picture->tasks[place] < task)
      ++place;
    if ((place < picture->task_count && picture->tasks[place] == task) || picture->task_count == TASKS_MAX)
      continue;
    memmove(picture->tasks + place + 1, picture->tasks + place, (picture->task_count - place) * sizeof *picture->tasks);
    picture->tasks[place] = task;
    ++picture->task_count;
  }
}

static int column_x(const struct picture *picture, int task) {
  size_t place = 0;
  while (place + 1 < picture->task_count && picture->tasks[place] != task)
    ++place;
  return GUTTER + 14 + (int)place * COLUMN;
}

static void place_rows(struct picture *picture) {
  int y = HEAD + 14;
  for (size_t i = 0; i < picture->row_count; ++i) {
    const struct words_row *row = &picture->rows[i];
    if (i > 0 && picture->rows[i - 1].step->task != row->step->task)
      y += SWITCH;
    if (row->left_out)
      y += GAP;
    if (*words_or(row->step->operation, ""))
      y += OPERATION;
    picture->y[i] = y;
    y += STEP;
  }
  picture->height = y + 8;
}

static void put_text(const struct picture *picture, const char *style, int x, int y, const char *text) {
  fprintf(picture->out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", style, x, y);
  html_cut(picture->out, text, COLUMNS_OF_TEXT);
  fputs("</text>\n", picture->out);
}

/* The function and where it is; where that is too long, where it is. */
static void put_place(const struct picture *picture, int x, int y, const char *place) {
  const char *file = strrchr(place, ' ');
  put_text(picture, "place", x, y, file && strlen(place) > COLUMNS_OF_TEXT ? file + 1 : place);
}

/* Who runs from here on, for the heads are far away in a tall picture.  Left of the first lane stand the points. */
static void put_who(const struct picture *picture, int task, int x, int y) {
  if (x > column_x(picture, picture->tasks[0]))
    fprintf(picture->out, "<text class=\"who\" x=\"%d\" y=\"%d\">T%d</text>\n", x - 9, y + 4, task);
}

static void put_lanes(const struct picture *picture) {
  char name[24];
  for (size_t i = 0; i < picture->task_count; ++i) {
    int x = column_x(picture, picture->tasks[i]);
    bool more = i + 1 == TASKS_MAX;
    snprintf(name, sizeof name, picture->tasks[i] == 0 ? "main" : more ? "T%d and others" : "T%d", picture->tasks[i]);
    fprintf(picture->out, "<line class=\"lane\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", x, HEAD, x,
            picture->height);
    put_text(picture, "head", x - 5, HEAD - 12, name);
  }
}

/* The stretch in which one task runs, and the arrow to the next. */
static void put_runs(const struct picture *picture) {
  for (size_t first = 0, last; first < picture->row_count; first = last + 1) {
    int task = picture->rows[first].step->task, x = column_x(picture, task);
    for (last = first; last + 1 < picture->row_count && picture->rows[last + 1].step->task == task;)
      ++last;
    fprintf(picture->out, "<rect class=\"run\" x=\"%d\" y=\"%d\" width=\"6\" height=\"%d\" rx=\"3\"/>\n", x - 3,
            picture->y[first] - 6, picture->y[last] - picture->y[first] + 12);
    put_who(picture, task, x, picture->y[first]);
    if (last + 1 == picture->row_count)
      return;
    /* Down, across below the last step's text, and down on the next one's line. */
    int to = column_x(picture, picture->rows[last + 1].step->task), bottom = picture->y[last + 1] - 7;
    int turn = picture->y[last] + STEP - 6;
    fprintf(picture->out, "<path class=\"switch\" d=\"M%d %dV%dH%dV%d\"/>\n", x, picture->y[last] + 6, turn, to,
            bottom - 5);
    fprintf(picture->out, "<path class=\"tip\" d=\"M%d %dl-5 -7h10z\"/>\n", to, bottom);
  }
}

static void put_row(const struct picture *picture, size_t i) {
  const struct report_step *step = picture->rows[i].step;
  const char *operation = words_or(step->operation, "");
  int x = column_x(picture, step->task), y = picture->y[i];
  char gap[TEXT_SIZE];
  fputs("<g><title>", picture->out);
  html_attribute(picture->out, words_or(step->text, "step"));
  fputs(" ", picture->out);
  html_attribute(picture->out, step->place);
  fputs("</title>\n", picture->out);
  if (step->racing)
    fprintf(picture->out, "<rect class=\"hit\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>\n", x - 9,
            y - 13, COLUMN - 8, STEP);
  if (picture->rows[i].left_out) {
    text_things(picture->rows[i].left_out, "more step", gap);
    put_text(picture, "gap", x + 12, y - (*operation ? OPERATION : 0) - GAP + 2, gap);
  }
  if (*operation)
    put_text(picture, "operation", x + 12, y - OPERATION + 5, operation);
  fprintf(picture->out, "<text class=\"point\" x=\"%d\" y=\"%d\">%" PRIu64 "</text>\n", GUTTER - 8, y + 4, step->point);
  fprintf(picture->out, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>\n", step->racing ? "race" : "dot", x, y,
          step->racing ? 5 : 3);
  put_text(picture, step->racing ? "what race" : "what", x + 12, y + 4, words_or(step->text, ""));
  if (*words_or(step->place, ""))
    put_place(picture, x + 12, y + 17, step->place);
  fputs("</g>\n", picture->out);
}

/* The racing accesses, each joined with the one before. */
static void put_race(const struct picture *picture) {
  size_t before = picture->row_count;
  for (size_t i = 0; i < picture->row_count; ++i) {
    if (!picture->rows[i].step->racing)
      continue;
    if (before < i)
      fprintf(picture->out, "<path class=\"join\" d=\"M%d %dL%d %d\"/>\n",
              column_x(picture, picture->rows[before].step->task), picture->y[before],
              column_x(picture, picture->rows[i].step->task), picture->y[i]);
    before = i;
  }
}

/* The same for who cannot see a picture, or wants to copy it. */
static void put_list(FILE *out, const struct words_row *rows, size_t count) {
  fputs("<details><summary>The same as text</summary>\n<ol class=\"steps\">\n", out);
  for (size_t i = 0; i < count; ++i) {
    const struct report_step *step = rows[i].step;
    if (rows[i].left_out)
      fprintf(out, "<li class=\"gap\">%zu more</li>\n", rows[i].left_out);
    fprintf(out, "<li%s><span class=\"no\">%" PRIu64 "</span> <b>T%d</b> ", step->racing ? " class=\"race\"" : "",
            step->point, step->task);
    if (*words_or(step->operation, "")) {
      fputs("<i>", out);
      html_text(out, step->operation);
      fputs("</i>: ", out);
    }
    html_text(out, step->text);
    fputs(" <span class=\"at\">", out);
    html_text(out, step->place);
    fprintf(out, "</span>%s%s</li>\n", step->switched ? " (switched to)" : "", step->racing ? " (at fault)" : "");
  }
  fputs("</ol></details>\n", out);
}

void html_interleaving(FILE *out, const struct report_key *key) {
  struct words_row rows[WORDS_ROWS_MAX];
  struct picture picture = {.out = out, .rows = rows, .row_count = words_rows(key, rows)};
  if (picture.row_count == 0)
    return;
  find_tasks(&picture);
  place_rows(&picture);
  char steps[TEXT_SIZE], tasks[TEXT_SIZE];
  int width = GUTTER + (int)picture.task_count * COLUMN + 8;
  fprintf(out,
          "<h4>Interleaving</h4>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Interleaving\">\n"
          "<svg class=\"interleaving\" role=\"img\" aria-label=\"%zu of %s of %s, time downwards\" "
          "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
          picture.row_count, text_things(key->step_count, "step", steps),
          text_things(picture.task_count, "task", tasks), width, picture.height, width, picture.height);
  put_lanes(&picture);
  put_runs(&picture);
  put_race(&picture);
  for (size_t i = 0; i < picture.row_count; ++i)
    put_row(&picture, i);
  fputs("</svg>\n</div>\n", out);
  put_list(out, rows, picture.row_count);
}
