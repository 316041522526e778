/* decimal.c - see decimal.h. */
#include "triage/reliability/decimal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_END UINT64_C(1000000000000000000) /* 10^DECIMAL_DIGITS */
#define EXPONENT_MAX 64

static const char too_many_digits[] = "more than 18 digits, which nothing is measured to";

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static const char *skip_spaces(const char *text) {
  while (*text == ' ' || *text == '\t')
    text++;
  return text;
}

static struct decimal without_trailing_zeros(struct decimal decimal) {
  while (decimal.digits > 0 && decimal.digits % 10 == 0) {
    decimal.digits /= 10;
    decimal.exponent++;
  }
  if (decimal.digits == 0)
    decimal.exponent = 0;
  return decimal;
}

/* Digits with at most one point among them, and at least one digit.  Moves *text past them.  Zeros that do not matter
 * count as no digits. */
static const char *parse_number(const char **text, struct decimal *number) {
  bool any = false, point = false;
  int zeros = 0; /* that are only worth something if another digit follows */
  *number = (struct decimal){0, 0};
  for (; is_digit(**text) || (**text == '.' && !point); ++*text) {
    if (**text == '.') {
      point = true;
      continue;
    }
    any = true;
    zeros++;
    if (number->exponent - point < -EXPONENT_MAX || zeros > EXPONENT_MAX)
      return too_many_digits;
    number->exponent -= point;
    if (**text == '0')
      continue;
    for (; zeros > 0; zeros--) {
      if (number->digits >= DIGITS_END / 10)
        return too_many_digits;
      number->digits *= 10;
    }
    number->digits += (uint64_t)(**text - '0');
  }
  if (!any)
    return "no number";
  number->exponent += zeros;
  *number = without_trailing_zeros(*number);
  return NULL;
}

const char *decimal_parse_share(const char *text, struct decimal *share) {
  text = skip_spaces(text);
  const char *wrong = parse_number(&text, share);
  if (wrong)
    return wrong == too_many_digits ? wrong : "no share, like 99.99% or 0.9999";
  text = skip_spaces(text);
  bool percent = *text == '%';
  if (percent) {
    share->exponent -= 2;
    text = skip_spaces(text + 1);
  }
  if (*text)
    return "something follows the number that is no %";
  if (share->exponent < -DECIMAL_DIGITS)
    return too_many_digits;
  if (share->digits == 0)
    return "a share of nothing, which anything reaches";
  if (decimal_value(*share) < 1)
    return NULL;
  return percent ? "100 % or more, which nothing reaches"
                 : "1 or more, which nothing reaches; for a percentage write %";
}

struct unit {
  const char *names; /* each with a space after it */
  uint64_t factor;
  int exponent;
};

static const struct unit units[] = {
    {"ns nanosecond nanoseconds ", 1, -9},
    {"us microsecond microseconds ", 1, -6},
    {"ms millisecond milliseconds ", 1, -3},
    {"s sec secs second seconds ", 1, 0},
    {"m min mins minute minutes ", 60, 0},
    {"h hr hrs hour hours ", 3600, 0},
    {"d day days ", 86400, 0},
    {"w week weeks ", 604800, 0},
};

/* The unit of the letters that *text begins with; moves past them. */
static const struct unit *parse_unit(const char **text) {
  char name[16];
  size_t length = 0;
  while (((*text)[length] >= 'a' && (*text)[length] <= 'z') && length + 2 < sizeof name)
    length++;
  memcpy(name, *text, length);
  memcpy(name + length, " ", 2);
  for (size_t i = 0; length > 0 && i < sizeof units / sizeof *units; i++)
    for (const char *at = strstr(units[i].names, name); at; at = strstr(at + 1, name))
      if (at == units[i].names || at[-1] == ' ') {
        *text += length;
        return &units[i];
      }
  return NULL;
}

/* Both to the lower exponent, if that leaves room. */
static bool align(struct decimal *decimal, int exponent) {
  for (; decimal->exponent > exponent && decimal->digits > 0; decimal->exponent--) {
    if (decimal->digits >= DIGITS_END / 10)
      return false;
    decimal->digits *= 10;
  }
  return true;
}

static bool add(struct decimal *sum, struct decimal term) {
  int exponent = sum->digits == 0 || term.exponent < sum->exponent ? term.exponent : sum->exponent;
  if (!align(sum, exponent) || !align(&term, exponent) || sum->digits + term.digits >= DIGITS_END)
    return false;
  *sum = without_trailing_zeros((struct decimal){sum->digits + term.digits, exponent});
  return true;
}

const char *decimal_parse_duration(const char *text, struct decimal *seconds) {
  static const char no_unit[] = "no duration with its unit, like 8min, 1h30m or 500ms";
  *seconds = (struct decimal){0, 0};
  text = skip_spaces(text);
  do {
    struct decimal term;
    const char *wrong = parse_number(&text, &term);
    if (wrong)
      return wrong == too_many_digits ? wrong : no_unit;
    text = skip_spaces(text);
    const struct unit *unit = parse_unit(&text);
    if (!unit)
      return no_unit;
    if (term.digits > (DIGITS_END - 1) / unit->factor)
      return too_many_digits;
    term.digits *= unit->factor;
    term.exponent += unit->exponent;
    if (term.exponent < -EXPONENT_MAX || term.exponent > EXPONENT_MAX || (term.digits > 0 && !add(seconds, term)))
      return too_many_digits;
    text = skip_spaces(text);
  } while (*text);
  return seconds->digits == 0 ? "no time at all" : NULL;
}

double decimal_value(struct decimal decimal) {
  char text[64];
  int length = snprintf(text, sizeof text, "%" PRIu64 "e%d", decimal.digits, decimal.exponent);
  assert(length > 0 && (size_t)length < sizeof text && "a number of 20 digits and an exponent");
  return strtod(text, NULL); /* without a point, which locales write differently */
}
