/* function.h - what of a function's name is the same in every build.
 *
 * Compilers, demanglers and optimisers spell one function in many ways.  Folded are
 *   C++   template arguments, argument lists, qualifiers and return types; anonymous and inline namespaces of the
 *         standard libraries (std::__1, std::__cxx11); lambdas, whoever numbers them, to `lambda`, as `operator()` of
 * nobody is one as GCC's DWARF has it; ABI tags; thunks C     clones: .isra.0, .part.0, .constprop.1, .cold, .llvm.123,
 * .lto_priv.0, .localalias, [clone ...] Go    closures and wrappers to `func` (func1, func1.2, gowrap2, deferwrap1),
 * type arguments, -fm, -range1, init.0 Rust  the hash, generic arguments, `<T as Trait>::f` to `T::f`, closures to
 * `lambda` Operators keep their names, and so do functions of C.  That a Go function is called `cold` is not seen.
 *
 * Pure, safe from any thread and on any bytes; time grows with the name's length, memory does not. */
#ifndef HEDDLE_STACK_FUNCTION_H
#define HEDDLE_STACK_FUNCTION_H

#include <stddef.h>

#define FUNCTION_NAME_SIZE 1024 /* enough for the folded names that people write */

/* Writes the folded name, cut where `size` (at least 1) ends; a name of which nothing would be left stays as it is. */
void function_fold(const char *name, char *out, size_t size);

#endif
