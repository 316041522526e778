/* Misuse of mutexes: which, says the argument. */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static char own[64];

__attribute__((noinline)) static void in_order(void) {
  pthread_mutex_lock(&first);
  pthread_mutex_lock(&second);
  pthread_mutex_unlock(&second);
  pthread_mutex_unlock(&first);
}

__attribute__((noinline)) static void *against_order(void *unused) {
  pthread_mutex_lock(&second);
  pthread_mutex_lock(&first);
  pthread_mutex_unlock(&first);
  pthread_mutex_unlock(&second);
  return unused;
}

__attribute__((noinline)) static void unlock_unlocked(void) { pthread_mutex_unlock(&first); }

__attribute__((noinline)) static void destroy_locked(void) {
  pthread_mutex_lock(&first);
  pthread_mutex_destroy(&first);
}

__attribute__((noinline)) static void use_destroyed(void) {
  pthread_mutex_destroy(&second);
  pthread_mutex_lock(&second);
}

/* What a lock of one's own tells ThreadSanitizer (sanitizer/tsan_interface.h). */
#define READ (1u << 3)
void __tsan_mutex_pre_lock(void *mutex, unsigned flags);
void __tsan_mutex_post_lock(void *mutex, unsigned flags, int recursion);
int __tsan_mutex_pre_unlock(void *mutex, unsigned flags);
void __tsan_mutex_post_unlock(void *mutex, unsigned flags);

__attribute__((noinline)) static void *lock_twice(void *unused) {
  __tsan_mutex_pre_lock(&own, 0);
  __tsan_mutex_post_lock(&own, 0, 0);
  return unused;
}

__attribute__((noinline)) static void read_while_written(void) {
  __tsan_mutex_pre_lock(&own, 0);
  __tsan_mutex_post_lock(&own, 0, 0);
  __tsan_mutex_pre_lock(&own, READ);
  __tsan_mutex_post_lock(&own, READ, 0);
}

__attribute__((noinline)) static void end_reading_while_written(void) {
  __tsan_mutex_pre_lock(&own, 0);
  __tsan_mutex_post_lock(&own, 0, 0);
  __tsan_mutex_pre_unlock(&own, READ);
  __tsan_mutex_post_unlock(&own, READ);
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "order";
  pthread_t thread;
  if (strcmp(what, "order") == 0) {
    in_order();
    pthread_create(&thread, NULL, against_order, NULL);
    pthread_join(thread, NULL);
  } else if (strcmp(what, "unlock") == 0)
    unlock_unlocked();
  else if (strcmp(what, "destroy") == 0)
    destroy_locked();
  else if (strcmp(what, "invalid") == 0)
    use_destroyed();
  else if (strcmp(what, "read") == 0)
    read_while_written();
  else if (strcmp(what, "unread") == 0)
    end_reading_while_written();
  else if (strcmp(what, "double") == 0) {
    lock_twice(NULL);
    pthread_create(&thread, NULL, lock_twice, NULL);
    pthread_join(thread, NULL);
  }
  return 0;
}
