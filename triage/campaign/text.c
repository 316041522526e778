#include "triage/campaign/text.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char *text_count(uint64_t value, char text[TEXT_SIZE]) {
  char digits[TEXT_SIZE];
  int length = snprintf(digits, sizeof digits, "%" PRIu64, value), used = 0;
  for (int i = 0; i < length; ++i) {
    if (i > 0 && (length - i) % 3 == 0)
      text[used++] = ',';
    text[used++] = digits[i];
  }
  text[used] = '\0';
  return text;
}

const char *text_things(uint64_t count, const char *thing, char text[TEXT_SIZE]) {
  char number[TEXT_SIZE];
  snprintf(text, TEXT_SIZE, "%.26s %.*s%s", text_count(count, number), TEXT_SIZE - 30, thing, count == 1 ? "" : "s");
  return text;
}

const char *text_span(double seconds, char text[TEXT_SIZE]) {
  uint64_t whole = seconds > 0 ? (uint64_t)(seconds + 0.5) : 0;
  if (seconds < 0.9995)
    snprintf(text, TEXT_SIZE, "%.0f ms", seconds > 0 ? seconds * 1e3 : 0);
  else if (seconds < 59.95)
    snprintf(text, TEXT_SIZE, "%.1f s", seconds);
  else if (whole < 3600)
    snprintf(text, TEXT_SIZE, "%" PRIu64 " min %" PRIu64 " s", whole / 60, whole % 60);
  else if (whole < 48 * 3600)
    snprintf(text, TEXT_SIZE, "%" PRIu64 " h %" PRIu64 " min", whole / 3600, whole / 60 % 60);
  else
    snprintf(text, TEXT_SIZE, "%" PRIu64 " d %" PRIu64 " h", whole / 86400, whole / 3600 % 24);
  return text;
}

const char *text_elapsed(double seconds, char text[TEXT_SIZE]) {
  uint64_t whole = seconds > 0 ? (uint64_t)seconds : 0;
  snprintf(text, TEXT_SIZE, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

const char *text_bytes(uint64_t bytes, char text[TEXT_SIZE]) {
  if (bytes < 1024)
    snprintf(text, TEXT_SIZE, "%" PRIu64 " B", bytes);
  else if (bytes < 1024 * 1024)
    snprintf(text, TEXT_SIZE, "%.1f KiB", (double)bytes / 1024);
  else
    snprintf(text, TEXT_SIZE, "%.1f MiB", (double)bytes / (1024 * 1024));
  return text;
}

bool text_use_color(FILE *stream, enum text_color_mode mode) {
  if (mode != TEXT_COLOR_AUTO)
    return mode == TEXT_COLOR_ALWAYS;
  const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
  return isatty(fileno(stream)) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

struct text_style text_style(bool on) {
  if (!on)
    return (struct text_style){"", "", "", "", "", "", ""};
  return (struct text_style){.bold = "\033[1m",
                             .dim = "\033[2m",
                             .red = "\033[31m",
                             .green = "\033[32m",
                             .yellow = "\033[33m",
                             .cyan = "\033[36m",
                             .end = "\033[0m"};
}

bool text_use_unicode(void) {
  locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
  bool unicode = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
  if (locale)
    freelocale(locale);
  return unicode;
}

int text_width(FILE *stream) {
  struct winsize size;
  return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 100;
}
