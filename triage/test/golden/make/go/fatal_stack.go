// A stack that grows past its limit.
package main

import "runtime/debug"

//go:noinline
func deeper(n int) int { return deeper(n+1) + n }

func main() {
	debug.SetMaxStack(1 << 16)
	deeper(0)
}
