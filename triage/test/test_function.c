/* One function has one name, whatever compiler, demangler, optimiser or build spelled it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "triage/stack/function.h"
#include "triage/stack/key.h"

struct name {
  const char *name, *folded;
};

static void assert_folded(const struct name *names, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char folded[FUNCTION_NAME_SIZE], again[FUNCTION_NAME_SIZE];
    function_fold(names[i].name, folded, sizeof folded);
    if (strcmp(folded, names[i].folded) != 0)
      fail_msg("%s\n  gives %s\n  not   %s", names[i].name, folded, names[i].folded);
    function_fold(folded, again, sizeof again);
    if (strcmp(folded, again) != 0)
      fail_msg("%s\n  gives %s\n  and then %s", names[i].name, folded, again);
  }
}
#define ASSERT_FOLDED(names) assert_folded(names, sizeof(names) / sizeof *(names))

static void test_names_of_c_stay(void **state) {
  (void)state;
  static const struct name names[] = {
      {"", ""},
      {"gomap_put", "gomap_put"},
      {"_start", "_start"},
      {"__tsan_read8", "__tsan_read8"},
      {"foo$bar", "foo$bar"},
      {"cold", "cold"},
      {".cold", ".cold"},
      {"counter.0", "counter.0"},
      {"_ZN3foo3barEv", "_ZN3foo3barEv"},
      {"-[Bag put:for:]", "-[Bag put:for:]"},
      {"<null>", "<null>"},
  };
  ASSERT_FOLDED(names);
}

static void test_clones_are_their_function(void **state) {
  (void)state;
  static const struct name names[] = {
      {"put.isra.0", "put"},
      {"put.part.0", "put"},
      {"put.constprop.1", "put"},
      {"put.cold", "put"},
      {"put.cold.12", "put"},
      {"put.isra.0.cold", "put"},
      {"put.part.0.isra.0.constprop.3", "put"},
      {"put.llvm.12345678901234567890", "put"},
      {"put.lto_priv.0", "put"},
      {"put.localalias", "put"},
      {"put.localalias.3", "put"},
      {"put [clone .isra.0]", "put"},
      {"put [clone .isra.0] [clone .cold]", "put"},
      {"map::put(int) [clone .constprop.0]", "map::put"},
      {"map::put(int) const (.cold)", "map::put"},
      {"map::put(int) (.llvm.77)", "map::put"},
      {"_ZN3foo3barEv.isra.0", "_ZN3foo3barEv"},
  };
  ASSERT_FOLDED(names);
}

static void test_templates_arguments_and_return_types_are_dropped(void **state) {
  (void)state;
  static const struct name names[] = {
      {"main(int, char**)", "main"},
      {"std::map<int, Foo<bar>>::find(int const&) const", "std::map::find"},
      {"std::map<int, Foo<bar> >::find(int const&) const &", "std::map::find"},
      {"void put<int>(int)", "put"},
      {"std::vector<int, std::allocator<int> > ns::make<int>(int) noexcept", "ns::make"},
      {"unsigned long hash<char const*>(char const*)", "hash"},
      {"decltype(auto) ns::get<0ul>(ns::pair&&)", "ns::get"},
      {"decltype (x.y()) ns::get<0ul>(ns::pair&&)", "ns::get"},
      {"void (*choose<int>(int))(char)", "choose"},
      {"call<&(put(int, char))>(int)", "call"},
      {"run<(Kind)1, decltype(a->b)>(int)", "run"},
      {"ns::Box<int>::~Box()", "ns::Box::~Box"},
      {"ns::Box::Box(ns::Box&&)", "ns::Box::Box"},
      {"print(char const*, ...)", "print"},
      {"non-virtual thunk to ns::Box::open()", "ns::Box::open"},
      {"virtual thunk to ns::Box::open(int)", "ns::Box::open"},
      {"ns::make[abi:cxx11](int)", "ns::make"},
      {"ns::make[abi:cxx11][abi:v2](int) const", "ns::make"},
      {"pick<int>(int) requires Small<int>", "pick"},
      {"put(T) [with T = std::vector<int>]", "put"},
      {"::put(int)", "put"},
      {"std::__1::vector<int>::push_back(int&&)", "std::vector::push_back"},
      {"std::__cxx11::basic_string<char>::append(char const*)", "std::basic_string::append"},
      {"outer(int)::Local::method(char) const", "outer::Local::method"},
  };
  ASSERT_FOLDED(names);
}

static void test_nameless_things_have_one_name(void **state) {
  (void)state;
  static const struct name names[] = {
      {"(anonymous namespace)::put(int)", "put"},
      {"ns::(anonymous namespace)::put(int)", "ns::put"},
      {"ns::{anonymous}::put(int)", "ns::put"},
      {"ns::<unnamed>::put", "ns::put"},
      {"ns::`anonymous namespace'::put", "ns::put"},
      {"int (anonymous namespace)::put<int>(int)", "put"},
      {"main::$_0::operator()() const", "main::lambda"},
      {"$_0::operator()() const", "lambda"},
      {"operator()", "lambda"},
      {"{lambda()#1}::operator()() const", "lambda"},
      {"ns::Call::operator()(int)", "ns::Call::operator()"},
      {"main::$_12::__invoke(void*)", "main::lambda"},
      {"main::{lambda(int)#1}::operator()(int) const", "main::lambda"},
      {"main::{lambda(int)#1}::_FUN(int)", "main::lambda"},
      {"main::'lambda'(int)::operator()(int) const", "main::lambda"},
      {"main::'lambda0'(int)::operator()(int) const", "main::lambda"},
      {"auto main::'lambda'(auto)::operator()<int>(auto) const", "main::lambda"},
      {"main::<lambda(int)>::operator()", "main::lambda"},
      {"put(int)::{lambda()#2}::operator()() const::{lambda(char)#1}::operator()(char) const", "put::lambda::lambda"},
      {"put(int)::'lambda'()::operator()() const::Local::go()", "put::lambda::Local::go"},
      {"(anonymous namespace)::Box::{unnamed type#1}::go()", "Box::unnamed::go"},
      {"Box::'unnamed'::go()", "Box::unnamed::go"},
      {"put(int)::{default arg#1}::{lambda()#1}::operator()() const", "put::lambda"},
  };
  ASSERT_FOLDED(names);
}

static void test_operators_keep_their_names(void **state) {
  (void)state;
  static const struct name names[] = {
      {"ns::operator<<(std::ostream&, ns::Box const&)", "ns::operator<<"},
      {"std::ostream& ns::operator<< <int>(std::ostream&, int)", "ns::operator<<"},
      {"std::ostream& ns::operator<<<int>(std::ostream&, int)", "ns::operator<<"},
      {"bool operator< <int>(int, int)", "operator<"},
      {"bool operator<<int>(int, int)", "operator<"},
      {"bool operator<=<int>(int, int)", "operator<="},
      {"auto Box::operator<=>(Box const&) const", "Box::operator<=>"},
      {"Box::operator<<=(int)", "Box::operator<<="},
      {"Box::operator>>=(int)", "Box::operator>>="},
      {"bool Box::operator>(Box const&) const", "Box::operator>"},
      {"Box::operator->() const", "Box::operator->"},
      {"Box::operator->*(int)", "Box::operator->*"},
      {"Box<int>::operator()(int) const", "Box::operator()"},
      {"Box::operator[](unsigned long)", "Box::operator[]"},
      {"Box::operator,(int)", "Box::operator,"},
      {"Box& Box::operator=(Box const&) &", "Box::operator="},
      {"operator new(unsigned long)", "operator new"},
      {"operator new[](unsigned long, std::nothrow_t const&)", "operator new[]"},
      {"operator delete(void*)", "operator delete"},
      {"Box::operator bool() const", "Box::operator bool"},
      {"Box::operator unsigned long() const", "Box::operator unsigned long"},
      {"Box::operator std::vector<int>() const", "Box::operator std::vector"},
      {"unsigned long operator\"\"_kb(unsigned long long)", "operator\"\"_kb"},
      {"operators::put(int)", "operators::put"},
      {"operator_put", "operator_put"},
  };
  ASSERT_FOLDED(names);
}

static void test_closures_of_go_have_one_name(void **state) {
  (void)state;
  static const struct name names[] = {
      {"main.main", "main.main"},
      {"main.(*cache).get", "main.(*cache).get"},
      {"main.cache.get", "main.cache.get"},
      {"example.com/a.b/c.Put", "example.com/a.b/c.Put"},
      {"main.main.func1", "main.main.func"},
      {"main.main.func1.2", "main.main.func"},
      {"main.main.func1.2.3", "main.main.func"},
      {"main.main.gowrap1", "main.main.func"},
      {"main.main.func2.deferwrap1", "main.main.func"},
      {"main.(*cache).get.func1.gowrap2", "main.(*cache).get.func"},
      {"main.(*cache).get-fm", "main.(*cache).get"},
      {"main.walk-range1", "main.walk"},
      {"main.walk.func1-range2", "main.walk.func"},
      {"main.Put[...]", "main.Put"},
      {"main.Put[go.shape.int_0,go.shape.struct { a.B; c [2]int }]", "main.Put"},
      {"main.Put[...].func1", "main.Put.func"},
      {"main.(*List[...]).Push", "main.(*List).Push"},
      {"main.(*List[go.shape.int]).Push.func3", "main.(*List).Push.func"},
      {"main.init.0", "main.init"},
      {"main.init.0.func1", "main.init.func"},
      {"main.glob..func1", "main.glob..func"},
      {"main.func1", "main.func1"},
      {"main.functor", "main.functor"},
      {"main.main.funcs", "main.main.funcs"},
      {"type:.eq.main.pair", "type:.eq.main.pair"},
  };
  ASSERT_FOLDED(names);
}

static void test_hashes_and_traits_of_rust_are_dropped(void **state) {
  (void)state;
  static const struct name names[] = {
      {"bag::put::h0123456789abcdef", "bag::put"},
      {"bag::put::h0123456789abcdeg", "bag::put::h0123456789abcdeg"},
      {"bag::put::{{closure}}::h0123456789abcdef", "bag::put::lambda"},
      {"bag::put::{closure#0}", "bag::put::lambda"},
      {"bag::{impl#2}::put", "bag::put"},
      {"core::ptr::drop_in_place<alloc::string::String>", "core::ptr::drop_in_place"},
      {"<bag::Bag<T> as core::ops::drop::Drop>::drop", "bag::Bag::drop"},
      {"<bag::Bag<T> as core::iter::Iterator<Item=u8>>::next::h0123456789abcdef", "bag::Bag::next"},
      {"core::fmt::impls::<impl core::fmt::Debug for u32>::fmt", "u32::fmt"},
  };
  ASSERT_FOLDED(names);
}

/* Each of them a megabyte; under the sanitizers. */
static void test_monstrous_names_cost_their_length(void **state) {
  (void)state;
  static const char *const pieces[] = {
      "<",       "(",      "{",           "[",         "'",    "`",       "::",   "a::",      "a<",   "a(",
      ")",       ">",      " ",           "a ",        ".0",   ".part.0", "a.b",  "operator", "$_0",  "$_0::",
      "\xff",    "<a as ", "(anonymous ", "{lambda(",  "(*",   "a.func1", "a.1.", "a.([).",   "::h0", "operator<",
      "<lambda", " const", "-",           "operator ", "\"\"", "__1::",   "a)::"};
  const size_t size = (size_t)1 << 20;
  char *name = malloc(size + 1), out[FUNCTION_NAME_SIZE];
  assert_non_null(name);
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    size_t length = strlen(pieces[i]);
    for (size_t at = 0; at < size; at++)
      name[at] = pieces[i][at % length];
    name[size] = '\0';
    for (size_t room = 1; room <= sizeof out; room *= 32) {
      function_fold(name, out, room);
      assert_true(strlen(out) < room);
    }
    assert_int_not_equal(*out, '\0');
  }
  free(name);
}

static void test_every_beginning_of_a_name_is_safe(void **state) {
  (void)state;
  static const char name[] =
      "std::map<int, (anonymous namespace)::Box<'lambda'()>>& ns::{lambda(int)#1}::operator() <A>(int) "
      "const::<x as y>::operator<=>[abi:a](B) const [clone .isra.0]::main.(*L[a]).f.func1.2::h0";
  for (size_t begin = 0; begin < sizeof name; begin++)
    for (size_t end = begin; end < sizeof name; end++) {
      char *part = strndup(name + begin, end - begin), out[16]; /* of its own, so that ASan sees its end */
      assert_non_null(part);
      function_fold(part, out, sizeof out);
      assert_true(strlen(out) < sizeof out);
      assert_int_equal(*out == '\0', *part == '\0');
      free(part);
    }
}

static void test_builds_agree_on_the_key(void **state) {
  (void)state;
  const struct frame clang = {"ns::Box<int>::put(int)::$_0::operator()() const", "box.h", 1, 1, "", 0},
                     gcc = {"ns::Box<int>::put(int)::{lambda()#1}::operator()() const [clone .isra.0]",
                            "box.h",
                            2,
                            1,
                            "",
                            0},
                     other = {"ns::Box<int>::get(int)", "box.h", 3, 1, "", 0};
  uint64_t key = key_of("data-race", (const struct frame *[]){&clang, &other}, 2);
  assert_int_equal(key, key_of("data-race", (const struct frame *[]){&other, &gcc}, 2));
  assert_int_equal(key_compare_sites(&clang, &gcc), 0);
  assert_int_not_equal(key, key_of("data-race", (const struct frame *[]){&clang, &gcc}, 2));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names_of_c_stay),
      cmocka_unit_test(test_clones_are_their_function),
      cmocka_unit_test(test_templates_arguments_and_return_types_are_dropped),
      cmocka_unit_test(test_nameless_things_have_one_name),
      cmocka_unit_test(test_operators_keep_their_names),
      cmocka_unit_test(test_closures_of_go_have_one_name),
      cmocka_unit_test(test_hashes_and_traits_of_rust_are_dropped),
      cmocka_unit_test(test_monstrous_names_cost_their_length),
      cmocka_unit_test(test_every_beginning_of_a_name_is_safe),
      cmocka_unit_test(test_builds_agree_on_the_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
