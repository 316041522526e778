#include "triage/report/words.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "triage/campaign/text.h"
#include "triage/stack/normalize.h"

const char *report_state_text(enum report_state state) {
  static const char *const texts[REPORT_STATE_COUNT] = {
#define STATE(name, text, meaning) text,
      REPORT_STATES(STATE)
#undef STATE
  };
  assert(state < REPORT_STATE_COUNT);
  return texts[state];
}

static const char *format_time(int64_t time_s, const char *format, const char *otherwise, char text[WORDS_SIZE]) {
  time_t time = (time_t)time_s;
  struct tm parts;
  if (time_s == 0 || !gmtime_r(&time, &parts) || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900 ||
      strftime(text, WORDS_SIZE, format, &parts) == 0)
    snprintf(text, WORDS_SIZE, "%s", otherwise);
  return text;
}

const char *words_date(int64_t time_s, char text[WORDS_SIZE]) {
  return format_time(time_s, "%Y-%m-%d %H:%M UTC", "not known", text);
}

const char *words_timestamp(int64_t time_s, char text[WORDS_SIZE]) {
  return format_time(time_s, "%Y-%m-%dT%H:%M:%SZ", "", text);
}

const char *words_exposure(const struct finding_span *span, char text[WORDS_SIZE]) {
  char inputs[TEXT_SIZE], wall[TEXT_SIZE];
  snprintf(text, WORDS_SIZE, "%s in %s", text_things(span->inputs, "input", inputs), text_span(span->wall_s, wall));
  return text;
}

const char *words_moment(const struct report_moment *moment, char text[WORDS_SIZE]) {
  char date[WORDS_SIZE], exposure[WORDS_SIZE];
  words_date(moment->time_s, date);
  if (moment->clock.known)
    snprintf(text, WORDS_SIZE, "%.60s, after %.120s", date, words_exposure(&moment->clock.begun, exposure));
  else
    snprintf(text, WORDS_SIZE, "%s", date);
  return text;
}

const char *words_stack(const struct finding_stack *stack, char text[WORDS_SIZE]) {
  char size[TEXT_SIZE];
  static const char *const roles[FINDING_ROLE_COUNT] = {
      [FINDING_ACCESS] = "where it failed",     [FINDING_PREVIOUS] = "the access before",
      [FINDING_FREE] = "memory freed",          [FINDING_WAITING] = "waits here",
      [FINDING_RUNNING] = "goes round here",    [FINDING_ALLOC] = "memory allocated",
      [FINDING_WITNESS] = "seen beside it",     [FINDING_CREATED] = "created",
      [FINDING_HELD] = "lock taken, still held"};
  assert(stack->role < FINDING_ROLE_COUNT);
  const char *access = finding_access_text(stack->access);
  if (access)
    snprintf(text, WORDS_SIZE, "%s%s of %s", stack->role == FINDING_PREVIOUS ? "earlier " : "", access,
             text_things(stack->size, "byte", size));
  else
    snprintf(text, WORDS_SIZE, "%s", roles[stack->role]);
  return text;
}

const char *words_task(const struct finding_stack *stack, char text[WORDS_SIZE]) {
  const char *operation = words_or(stack->operation, "");
  int used = 0;
  *text = '\0';
  if (stack->task >= 0)
    used = snprintf(text, WORDS_SIZE, stack->task == 0 ? "main" : "T%d", stack->task);
  if (*operation)
    snprintf(text + used, WORDS_SIZE - (size_t)used, "%s%.400s", used ? " in " : "in ", operation);
  return text;
}

size_t words_sites(const struct report_key *key, char sites[2][FINDING_SITE_SIZE]) {
  size_t count = key->stack_count < 2 ? key->stack_count : 2;
  for (size_t i = 0; i < count; ++i)
    finding_print_site(stack_top(key->stacks[i].frames, key->stacks[i].frame_count), sites[i]);
  return count == 2 && strcmp(sites[0], sites[1]) == 0 ? 1 : count;
}

const char *words_title(const struct report_bug *bug) {
  assert(bug->key_count > 0);
  return words_or(bug->title, words_or(bug->keys[0].title, words_or(bug->keys[0].kind, "?")));
}

uint64_t words_count(const struct report_bug *bug) {
  uint64_t count = 0;
  for (size_t i = 0; i < bug->key_count; ++i)
    count += bug->keys[i].count;
  return count;
}

static bool says_something(const struct report_key *key, size_t i) {
  const struct report_step *step = &key->steps[i];
  bool last = i + 1 == key->step_count;
  return i == 0 || last || step->racing || step->switched || key->steps[i - 1].switched || key->steps[i + 1].switched ||
         key->steps[i - 1].racing || key->steps[i + 1].racing || *words_or(step->operation, "");
}

/* "1 more" would take the room of the one. */
static bool is_shown(const struct report_key *key, size_t i) {
  return says_something(key, i) || (says_something(key, i - 1) && says_something(key, i + 1));
}

size_t words_rows(const struct report_key *key, struct words_row rows[WORDS_ROWS_MAX]) {
  enum { HEAD = WORDS_ROWS_MAX / 4, TAIL = WORDS_ROWS_MAX - HEAD };
  size_t all = 0, seen = 0, count = 0, left_out = 0;
  for (size_t i = 0; i < key->step_count; ++i)
    all += is_shown(key, i);
  for (size_t i = 0; i < key->step_count; ++i) {
    bool shown = is_shown(key, i);
    if (shown && all > WORDS_ROWS_MAX && seen >= HEAD && seen < all - TAIL) {
      ++seen;
      shown = false;
    } else
      seen += shown;
    if (shown) {
      rows[count++] = (struct words_row){&key->steps[i], left_out};
      left_out = 0;
    } else
      ++left_out;
  }
  return count;
}
