// A mutex unlocked twice.
package main

import "sync"

type guarded struct{ lock sync.Mutex }

//go:noinline
func (g *guarded) leave() { g.lock.Unlock() }

func main() {
	g := &guarded{}
	g.lock.Lock()
	g.leave()
	g.leave()
}
