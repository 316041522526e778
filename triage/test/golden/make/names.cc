/* One race after the other, each in a function whose name compilers and demanglers spell in their own ways. */
#include <functional>
#include <pthread.h>
#include <string>
#include <vector>

namespace cache {
long slot[16];

template <typename T> struct Map {
  __attribute__((noinline)) void put(T value) { slot[0] = (long)value; }
  template <typename U> __attribute__((noinline)) U get(U other) const { return (U)slot[1] + other; }
  __attribute__((noinline)) Map &operator=(long value) {
    slot[2] = value;
    return *this;
  }
  __attribute__((noinline)) long operator()(int i) { return slot[3] += i; }
  __attribute__((noinline)) long operator[](int i) { return slot[4] += i; }
  __attribute__((noinline)) operator long() { return slot[5]++; }
  struct Node {
    __attribute__((noinline)) Node() { slot[6]++; }
    __attribute__((noinline)) ~Node() { slot[7]++; }
  };
};

namespace {
__attribute__((noinline)) void hidden(long value) { slot[8] = value; }
template <int N> __attribute__((noinline)) void counted() { slot[9] += N; }
} // namespace

inline namespace v2 {
__attribute__((noinline)) void versioned(const std::string &, const std::vector<std::pair<int, long>> &) { slot[10]++; }
} // namespace v2

struct Base {
  virtual ~Base() = default;
  virtual void visit() = 0;
};
struct Other {
  virtual ~Other() = default;
  virtual void visit2() = 0;
};
struct Derived : Base, Other {
  __attribute__((noinline)) void visit() override { slot[11]++; }
  __attribute__((noinline)) void visit2() override { slot[12]++; }
};
__attribute__((noinline)) static void plain_static(int) { slot[14]++; }
extern "C" __attribute__((noinline)) void c_name(void) { slot[15]++; }
} // namespace cache

static void lambda_race() {
  auto touch = [](int by) __attribute__((noinline)) { cache::slot[13] += by; };
  touch(1);
}

static cache::Map<int> map;
static std::function<void()> steps[] = {
    [] { map.put(1); },
    [] { cache::slot[1] = map.get<long>(2); },
    [] { map = 3; },
    [] { map(1); },
    [] { (void)map[2]; },
    [] { (void)(long)map; },
    [] { cache::Map<int>::Node node; },
    [] { cache::hidden(1); },
    [] { cache::counted<7>(); },
    [] { cache::versioned("", {}); },
    [] {
      cache::Derived d;
      static_cast<cache::Base &>(d).visit();
    },
    [] {
      cache::Derived d;
      cache::Other *o = &d;
      asm volatile("" : "+r"(o));
      o->visit2();
    },
    [] { lambda_race(); },
    [] { cache::plain_static(1); },
    [] { cache::c_name(); },
};

static void *run(void *) {
  for (auto &step : steps)
    step();
  return nullptr;
}

int main() {
  pthread_t threads[2];
  for (auto &thread : threads)
    pthread_create(&thread, nullptr, run, nullptr);
  for (auto &thread : threads)
    pthread_join(thread, nullptr);
}
