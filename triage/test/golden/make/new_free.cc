// What `new` made is given to free, by a lambda in a template in an anonymous namespace.
#include <cstdlib>
#include <map>
#include <string>

namespace {
template <typename Key> struct Cache {
  std::map<Key, std::string> entries;
  __attribute__((noinline)) void drop(int *entry) {
    auto let_go = [&](auto *what) __attribute__((noinline)) { std::free(what); };
    let_go(entry);
  }
};
} // namespace

int main() {
  Cache<std::string> cache;
  cache.drop(new int(7));
}
