#include "triage/stack/symbol_answer.h"

#include <string.h>

static const char *text_of(const json_t *object, const char *name) {
  const char *text = json_string_value(json_object_get(object, name));
  return text && strcmp(text, "??") != 0 ? text : "";
}

static uint32_t number_of(const json_t *object, const char *name) {
  json_int_t number = json_integer_value(json_object_get(object, name));
  return number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

size_t symbol_answer_count(const json_t *answer) {
  size_t count = json_array_size(json_object_get(answer, "Symbol"));
  return count ? count : 1;
}

void symbol_answer_read(const json_t *answer, const char *module, uint64_t offset, struct frame frames[]) {
  const json_t *symbols = json_object_get(answer, "Symbol");
  for (size_t i = 0; i < symbol_answer_count(answer); ++i) {
    const json_t *symbol = json_array_get(symbols, i); /* NULL: nothing is known */
    frames[i] = (struct frame){text_of(symbol, "FunctionName"),
                               text_of(symbol, "FileName"),
                               number_of(symbol, "Line"),
                               number_of(symbol, "Column"),
                               module,
                               offset};
  }
}
