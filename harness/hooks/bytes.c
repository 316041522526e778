/* bytes.c - memcpy, memmove and memset as everything but the code under test calls them.
 *
 * The sanitizers intercept these names and would take the harness's own copying for accesses by the task that happens
 * to run.  Code under test is compiled to call the sanitizer's versions by other names, and is seen. */
#include <stddef.h>
#include <stdint.h>

void *__wrap_memcpy(void *to, const void *from, size_t size);
void *__wrap_memmove(void *to, const void *from, size_t size);
void *__wrap_memset(void *to, int byte, size_t size);

#if defined(__x86_64__)

void *__wrap_memcpy(void *to, const void *from, size_t size) {
  void *d = to;
  __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(size) : : "memory");
  return to;
}

void *__wrap_memset(void *to, int byte, size_t size) {
  void *d = to;
  __asm__ volatile("rep stosb" : "+D"(d), "+c"(size) : "a"(byte) : "memory");
  return to;
}

#else

__attribute__((no_builtin)) void *__wrap_memcpy(void *to, const void *from, size_t size) {
  unsigned char *d = to;
  const unsigned char *s = from;
  for (size_t i = 0; i < size; i++)
    d[i] = s[i];
  return to;
}

__attribute__((no_builtin)) void *__wrap_memset(void *to, int byte, size_t size) {
  unsigned char *d = to;
  for (size_t i = 0; i < size; i++)
    d[i] = (unsigned char)byte;
  return to;
}

#endif

__attribute__((no_builtin)) void *__wrap_memmove(void *to, const void *from, size_t size) {
  unsigned char *d = to;
  const unsigned char *s = from;
  if ((uintptr_t)d - (uintptr_t)s >= size)
    return __wrap_memcpy(to, from, size);
  for (size_t i = size; i-- > 0;)
    d[i] = s[i];
  return to;
}
