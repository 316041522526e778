// Two goroutines, each waiting for the other's lock.
package main

import "sync"

type pair struct{ a, b sync.Mutex }

//go:noinline
func (p *pair) forward(ready, other chan bool) {
	p.a.Lock()
	ready <- true
	<-other
	p.b.Lock()
}

//go:noinline
func (p *pair) backward(ready, other chan bool) {
	p.b.Lock()
	ready <- true
	<-other
	p.a.Lock()
}

func main() {
	p := &pair{}
	first, second := make(chan bool, 1), make(chan bool, 1)
	go p.forward(first, second)
	p.backward(second, first)
}
