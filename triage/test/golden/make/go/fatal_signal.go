// A fault in C, called from Go.
package main

// #include <string.h>
// static void clear(void *at) { memset(at, 0, 8); }
import "C"
import "unsafe"

//go:noinline
func wipe(at uintptr) { C.clear(unsafe.Pointer(at)) }

func main() {
	wipe(8)
}
