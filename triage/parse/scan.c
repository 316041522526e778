#include "triage/parse/scan.h"

#include <limits.h>
#include <string.h>

bool scan_text(const char **at, const char *text) {
  size_t length = strlen(text);
  if (strncmp(*at, text, length) != 0)
    return false;
  *at += length;
  return true;
}

static int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool digits(const char **at, unsigned base, uint64_t *value) {
  const char *p = *at;
  uint64_t sum = 0;
  for (unsigned digit; (digit = (unsigned)digit_of(*p)) < base; p++)
    sum = sum > (UINT64_MAX - digit) / base ? UINT64_MAX : sum * base + digit;
  if (p == *at)
    return false;
  *at = p;
  *value = sum;
  return true;
}

bool scan_number(const char **at, uint64_t *value) { return digits(at, 10, value); }

bool scan_address(const char **at, uint64_t *value) {
  const char *p = *at;
  if (!scan_text(&p, "0x") || !digits(&p, 16, value))
    return false;
  *at = p;
  return true;
}

bool scan_thread(const char **at, int *task) {
  if (scan_text(at, "main thread")) {
    *task = 0;
    return true;
  }
  const char *p = *at;
  uint64_t number;
  scan_text(&p, "thread ");
  if (!scan_text(&p, "T") || !scan_number(&p, &number))
    return false;
  *task = number < INT_MAX ? (int)number : -1;
  *at = p;
  return true;
}

const char *scan_blanks(const char *at) { return at + strspn(at, " \t"); }

size_t scan_trimmed(const char *text) {
  size_t length = strlen(text);
  while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
    length--;
  return length;
}

bool scan_ends(const char *text, const char *end) {
  size_t length = scan_trimmed(text), wanted = strlen(end);
  return length >= wanted && memcmp(text + length - wanted, end, wanted) == 0;
}
