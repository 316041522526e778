#include "triage/campaign/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void arguments_add(struct arguments *arguments, const char *format, ...) {
  va_list values;
  char *text = NULL;
  va_start(values, format);
  int length = vasprintf(&text, format, values);
  va_end(values);
  char **grown = reallocarray(arguments->items, arguments->count + 2, sizeof *grown);
  if (length < 0 || !grown)
    abort();
  arguments->items = grown;
  grown[arguments->count++] = text;
  grown[arguments->count] = NULL;
}

void arguments_free(struct arguments *arguments) {
  for (size_t i = 0; i < arguments->count; ++i)
    free(arguments->items[i]);
  free(arguments->items);
  *arguments = (struct arguments){0};
}

/* In the child.  Whatever fails is told through `report`, which exec closes. */
static _Noreturn void become(const struct process_plan *plan, pid_t parent, int report) {
  sigset_t none;
  sigemptyset(&none);
  if (plan->apart) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(127); /* it died before we asked to be told */
  }
  if (plan->inherited > 0)
    fcntl(plan->inherited, F_SETFD, 0);
#ifdef HEDDLE_NO_ASLR
  personality(ADDR_NO_RANDOMIZE); /* the sanitizers of this compiler do not start everywhere else */
#endif
  errno = 0;
  if (plan->niceness && nice(plan->niceness) == -1)
    errno = 0; /* not worth failing for */
  if ((plan->out < 0 || dup2(plan->out, STDOUT_FILENO) >= 0) &&
      (plan->err < 0 || dup2(plan->err, STDERR_FILENO) >= 0)) {
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(plan->arguments->items[0], plan->arguments->items);
  }
  int error = errno;
  if (write(report, &error, sizeof error) < 0)
    _exit(126);
  _exit(127);
}

pid_t process_start(const struct process_plan *plan) {
  int report[2], error = 0;
  if (pipe2(report, O_CLOEXEC) < 0)
    return -1;
  pid_t parent = getpid(), pid = fork();
  if (pid == 0)
    become(plan, parent, report[1]);
  if (pid < 0)
    error = errno;
  close(report[1]);
  ssize_t got;
  while (pid > 0 && (got = read(report[0], &error, sizeof error)) < 0 && errno == EINTR)
    ;
  close(report[0]);
  if (!error)
    return pid;
  if (pid > 0)
    process_wait(pid);
  errno = error;
  return -1;
}

int process_wait(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  return status;
}

bool process_wait_for(pid_t pid, double seconds, int *wait_status) {
  double deadline_s = process_clock_s() + seconds;
  struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
  int ready = end.fd < 0;
  while (end.fd >= 0 && (ready = poll(&end, 1, (int)((deadline_s - process_clock_s()) * 1e3) + 1)) < 0 &&
         errno == EINTR && process_clock_s() < deadline_s)
    ;
  if (end.fd >= 0)
    close(end.fd);
  if (ready > 0)
    *wait_status = process_wait(pid);
  return ready > 0;
}

int process_buffer(void) { return memfd_create("heddle-output", MFD_CLOEXEC); }

char *process_buffer_text(int fd, size_t *size) {
  struct stat status;
  size_t used = 0, capacity = fstat(fd, &status) == 0 ? (size_t)status.st_size : 0;
  char *text = malloc(capacity + 1);
  if (!text)
    return NULL;
  while (used < capacity) {
    ssize_t got = pread(fd, text + used, capacity - used, (off_t)used);
    if (got <= 0)
      break;
    used += (size_t)got;
  }
  text[used] = '\0';
  *size = used;
  return text;
}

void process_print_end(int wait_status, char *text, size_t size) {
  if (WIFSIGNALED(wait_status))
    snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
  else
    snprintf(text, size, "exit status %d", WEXITSTATUS(wait_status));
}

double process_clock_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
